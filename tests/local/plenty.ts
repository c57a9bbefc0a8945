/** The limits of a process that has enough of everything. */
import { limitsOf } from '../../lib/local/limits.ts';

export const PLENTY = limitsOf({ descriptors: null, heapBytes: 4 * 1024 ** 3 });
