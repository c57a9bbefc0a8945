/** The calls that the breaker benchmark times: this library and its peers, ready to be called. */
import {
  circuitBreaker,
  ConsecutiveBreaker,
  CountBreaker,
  handleAll,
  SamplingBreaker,
  type IBreaker,
} from 'cockatiel';
import Opossum from 'opossum';
import { CircuitBreaker, type CircuitBreakerOptions } from '../../lib/breaker/index.ts';

/** One line of the table. */
export interface Timed {
  readonly name: string;
  readonly call: () => Promise<unknown>;
  /** It takes a microsecond or more, or leaves much to the collector: fewer calls will do. */
  readonly costly?: true;
}

/** What everything is compared with. */
export const BARE = 'bare `await fn()`';
export const FLOOR = 'floor: one clock read, one count';

const LONG_MS = 1e9;
export const ok = async (): Promise<number> => 1;
const DOWN = new Error('down');
const down = async (): Promise<never> => {
  throw DOWN;
};

/** Time-out off, as the peers have it here. */
export const ours = (options: CircuitBreakerOptions<number> = {}) =>
  new CircuitBreaker<number>({ name: 'bench', timeout: false, ...options });

export const cockatiel = (breaker: IBreaker) =>
  circuitBreaker(handleAll, { halfOpenAfter: LONG_MS, breaker });

const opossum = () =>
  new Opossum(ok, { timeout: false, rollingPercentilesEnabled: false, enableSnapshots: false });

let counted = 0;

/** What any breaker must do: an async wrapper that reads the clock once and increments a counter. */
async function floor(fn: () => Promise<unknown>): Promise<unknown> {
  performance.now();
  counted += 1;
  return await fn();
}

export function closedCalls(): readonly Timed[] {
  const [rate, consecutive, count] = [
    ours(),
    ours({ trip: 'consecutive' }),
    ours({ trip: 'count' }),
  ];
  const withTimeout = ours({ timeout: 30_000 });
  const sampling = cockatiel(
    new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 1 }),
  );
  const ckConsecutive = cockatiel(new ConsecutiveBreaker(5));
  const ckCount = cockatiel(new CountBreaker({ threshold: 0.5, size: 100 }));
  const lean = opossum();
  return [
    { name: BARE, call: ok },
    { name: FLOOR, call: () => floor(ok) },
    { name: 'closed, rate', call: () => rate.execute(ok) },
    { name: 'closed, consecutive', call: () => consecutive.execute(ok) },
    { name: 'closed, count', call: () => count.execute(ok) },
    { name: 'closed, rate, tryExecute', call: () => rate.tryExecute(ok) },
    { name: 'closed, rate, timeout 30 s', call: () => withTimeout.execute(ok), costly: true },
    { name: 'cockatiel sampling', call: () => sampling.execute(ok) },
    { name: 'cockatiel consecutive', call: () => ckConsecutive.execute(ok) },
    { name: 'cockatiel count', call: () => ckCount.execute(ok) },
    { name: 'opossum, no percentiles', call: () => lean.fire() },
  ];
}

/** Refused calls: thrown and caught, answered by a fallback that gets the error, or as data. */
export async function openCalls(): Promise<readonly Timed[]> {
  const refusing = ours();
  const answering = ours({ fallback: () => 2 });
  const answeringLater = ours({ fallback: async () => 2 });
  for (const breaker of [refusing, answering, answeringLater]) breaker.open();
  const ck = cockatiel(new ConsecutiveBreaker(1));
  await caught(() => ck.execute(down));
  const [op, opAnswering] = [opossum(), opossum().fallback(() => 2)];
  op.open();
  opAnswering.open();
  return [
    {
      name: 'open, thrown and caught',
      call: () => caught(() => refusing.execute(ok)),
      costly: true,
    },
    { name: 'cockatiel open', call: () => caught(() => ck.execute(ok)), costly: true },
    { name: 'opossum open', call: () => caught(() => op.fire()), costly: true },
    { name: 'open, fallback', call: () => answering.execute(ok) },
    { name: 'open, async fallback', call: () => answeringLater.execute(ok) },
    { name: 'open, tryExecute', call: () => refusing.tryExecute(ok) },
    { name: 'opossum open, fallback', call: () => opAnswering.fire(), costly: true },
  ];
}

/** A breaker that stays half-open, because its probes never suffice. */
export function halfOpenCalls(clock: { nowMs: number }): readonly Timed[] {
  const half = ours({
    halfOpen: { permitted: 1, successesToClose: LONG_MS },
    clock: () => clock.nowMs,
  });
  half.open({ forMs: 1 });
  clock.nowMs += 1;
  return [{ name: 'half-open, probe succeeds', call: () => half.execute(ok) }];
}

/** A new breaker after one success and one failure, for its size. */
export const used: Readonly<Record<string, () => Promise<unknown>>> = {
  'this library, rate': async () => {
    const breaker = ours();
    await breaker.execute(ok);
    await caught(() => breaker.execute(down));
    return breaker;
  },
  'this library, rate, timeout 30 s': async () => {
    const breaker = ours({ timeout: 30_000 });
    await breaker.execute(ok);
    await caught(() => breaker.execute(down));
    return breaker;
  },
  'cockatiel sampling': async () => {
    const breaker = cockatiel(
      new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 1 }),
    );
    await breaker.execute(ok);
    await caught(() => breaker.execute(down));
    return breaker;
  },
  'opossum, no percentiles': async () => {
    let fails = false;
    const breaker = new Opossum(() => (fails ? down() : ok()), {
      timeout: false,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    });
    await breaker.fire();
    fails = true;
    await caught(() => breaker.fire());
    return breaker;
  },
};

async function caught(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}
