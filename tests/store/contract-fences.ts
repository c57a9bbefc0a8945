/** The contract of the two fences, part by part: when a write is applied and when it is not. */
import { describe, expect, test } from 'vitest';
import {
  asSeen,
  atLeast,
  atMost,
  type AsReadFence,
  type EvidenceFence,
} from '../../lib/level/fence.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { EARLIER, NOW, NOW_MS, type Given } from './steps.ts';

const ROW = { currentLevel: 2, errorCount: 7, successCount: 3, epoch: 4, lastUpdated: EARLIER };
const { epoch: _epoch, ...WITHOUT_EPOCH } = ROW;
const { currentLevel: _currentLevel, ...WITHOUT_LEVEL } = ROW;
const MINIMAL = { currentLevel: 1, errorCount: 0, lastUpdated: EARLIER };

/** [what the case is about, the row or null where it is missing, what differs in the fence] */
type Case<Fence> = readonly [string, Item | null, Partial<Fence>];

const EVIDENCE: EvidenceFence = {
  kind: 'evidence',
  level: 2,
  epoch: 4,
  atMs: NOW_MS,
  evidence: [],
};

const EVIDENCE_HOLDS: Case<EvidenceFence>[] = [
  ['level and epoch as they are', ROW, {}],
  ['a missing row, for what was read at level 1 and epoch 0', null, { level: 1, epoch: 0 }],
  ['a minimal row, for epoch 0', MINIMAL, { level: 1, epoch: 0 }],
  ['a minimal row at level 2, for level 2', { ...MINIMAL, currentLevel: 2 }, { epoch: 0 }],
  ['an absent level, for level 1', WITHOUT_LEVEL, { level: 1 }],
  ['an absent epoch, for epoch 0', WITHOUT_EPOCH, { epoch: 0 }],
  ['an epoch of 0 that is written out', { ...ROW, epoch: 0 }, { epoch: 0 }],
  ['an override that expired a millisecond ago', pinned({ untilMs: NOW_MS - 1 }), {}],
  ['an override that expires at this very moment', pinned({ untilMs: NOW_MS }), {}],
  ['exactly as many errors as it demands', ROW, { evidence: [atLeast('errorCount', 7)] }],
  ['exactly as many successes as it demands', ROW, { evidence: [atLeast('successCount', 3)] }],
  ['at most as many as it allows', ROW, { evidence: [atMost('errorCount', 7)] }],
  ['nothing, where it allows some', ROW, { evidence: [atMost('canaryErrors', 0)] }],
  ['a time as it was seen', ROW, { evidence: [asSeen('successCount', 3)] }],
  ['a time that is absent, as it was seen', ROW, { evidence: [asSeen('stepSinceMs', undefined)] }],
  ['no share, whatever it allows', ROW, { mostOneIn: 1 }],
  ['as large a share as it allows', sampled(4, NOW_MS + 1), { mostOneIn: 4 }],
  ['a larger share that has run out', sampled(99, NOW_MS), { mostOneIn: 4 }],
  ['an update no later than it allows', ROW, { updatedBy: EARLIER }],
  ['a row that was never updated', { currentLevel: 2, epoch: 4 }, { updatedBy: EARLIER }],
  ['a share without an end', { ...ROW, sampleOneIn: 99 }, { mostOneIn: 4 }],
  [
    'more of both than it demands',
    ROW,
    { evidence: [atLeast('errorCount', 1), atLeast('successCount', 1)] },
  ],
];

const EVIDENCE_FAILS: Case<EvidenceFence>[] = [
  ['a missing row, for another level', null, { epoch: 0 }],
  ['a missing row, for another epoch', null, { level: 1, epoch: 1 }],
  ['a minimal row, for another epoch', MINIMAL, { level: 1, epoch: 1 }],
  ['an absent level, for level 2', WITHOUT_LEVEL, { level: 2 }],
  ['an absent level, for level 3', WITHOUT_LEVEL, { level: 3 }],
  ['an absent epoch, for a later one', WITHOUT_EPOCH, {}],
  ['a better level', ROW, { level: 1 }],
  ['a worse level', ROW, { level: 3 }],
  ['an earlier epoch', ROW, { epoch: 3 }],
  ['a later epoch', ROW, { epoch: 5 }],
  ['a later epoch than 0', { ...ROW, epoch: 4 }, { epoch: 0 }],
  ['a level of another type', { ...ROW, currentLevel: '2' }, {}],
  ['a level that is null, though it is no number', { ...ROW, currentLevel: null }, { level: 1 }],
  ['an epoch of another type', { ...ROW, epoch: '4' }, {}],
  ['an override that holds until it is released', pinned({}), {}],
  ['an override with a millisecond to go', pinned({ untilMs: NOW_MS + 1 }), {}],
  ['an override whose end is no number', pinned({ untilMs: NOW }), {}],
  ['an override that is no map', { ...ROW, override: 'pinned' }, {}],
  ['an override that is a list', { ...ROW, override: [NOW_MS] }, {}],
  ['an override that is null', { ...ROW, override: null }, {}],
  ['one error fewer than it demands', ROW, { evidence: [atLeast('errorCount', 8)] }],
  ['one success fewer than it demands', ROW, { evidence: [atLeast('successCount', 4)] }],
  [
    'enough errors but too few successes',
    ROW,
    { evidence: [atLeast('errorCount', 7), atLeast('successCount', 4)] },
  ],
  [
    'enough successes but too few errors',
    ROW,
    { evidence: [atLeast('errorCount', 8), atLeast('successCount', 3)] },
  ],
  ['one more than it allows', ROW, { evidence: [atMost('errorCount', 6)] }],
  ['another time than was seen', ROW, { evidence: [asSeen('successCount', 4)] }],
  ['a time where none was seen', ROW, { evidence: [asSeen('successCount', undefined)] }],
  ['no time where one was seen', ROW, { evidence: [asSeen('stepSinceMs', 3)] }],
  ['a larger share than it allows', sampled(5, NOW_MS + 1), { mostOneIn: 4 }],
  ['an update later than it allows', { ...ROW, lastUpdated: NOW }, { updatedBy: EARLIER }],
  ['an update whose time is no text', { ...ROW, lastUpdated: NOW_MS }, { updatedBy: NOW }],
  ['no count at all', { currentLevel: 2, epoch: 4 }, { evidence: [atLeast('errorCount', 1)] }],
  [
    'a count of another type',
    { ...ROW, successCount: '12' },
    { evidence: [atLeast('successCount', 3)] },
  ],
];

