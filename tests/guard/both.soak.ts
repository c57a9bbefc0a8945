/** Guards and workflow on one row against the oracle, for days of virtual time. */
import { test } from 'vitest';
import { agreesFor } from './both-worlds.ts';

test('300 worlds of ten minutes', () =>
  agreesFor(
    Array.from({ length: 300 }, (_, at) => 1_000 + at),
    600_000,
  ));
