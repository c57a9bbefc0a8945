/** fetch behind time limits, a retry and a breaker, all of which see a 503: fetch itself resolves. */
import { setTimeout as pause } from 'node:timers/promises';
import {
  CircuitBreaker,
  isRetryableResponse,
  openForRetryAfter,
  pipeline,
  retry,
  timeout,
} from 'resilient-service-system/breaker';
import { startServer } from './server.ts';

const breaker = new CircuitBreaker({
  name: 'orders',
  trip: 'consecutive',
  failureThreshold: 5,
  minimumRequests: 0,
  timeout: false, // the pipeline has its own, for each attempt
  failsOn: { result: isRetryableResponse },
  resetTimeout: openForRetryAfter({ otherwise: 300 }),
});

const orders = pipeline(
  timeout({ timeout: 5_000 }),
  retry({
    attempts: 3,
    delay: 5,
    retryOn: { result: isRetryableResponse },
    // An answer that nobody reads holds its connection.
    onRetry: ({ result }) => (result instanceof Response ? result.body?.cancel() : undefined),
  }),
  breaker,
  timeout({ timeout: 1_000 }),
);

const { told, url, stop } = await startServer();
const call = () => orders.execute(({ signal }) => fetch(url, { signal }));

console.log('well:', await (await call()).json());

told.status = 503;
told.requests = 0;
for (let calls = 0; calls < 20; calls += 1) await call().catch(() => {});
const { state, failureRate, tripped } = breaker.getStats();
console.log(`failing: 20 calls, ${told.requests} requests, ${state} by ${tripped?.reason}`);
console.log(`of the last seconds' calls have failed: ${(failureRate * 100).toFixed(0)} %`);

told.status = 200;
await pause(310);
console.log('well again:', (await call()).status, breaker.getStats().state);
stop();

/* prints
well: { total: 42 }
failing: 20 calls, 5 requests, OPEN by failures
of the last seconds' calls have failed: 83 %
well again: 200 CLOSED
*/
