/** Whom a retry tells: nobody where nobody listens, and of a listener that throws its name. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { retry } from '../../../lib/breaker/index.ts';
import { BUG, failsFirst, outcome, RESET } from './given.ts';

test('without listeners there is none to fail', async () => {
  const failed = vi.fn<(error: unknown) => void>();
  const policy = retry({ attempts: 2, delay: 0, onListenerError: failed });
  expect(await outcome(policy.execute(failsFirst(9)))).toEqual({ error: RESET });
  expect(failed).not.toHaveBeenCalled();
});

test.each(['onRetry', 'onGiveUp'])('that %s throws is a warning of the process', async (name) => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  const listener = () => {
    throw BUG;
  };
  await outcome(retry({ attempts: 2, delay: 0, [name]: listener }).execute(failsFirst(9)));
  expect(warned).toHaveBeenCalledExactlyOnceWith(
    `expected ${name} not to throw, got ${String(BUG)}; give onListenerError to handle it`,
    'CircuitBreakerWarning',
  );
});
