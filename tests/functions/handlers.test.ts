/** The handlers as Lambda imports them: importing reads nothing, the first event makes the runtime. */
import { describe, expect, test, vi } from 'vitest';
import { requestText } from '../services/requests.ts';

const EVENT = {
  scope: 'default',
  executionId: 'x-1',
  failOpen: false,
  readLevel: 1,
  request: requestText({ error: true }),
};

describe('a handler', () => {
  test('serves with the settings of its environment', async () => {
    // Another file of this worker may have woken it with other settings.
    vi.resetModules();
    vi.stubEnv('STAGE', 'prod');
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'true');
    const { handler } = await import('../../functions/full-service.ts');
    expect(await handler(EVENT)).toMatchObject({ statusCode: 200, outcome: 'success' });
    vi.unstubAllEnvs();
  });

  test('names a wrong setting at the first event, not at the import', async () => {
    vi.resetModules();
    vi.stubEnv('POLICY', 'nope');
    const { handler } = await import('../../functions/mutator.ts');
    await expect(handler({})).rejects.toThrow(
      'POLICY must be one of classic, bank, production, adaptive, got "nope"',
    );
    vi.unstubAllEnvs();
  });
});
