/** A table that throttles, is slow, lies about what it did, or is gone. */
import { expect, vi } from 'vitest';
import type { Case } from './cases.ts';
import type { World } from './given.ts';
import { operate, type Weathered } from './weather.ts';

/** The machine's own read, and those of functions. */
const READS = /dynamodb:getItem$/i;
const WRITES = / dynamodb:UpdateItem$/;

const allServedOpen = (_world: World, { replies }: Weathered) => {
  expect(replies.every(({ headers }) => headers.get('X-Service-Fail-Open') === 'true')).toBe(true);
};
const nothingIsCounted = ({ counted }: World) => expect(counted.outcomes()).toBe(0);
const somethingIsCounted = ({ counted }: World) => expect(counted.outcomes()).toBeGreaterThan(0);

const refused = (error: string, status?: number) =>
  ({ kind: 'refused', error, ...(status !== undefined && { status }) }) as const;
/** Said by the machine's integration with its prefix, by the client's protocol without. */
const MACHINE_THROTTLED = refused('DynamoDB.ProvisionedThroughputExceededException');
const THROTTLED = refused('ProvisionedThroughputExceededException');

const OPERATIONS = [
  ['PUT', 'override', { level: 2, reason: 'drill' }],
  ['DELETE', 'override', undefined],
  ['PUT', 'policy', { errorsToDegrade: 4 }],
  ['POST', 'reset', { reason: 'drill' }],
] as const;
const LETS_GO = [
  ['DELETE', 'override', undefined],
  ['PUT', 'policy', {}],
] as const;

export const TABLE_CASES: readonly Case[] = [
  {
    what: 'every read of the level is throttled',
    short: true,
    faults: [
      { calls: /^machine dynamodb:getItem$/, fates: [MACHINE_THROTTLED] },
      { calls: READS, fates: [THROTTLED] },
    ],
    held: allServedOpen,
  },
  {
    what: 'every read of the level takes 1.6 s',
    requests: 6,
    faults: [{ calls: READS, fates: [{ kind: 'late', ms: 1_600 }] }],
    held: allServedOpen,
  },
  {
    what: 'every second read of the level fails',
    faults: [{ calls: READS, fates: [refused('InternalServerError', 500), null] }],
  },
  {
    what: 'every second write is throttled',
    faults: [{ calls: WRITES, fates: [THROTTLED, null] }],
    held: somethingIsCounted,
  },
  {
    what: 'every write is throttled',
    faults: [{ calls: WRITES, fates: [THROTTLED] }],
    held: nothingIsCounted,
  },
  {
    what: 'every write fails with 500',
    faults: [{ calls: WRITES, fates: [refused('InternalServerError', 500)] }],
    held: nothingIsCounted,
  },
  {
    what: 'every write is made after its client gave up (2 s)',
    requests: 12,
    faults: [{ calls: WRITES, fates: [{ kind: 'late', ms: 2_000 }] }],
    held: async (world) => {
      await vi.waitUntil(() => world.underWay() === 0, { timeout: 10_000, interval: 20 });
      somethingIsCounted(world);
    },
  },
  {
    what: 'every write is made, and its answer is lost',
    short: true,
    faults: [{ calls: WRITES, fates: [{ kind: 'unanswered' }] }],
    held: somethingIsCounted,
  },
  {
    what: 'every second write is lost with its connection',
    faults: [{ calls: WRITES, fates: [{ kind: 'lost' }, null] }],
    held: somethingIsCounted,
  },
  {
    what: 'every write but a count is made again, at once and later',
    requests: 30,
    faults: [
      {
        calls: WRITES,
        counts: false,
        fates: [
          { kind: 'twice', ms: 0 },
          { kind: 'twice', ms: 700 },
        ],
      },
    ],
    held: somethingIsCounted,
  },
  {
    what: 'an operator pins, resets and changes the policy while reads and writes fail in every way',
    faults: [
      {
        calls: / dynamodb:(GetItem|UpdateItem)$/,
        fates: [
          refused('InternalServerError', 500),
          THROTTLED,
          null,
          { kind: 'unanswered' },
          null,
          { kind: 'late', ms: 1_800 },
          { kind: 'lost' },
          null,
        ],
      },
    ],
    during: async (world) => {
      for (let round = 0; round < 3; round += 1) {
        for (const [method, path, body] of OPERATIONS) {
          expect(await operate(world, method, `/circuit-breaker/${path}`, body)).toEqual([]);
        }
      }
    },
    // What an operator holds, an operator lets go.
    begin: (world) =>
      Promise.resolve(async () => {
        // A pin whose operator was told that it failed may still be under way.
        await vi.waitUntil(() => world.underWay() === 0, { timeout: 10_000, interval: 20 });
        for (const [method, path, body] of LETS_GO) {
          expect(await operate(world, method, `/circuit-breaker/${path}`, body)).toEqual([]);
        }
      }),
  },
  {
    what: 'the table is gone, and comes back empty',
    short: true,
    begin: async ({ dev }) => {
      await dev.table.drop();
      return () => dev.table.create();
    },
    held: allServedOpen,
  },
];
