/** The instances of APIs that Cloud Map knows; the AWS SDK behind them is loaded by the first look-up. */
import { ServiceLocator } from '../discovery/locator.ts';
import type { Instances } from '../services/upstream-place.ts';

/** How long a look-up is told again, in milliseconds: a new instance is called after that at the latest. */
const TTL_MS = 15_000;

/** Makes what finds instances. */
export const createInstances = (): Instances => new ServiceLocator(TTL_MS);
