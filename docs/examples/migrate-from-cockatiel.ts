/** From cockatiel: a wrapped policy and a pipeline with the same attempts, limits and refusals. */
import {
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  retry as retryPolicy,
  timeout as timeoutPolicy,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { CircuitBreaker, pipeline, retry, timeout } from 'resilient-service-system/breaker';

// Before.
const before = wrap(
  retryPolicy(handleAll, {
    maxAttempts: 2, // further attempts
    backoff: new ExponentialBackoff({ initialDelay: 1, maxDelay: 5 }),
  }),
  circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(3) }),
  timeoutPolicy(1_000, TimeoutStrategy.Aggressive),
);

// After: attempts count the first one too, and a refusal is not tried again.
const after = pipeline(
  retry({ attempts: 3, delay: 1, maxDelay: 5, retryOn: { error: () => true } }),
  new CircuitBreaker({
    trip: 'consecutive',
    failureThreshold: 3,
    minimumRequests: 0,
    resetTimeout: 10_000,
    timeout: false,
  }),
  timeout({ timeout: 1_000 }),
);

let attempts = 0;
const failing = async (): Promise<never> => {
  attempts += 1;
  throw new Error('down');
};

for (const [name, policy] of [
  ['before:', before],
  ['after: ', after],
] as const) {
  attempts = 0;
  console.log(name, await policy.execute(() => 'well'));
  const first = await policy.execute(failing).catch((error: Error) => error);
  console.log(name, first instanceof Error && first.message, attempts);
  const second = await policy.execute(failing).catch((error: Error) => error);
  console.log(name, second instanceof Error && second.constructor.name, attempts);
}

/* prints
before: well
before: down 3
before: BrokenCircuitError 3
after:  well
after:  down 3
after:  CircuitBreakerOpenError 3
*/
