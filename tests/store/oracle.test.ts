/** The search is worth its time: it finds each hole that the design closes, once it is opened. */
import { describe, expect, test } from 'vitest';
import type { ConditionalWrite, EvidenceFence } from '../../lib/level/fence.ts';
import type { Item } from '../../lib/store/level-store.ts';
import type { Kind } from './actors.ts';
import { explore } from './explore.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import { startAt, type Start } from './starts.ts';
import { NOW_MS } from './steps.ts';

type Table = typeof applyWrite;

/** A table that applies another write than the one it was sent. */
const spoilt =
  (spoil: (write: ConditionalWrite, item: Item) => ConditionalWrite): Table =>
  (item, write) =>
    applyWrite(item, spoil(write, item));

/** A table whose fence of evidence is another. */
const fenced = (spoil: (fence: EvidenceFence, item: Item) => EvidenceFence): Table =>
  spoilt((write, item) =>
    write.expect.kind === 'evidence' ? { ...write, expect: spoil(write.expect, item) } : write,
  );

const begins = (write: ConditionalWrite): boolean => write.set['epoch'] !== undefined;

const withoutEvidence = (write: ConditionalWrite): ConditionalWrite => {
  if (write.expect.kind !== 'evidence') return write;
  return { ...write, expect: { ...write.expect, evidence: [] } };
};

const keepingCounts = (write: ConditionalWrite): ConditionalWrite => {
  const { errorCount: _errorCount, ...set } = write.set;
  return begins(write) ? { ...write, set } : write;
};

const keepingEpoch = (kind: 'evidence' | 'as-read') =>
  spoilt((write) => {
    const { epoch: _epoch, ...set } = write.set;
    return write.expect.kind === kind ? { ...write, set } : write;
  });

const anyEpoch = spoilt((write, item) => {
  const { expect: fence } = write;
  return fence.kind === 'as-read'
    ? { ...write, expect: { ...fence, epoch: item['epoch'] } }
    : write;
});

const capped: Table = (item, write) =>
  write.add?.['errorCount'] !== undefined && Number(item['errorCount']) >= 5
    ? null
    : applyWrite(item, write);

const override = { reason: 'drill', untilMs: NOW_MS };
const inForce = { reason: 'drill', untilMs: NOW_MS + 1 };
const LEVEL_1 = startAt(1, 4, 9);
const LEVEL_2 = startAt(2, 9, 9);

const HOLES: [string, Table, Start, Kind[], string][] = [
  [
    'the transition carries no evidence',
    spoilt((write) => (begins(write) ? withoutEvidence(write) : write)),
    LEVEL_2,
    ['error', 'success'],
    'the evidence of a transition stands in the row at that instant',
  ],
  [
    'the clear carries no evidence',
    spoilt((write) =>
      write.set['errorCount'] === 0 && !begins(write) ? withoutEvidence(write) : write,
    ),
    startAt(1, 3, 9),
    ['error', 'success'],
    'a clear wipes no error that was counted after it was decided',
  ],
  [
    'a level begins with the errors counted so far',
    spoilt(keepingCounts),
    LEVEL_1,
    ['error'],
    'a level begins with its entry counters',
  ],
  [
    'the epoch is not in the fence',
    fenced((fence, item) => ({ ...fence, epoch: Number(item['epoch']) })),
    LEVEL_1,
    ['error', 'reset'],
    'evidence counts only under the level and epoch it was read at',
  ],
  [
    'the override is not in the fence',
    fenced((fence) => ({ ...fence, atMs: Infinity })),
    startAt(2, 5, 0, { override: inForce }),
    ['error'],
    'evidence counts only under the level and epoch it was read at, and never while pinned',
  ],
  [
    'an expired override keeps blocking the fence',
    fenced((fence) => ({ ...fence, atMs: -Infinity })),
    startAt(2, 5, 0, { override }),
    ['error'],
    'no evidence is lost',
  ],
  [
    'a transition does not begin an epoch',
    keepingEpoch('evidence'),
    LEVEL_1,
    ['error'],
    'the epoch grows by one',
  ],
  [
    'a control write does not begin an epoch',
    keepingEpoch('as-read'),
    LEVEL_1,
    ['error', 'reset'],
    'the epoch grows by one',
  ],
  [
    'a control write does not look at the epoch',
    anyEpoch,
    LEVEL_1,
    ['error', 'reset', 'pin'],
    'the epoch grows by one',
  ],
  ['observe is capped at the threshold', capped, LEVEL_1, ['error'], 'no evidence is lost'],
];

describe('the search', () => {
  test.each(HOLES)('finds what goes wrong when %s', async (_title, apply, start, kinds, rule) => {
    const search = explore({ start, kinds, sizes: [1, 2, 3], pins: [1], apply });
    await expect(search).rejects.toThrow(`violated: ${rule}`);
  });

  test.each(HOLES)('finds nothing wrong unless %s', async (_title, _apply, start, kinds) => {
    await explore({ start, kinds, sizes: [1, 2, 3], pins: [1] });
  });
});
