/** The invariants of the shared breaker over a million calls. */
import { test } from 'vitest';
import { holdsFor } from './invariants.ts';

test('1,000,000 calls of 200 fleets', () =>
  holdsFor(
    Array.from({ length: 200 }, (_, at) => 1_000 + at),
    5_000,
  ));
