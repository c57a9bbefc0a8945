/** The pipelines that the breaker benchmark times: retry, breaker and time limit, and the peer's. */
import {
  ExponentialBackoff,
  handleAll,
  retry as ckRetry,
  SamplingBreaker,
  timeout as ckTimeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import { pipeline, retry, timeout } from '../../lib/breaker/index.ts';
import { cockatiel, ok, ours, type Timed } from './breaker-calls.ts';

const LIMIT_MS = 2_000;

export const PIPELINE = 'retry, breaker, timeout';
export const CK_PIPELINE = 'cockatiel retry, sampling, timeout';

/** Calls that succeed; both end a call in time even if it does not look at its signal. */
export function pipelineCalls(): readonly Timed[] {
  const through = pipeline(retry({ attempts: 3 }), ours(), timeout({ timeout: LIMIT_MS }));
  const timedTwice = pipeline(retry(), ours({ timeout: 30_000 }), timeout({ timeout: LIMIT_MS }));
  const ck = wrap(
    ckRetry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() }),
    cockatiel(new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 1 })),
    ckTimeout(LIMIT_MS, TimeoutStrategy.Aggressive),
  );
  const { signal } = new AbortController();
  return [
    { name: PIPELINE, call: () => through.execute(ok) },
    { name: CK_PIPELINE, call: () => ck.execute(ok), costly: true },
    {
      name: `${PIPELINE}, breaker with timeout 30 s`,
      call: () => timedTwice.execute(ok),
      costly: true,
    },
    {
      name: `${PIPELINE}, caller's signal`,
      call: () => through.execute(ok, { signal }),
      costly: true,
    },
    {
      name: `${CK_PIPELINE}, caller's signal`,
      call: () => ck.execute(ok, signal),
      costly: true,
    },
  ];
}
