/** What a simulation prints: a table, and the level as a line of blocks. */
import type { Account } from '../../lib/simulation/account.ts';
import type { Result } from './play.ts';

const whole = (value: number) => Math.round(value).toLocaleString('en-US');
const share = (value: number, of: number) =>
  of === 0 ? '–' : `${((100 * value) / of).toFixed(2)} %`;
const seconds = (ms: number | null) => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`);

/** A figure with its two names: of a row, and of a narrow column. */
interface Figure {
  readonly name: string;
  readonly short: string;
  readonly show: (account: Account) => string;
}

const FIGURES: readonly Figure[] = [
  { name: 'requests', short: 'requests', show: ({ requests }) => whole(requests) },
  { name: 'answered in full', short: 'full', show: (a) => share(a.full, a.requests) },
  { name: 'answered degraded', short: 'degraded', show: (a) => share(a.degraded, a.requests) },
  { name: 'told of maintenance', short: 'maint.', show: (a) => share(a.maintenance, a.requests) },
  { name: 'errors shown to users', short: 'errors', show: (a) => share(a.errors, a.requests) },
  { name: 'degraded needlessly', short: 'needless', show: (a) => share(a.needless, a.requests) },
  { name: 'degrades after', short: 'falls', show: (a) => seconds(a.degradesAfterMs) },
  { name: 'back after the end', short: 'back', show: (a) => seconds(a.backAfterMs) },
  { name: 'level changes', short: 'changes', show: ({ changes }) => whole(changes) },
  { name: 'flaps', short: 'flaps', show: ({ flaps }) => whole(flaps) },
  { name: 'reads', short: 'reads', show: ({ reads }) => whole(reads) },
  { name: 'writes', short: 'writes', show: ({ writes }) => whole(writes) },
  { name: 'writes, worst second', short: 'worst s', show: (a) => whole(a.worstSecond) },
  { name: 'Lambda invocations', short: 'invoked', show: (a) => whole(a.invocations) },
  {
    name: 'dollars a million requests',
    short: '$/M',
    show: (a) => (a.requests === 0 ? '–' : ((1e6 * a.dollars) / a.requests).toFixed(2)),
  },
];

/** All of it: one scenario down the page, several across it. */
export function describeResults(results: readonly Result[]): string {
  const stories = new Set(results.map(({ playable }) => playable.name));
  return stories.size === 1 ? describeOne(results) : describeMany(results);
}

function describeOne(results: readonly Result[]): string {
  const [first] = results;
  if (first === undefined) return '';
  const { name, title } = first.playable;
  const head = ['', ...results.map(({ policy }) => policy.name)];
  const rows = FIGURES.map((figure) => [
    figure.name,
    ...results.map((r) => figure.show(r.account)),
  ]);
  const bands = results.map((result) => [result.policy.name, bandOf(result), changesOf(result)]);
  return [
    `${name}: ${title}`,
    '',
    alignColumns([head, ...rows]),
    '',
    'level over time (█ full, ▄ degraded, ▁ maintenance)',
    ...bands.flatMap(([policy, band, changes]) => [`  ${band}  ${policy}`, `  ${changes}`]),
  ].join('\n');
}

function describeMany(results: readonly Result[]): string {
  const head = ['scenario', 'policy', ...FIGURES.map(({ short }) => short)];
  const rows = results.map(({ playable, policy, account }) => [
    playable.name,
    policy.name,
    ...FIGURES.map(({ show }) => show(account)),
  ]);
  return alignColumns([head, ...rows]);
}

/** Columns of a plain text: the first to the left, numbers to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, at) =>
    rows.reduce((most, row) => Math.max(most, (row[at] ?? '').length), 0),
  );
  const isText = widths.map((_width, at) =>
    rows.slice(1).every((row) => !/^\d/.test(row[at] ?? '')),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) =>
        isText[at] === true ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return rows.map(line).join('\n');
}

const BAND_WIDTH = 60;
const BLOCKS = { 1: '█', 2: '▄', 3: '▁' } as const;

/** The lowest level of each sixtieth of a run. */
export function bandOf({ playable, played }: Pick<Result, 'playable' | 'played'>): string {
  const partMs = playable.durationMs / BAND_WIDTH;
  let band = '';
  for (let part = 0; part < BAND_WIDTH; part += 1) {
    const before = played.changes.findLast(({ atMs }) => atMs <= part * partMs)?.to ?? 1;
    const within = played.changes
      .filter(({ atMs }) => atMs > part * partMs && atMs < (part + 1) * partMs)
      .map(({ to }) => to);
    band += BLOCKS[Math.max(before, ...within) as 1 | 2 | 3];
  }
  return band;
}

const MOST_CHANGES = 8;

function changesOf({ played }: Result): string {
  const { changes } = played;
  if (changes.length === 0) return 'no change of level';
  const shown = changes
    .slice(0, MOST_CHANGES)
    .map(({ atMs, to, reason }) => `${(atMs / 1_000).toFixed(1)} s → ${to} (${reason})`);
  const more = changes.length - shown.length;
  return shown.join(', ') + (more > 0 ? `, ${more} more` : '');
}
