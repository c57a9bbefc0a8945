/** The level under production for a minute of an outage, over HTTP. */
import { expect, test } from 'vitest';
import { IS_SHORT } from '../shared/soak-seeds.ts';
import { givenOutage } from './given-outage.ts';

/** In milliseconds. */
const MINUTE = 60_000;

// The short form watches the harder one.
test.each(IS_SHORT ? [20] : [1, 20])(
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