const AS_READ: AsReadFence = { kind: 'as-read', currentLevel: 2, epoch: 4 };

const AS_READ_HOLDS: Case<AsReadFence>[] = [
  ['level and epoch as they are', ROW, {}],
  ['a missing row, read as missing', null, { currentLevel: undefined, epoch: undefined }],
  ['an absent epoch, read as absent', WITHOUT_EPOCH, { epoch: undefined }],
  ['an absent level, read as absent', WITHOUT_LEVEL, { currentLevel: undefined }],
  ['an override in force', pinned({}), {}],
  ['a malformed level', { ...ROW, currentLevel: 'two' }, { currentLevel: 'two' }],
  ['a level that is null', { ...ROW, currentLevel: null }, { currentLevel: null }],
  ['a malformed epoch', { ...ROW, epoch: 4.5 }, { epoch: 4.5 }],
  ['a negative epoch', { ...ROW, epoch: -1 }, { epoch: -1 }],
];

const AS_READ_FAILS: Case<AsReadFence>[] = [
  ['a missing row that was there', null, {}],
  ['a row that was missing', MINIMAL, { currentLevel: undefined, epoch: undefined }],
  ['another level', ROW, { currentLevel: 1 }],
  ['another epoch', ROW, { epoch: 5 }],
  ['an absent level that was written out', WITHOUT_LEVEL, { currentLevel: 1 }],
  ['an absent epoch that was 0', WITHOUT_EPOCH, { epoch: 0 }],
  ['an epoch of 0 that was absent', { ...ROW, epoch: 0 }, { epoch: undefined }],
  ['a level of another type', { ...ROW, currentLevel: '2' }, {}],
  ['another malformed epoch', { ...ROW, epoch: 'four' }, { epoch: 'five' }],
];

/** The cases of both fences. */
export function describeFences(given: Given): void {
  describe('the fence of evidence', () => {
    const fenceOf = (differs: Partial<EvidenceFence>) => ({ ...EVIDENCE, ...differs });
    test.each(EVIDENCE_HOLDS)('lets a write through: %s', (_title, attributes, differs) =>
      expectApplied(given, attributes, fenceOf(differs)),
    );
    test.each(EVIDENCE_FAILS)('stops a write: %s', (_title, attributes, differs) =>
      expectStopped(given, attributes, fenceOf(differs)),
    );
  });

  describe('the fence of a control write', () => {
    const fenceOf = (differs: Partial<AsReadFence>) => ({ ...AS_READ, ...differs });
    test.each(AS_READ_HOLDS)('lets a write through: %s', (_title, attributes, differs) =>
      expectApplied(given, attributes, fenceOf(differs)),
    );
    test.each(AS_READ_FAILS)('stops a write: %s', (_title, attributes, differs) =>
      expectStopped(given, attributes, fenceOf(differs)),
    );
  });
}

async function expectApplied(
  given: Given,
  attributes: Item | null,
  fence: EvidenceFence | AsReadFence,
): Promise<void> {
  const row = await given(attributes);
  const item = await row.write({ expect: fence, set: { lastTransition: NOW } });
  expect(item).toEqual({ ...attributes, PK: row.stateKey, lastTransition: NOW });
}

async function expectStopped(
  given: Given,
  attributes: Item | null,
  fence: EvidenceFence | AsReadFence,
): Promise<void> {
  const row = await given(attributes);
  const before = await row.read();
  expect(await row.write({ expect: fence, set: { lastTransition: NOW } })).toBeNull();
  expect(await row.read()).toEqual(before);
}

function sampled(sampleOneIn: number, sampleUntilMs: number): Item {
  return { ...ROW, sampleOneIn, sampleUntilMs };
}

function pinned(override: { readonly untilMs?: unknown }): Item {
  return { ...ROW, override: { reason: 'drill', ...override } };
}
