/** The invariants of the shared breaker over a million calls; in the short form 200,000. */
import { test } from 'vitest';
import { holdsFor } from './invariants.ts';
import { soakSeeds } from './soak-seeds.ts';

const seeds = soakSeeds(1_000, 200, 40);

test(`${seeds.length * 5_000} calls of ${seeds.length} fleets`, () => holdsFor(seeds, 5_000));
