/** `node load/bench/breaker.ts`: nanoseconds per call, peers in the same run, bytes and heap growth. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  BARE,
  closedCalls,
  FLOOR,
  halfOpenCalls,
  openCalls,
  used,
  type Timed,
} from './breaker-calls.ts';
import { CK_PIPELINE, PIPELINE, pipelineCalls } from './breaker-pipeline.ts';
import { startProgress } from '../progress.ts';
import { machineLine, median, updateBlock } from './report.ts';

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
/** Many short rounds: what is compared is timed within half a second of each other. */
const ROUNDS = 41;
const CALLS = 80_000;
const COSTLY_CALLS = 12_000;
const BREAKERS = 10_000;
const GROWTH_CALLS = 10_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function nsPerCall({ call, costly }: Timed): Promise<number> {
  const calls = costly === true ? COSTLY_CALLS : CALLS;
  const from = performance.now();
  for (let done = 0; done < calls; done += 1) await call();
  return ((performance.now() - from) * 1e6) / calls;
}

/** Nanoseconds of each call in each round. */
type Rounds = ReadonlyMap<string, readonly number[]>;

/** Every call in every round, so that what disturbs the machine disturbs them alike. */
async function measure(calls: readonly Timed[]): Promise<Rounds> {
  const rounds = new Map<string, number[]>(calls.map(({ name }) => [name, []]));
  const progress = startProgress('bench:breaker');
  for (let round = 0; round < ROUNDS; round += 1) {
    progress.at(round, ROUNDS, 'timing calls');
    for (const timed of calls) {
      const ns = await nsPerCall(timed);
      // The first round only lets the compiler see everything.
      if (round > 0) rounds.get(timed.name)?.push(ns);
    }
  }
  progress.end();
  return rounds;
}

/** The median over the rounds of what `of` makes of one round: a busy second then spoils one ratio, not all. */
const medianOf = (rounds: Rounds, of: (ns: (name: string) => number) => number): number =>
  median(
    Array.from({ length: ROUNDS - 1 }, (_, round) =>
      of((name) => rounds.get(name)?.[round] ?? Number.NaN),
    ),
  );

function heapBytes(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function bytesPerBreaker(make: () => Promise<unknown>): Promise<number> {
  for (let warm = 0; warm < 100; warm += 1) await make();
  const kept: unknown[] = Array.from({ length: BREAKERS });
  const before = heapBytes();
  for (let made = 0; made < BREAKERS; made += 1) kept[made] = await make();
  const bytes = (heapBytes() - before) / BREAKERS;
  return kept.length === BREAKERS ? bytes : Number.NaN;
}

async function heapGrowth(call: () => Promise<unknown>): Promise<number> {
  for (let warm = 0; warm < CALLS; warm += 1) await call();
  const before = heapBytes();
  for (let done = 0; done < GROWTH_CALLS; done += 1) await call();
  return heapBytes() - before;
}

type Target = readonly [what: string, reached: number, is: '≤' | '≥', wanted: number];

function targets(
  rounds: Rounds,
  bytes: number,
  growth: readonly (readonly [name: string, bytes: number])[],
): readonly Target[] {
  const ratio = (name: string, to: string) => medianOf(rounds, (ns) => ns(name) / ns(to));
  const overheads = (name: string, to: string) =>
    medianOf(rounds, (ns) => (ns(name) - ns(BARE)) / (ns(to) - ns(BARE)));
  const [closed, refused] = ['closed, rate', 'open, thrown and caught'];
  const opossumFallback = 'opossum open, fallback';
  return [
    [
      "closed: overhead over cockatiel sampling's",
      overheads(closed, 'cockatiel sampling'),
      '≤',
      0.5,
    ],
    ["closed: overhead over opossum's", overheads(closed, 'opossum, no percentiles'), '≤', 0.25],
    ["closed: overhead over the floor's", overheads(closed, FLOOR), '≤', 1.3],
    ['open and caught: cockatiel over this', ratio('cockatiel open', refused), '≥', 3],
    ['open and caught: opossum over this', ratio('opossum open', refused), '≥', 3],
    ['open, fallback: opossum over this', ratio(opossumFallback, 'open, fallback'), '≥', 4],
    [
      'open, tryExecute: opossum fallback over this',
      ratio(opossumFallback, 'open, tryExecute'),
      '≥',
      4,
    ],
    ["pipeline: cockatiel's overhead over this one's", overheads(CK_PIPELINE, PIPELINE), '≥', 5],
    ['bytes per breaker', bytes, '≤', 1_280],
    // Less than one byte in ten calls is the collector's noise, not growth.
    ...growth.map(([name, grown]): Target => [
      `heap growth over 10 million calls, ${name}, bytes`,
      grown,
      '≤',
      1_000_000,
    ]),
  ];
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { write: { type: 'boolean' } } });
  // Sizes first: what the timing leaves to the collector would blur them.
  const sizes = new Map<string, number>();
  for (const [name, make] of Object.entries(used)) sizes.set(name, await bytesPerBreaker(make));
  const calls = [
    ...closedCalls(),
    ...(await openCalls()),
    ...halfOpenCalls({ nowMs: 0 }),
    ...pipelineCalls(),
  ];
  const growth: [string, number][] = [];
  for (const { name, call } of calls) {
    if (name === 'closed, rate' || name === PIPELINE) growth.push([name, await heapGrowth(call)]);
  }
  const measured = await measure(calls);
  const bare = median(measured.get(BARE) ?? []);
  const rate = median(measured.get('closed, rate') ?? []) - bare;
  const rows = [...measured].map(([name, all]) => {
    const it = median(all);
    const ratio = ((it - bare) / rate).toFixed(2);
    return `| ${name} | ${Math.round(it)} | ${Math.round(it - bare)} | ${ratio} |`;
  });
  const bytes = sizes.get('this library, rate') ?? Number.NaN;
  const verdicts = targets(measured, bytes, growth).map(([what, reached, is, wanted]) => {
    const holds = is === '≤' ? reached <= wanted : reached >= wanted;
    const shown = wanted >= 1_000 ? Math.round(reached) : reached.toFixed(2);
    return `| ${what} | ${shown} | ${is} ${wanted} | ${holds ? 'yes' : 'no'} |`;
  });
  const table = [
    `${machineLine()}; median of ${ROUNDS - 1} rounds in one process. Ratio: overhead over a bare`,
    'await, with that of `closed, rate` as 1.',
    '',
    '| call | ns | overhead ns | Ratio |',
    '|---|---|---|---|',
    ...rows,
    '',
    '| after one success and one failure | bytes per breaker |',
    '|---|---|',
    ...[...sizes].map(([name, size]) => `| ${name} | ${Math.round(size)} |`),
    '',
    '| target | reached | wanted | held |',
    '|---|---|---|---|',
    ...verdicts,
  ].join('\n');
  process.stdout.write(`${table}\n`);
  if (values.write === true) await updateBlock(BENCHMARKS, 'breaker', table);
  // Opossum's rolling windows keep timers.
  process.exit();
}

await main();
