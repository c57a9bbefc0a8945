/** Functions that crash, hang, are throttled or denied. */
import { expect } from 'vitest';
import { takeAway } from '../../deploy/emulator/aws.ts';
import { codeThat, noneOf, type Case } from './cases.ts';
import type { World } from './given.ts';
import type { Weathered } from './weather.ts';

const ALL = ['full-service', 'degraded-service', 'maintenance-service', 'mutator'] as const;

/** Nobody asked for an error, and the service fails all the same: it did not run. */
const everyRequestFails = (_world: World, { replies }: Weathered) => {
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([500]));
};
const fallsByItself = async ({ dev }: World) => {
  const { history } = await dev.status();
  expect(history).toContainEqual(expect.objectContaining({ from: 1, to: 2, reason: 'errors' }));
};
/** But for those whose read took a busy machine too long. */
const everyRequestIsMaintained = (_world: World, { replies }: Weathered) => {
  const known = replies.filter(({ headers }) => !headers.has('X-Service-Fail-Open'));
  expect(new Set(known.map(({ status }) => status))).toEqual(new Set([503]));
};
const nothingIsCounted = ({ counted }: World) => expect(counted.outcomes()).toBe(0);

const none = () => false;

/** How AWS names these to a state machine. */
const THROTTLED = { kind: 'refused', error: 'Lambda.TooManyRequestsException' } as const;
const DENIED = { kind: 'refused', error: 'Lambda.AWSLambdaException' } as const;

export const FUNCTION_CASES: readonly Case[] = [
  {
    what: 'the full face crashes',
    short: true,
    fails: none,
    begin: codeThat('crashes', 'full-service'),
    held: fallsByItself,
  },
  {
    what: 'the full face hangs until Lambda ends it',
    requests: 6,
    fails: none,
    begin: codeThat('hangs', 'full-service'),
    held: (world, weathered) => {
      everyRequestFails(world, weathered);
      expect(world.counted.outcomes()).toBeGreaterThan(0);
    },
  },
  {
    what: 'the degraded face crashes at level 2, and so does its probe at level 3',
    level: 2,
    fails: none,
    begin: codeThat('crashes', 'degraded-service'),
    held: async ({ dev }) => expect((await dev.table.row())?.['currentLevel']).toBe(3),
  },
  {
    what: 'the probe hangs at level 3',
    level: 3,
    requests: 6,
    fails: none,
    begin: codeThat('hangs', 'degraded-service'),
    held: everyRequestIsMaintained,
  },
  {
    what: 'the maintenance face crashes',
    level: 3,
    fails: () => true,
    begin: codeThat('crashes', 'maintenance-service'),
    held: everyRequestIsMaintained,
  },
  {
    what: 'the maintenance face hangs',
    level: 3,
    requests: 6,
    fails: () => true,
    begin: codeThat('hangs', 'maintenance-service'),
    held: everyRequestIsMaintained,
  },
  {
    what: 'the mutator crashes',
    short: true,
    begin: codeThat('crashes', 'mutator'),
    held: nothingIsCounted,
  },
  {
    what: 'the mutator throws what it never throws',
    begin: codeThat('throws', 'mutator'),
    held: nothingIsCounted,
  },
  {
    what: 'the mutator hangs until Lambda ends it',
    requests: 6,
    begin: codeThat('hangs', 'mutator'),
    held: nothingIsCounted,
  },
  {
    what: 'every function has no concurrency left',
    fails: none,
    begin: noneOf(...ALL),
    held: (world, weathered) => {
      everyRequestFails(world, weathered);
      nothingIsCounted(world);
    },
  },
  {
    what: 'every function has no concurrency left in maintenance',
    level: 3,
    begin: noneOf(...ALL),
    held: everyRequestIsMaintained,
  },
  {
    what: 'every second invocation is throttled, as AWS says it',
    short: true,
    faults: [{ calls: /^machine lambda:/, fates: [THROTTLED, null] }],
  },
  {
    what: 'every invocation of a face is denied',
    fails: none,
    faults: [{ calls: /^machine lambda:.*-service$/, fates: [DENIED] }],
    held: fallsByItself,
  },
  {
    what: 'every invocation of the mutator is denied',
    faults: [{ calls: /^machine lambda:mutator$/, fates: [DENIED] }],
    held: nothingIsCounted,
  },
  {
    what: 'the mutator may no longer write',
    begin: () =>
      takeAway('dynamodb:UpdateItem', { stage: 'dev', role: 'MutatorRole', policy: 'level' }),
    held: nothingIsCounted,
  },
];
