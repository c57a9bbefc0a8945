/** The invariants of the shared breaker over a million calls. */
import { test } from 'vitest';
import { holdsFor } from './invariants.ts';
import { soakSeeds } from './soak-seeds.ts';

test('1,000,000 calls of 200 fleets', () => holdsFor(soakSeeds(1_000, 200, 40), 5_000));
