/** The level under production for a minute of an outage, over HTTP. */
import { expect, test } from 'vitest';
import { givenOutage } from './given-outage.ts';

/** In milliseconds. */
const MINUTE = 60_000;

/** CI watches the harder one: SOAK_SEEDS=2. */
const SHORT = process.env['SOAK_SEEDS'] !== undefined;

test.each(SHORT ? [20] : [1, 20])(
  'moves at most twice in the minute, at %d connections',
  async (connections) => {
    const { send, post, moves } = await givenOutage();
    const endsAt = performance.now() + MINUTE;
    await send(connections, false);
    let failed = 0;
    let tried = 0;
    while (performance.now() < endsAt) {
      tried += 1;
      if ((await post()).status >= 500) failed += 1;
    }
    expect(await moves()).toBeLessThanOrEqual(2);
    // The ramp's canaries are POSTs without a key, which nobody may serve twice.
    expect(failed).toBeLessThan(tried / 50);
  },
);
