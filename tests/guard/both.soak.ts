/** Guards and workflow on one row against the oracle, for two days of virtual time. */
import { test } from 'vitest';
import { soakSeeds } from '../shared/soak-seeds.ts';
import { agreesFor } from './both-worlds.ts';

const seeds = soakSeeds(1_000, 300, 15);

test(`${seeds.length} worlds of ten minutes`, () => agreesFor(seeds, 600_000));
