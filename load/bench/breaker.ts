/** `node load/bench/breaker.ts`: nanoseconds per call, peers in the same run, bytes and heap growth. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { closedCalls, halfOpenCalls, openCalls, used, type Timed } from './breaker-calls.ts';
import { CK_PIPELINE, PIPELINE, pipelineCalls } from './breaker-pipeline.ts';
import { startProgress } from '../progress.ts';
import { machineLine, updateBlock } from './report.ts';

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
const ROUNDS = 15;
const CALLS = 200_000;
const COSTLY_CALLS = 30_000;
const BREAKERS = 10_000;
const GROWTH_CALLS = 10_000_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function nsPerCall({ call, costly }: Timed): Promise<number> {
  const calls = costly === true ? COSTLY_CALLS : CALLS;
  const from = performance.now();
  for (let done = 0; done < calls; done += 1) await call();
  return ((performance.now() - from) * 1e6) / calls;
}

/** Every call in every round, so that what disturbs the machine disturbs them alike. */
async function measure(calls: readonly Timed[]): Promise<ReadonlyMap<string, number>> {
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
  return new Map([...rounds].map(([name, all]) => [name, median(all)]));
}

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
  ns: (name: string) => number,
  bytes: number,
  growth: readonly (readonly [name: string, bytes: number])[],
): readonly Target[] {
  const over = (name: string) => ns(name) - ns('bare `await fn()`');
  const rate = over('closed, rate');
  const opossumFallback = ns('opossum open, fallback');
  return [
    ["closed: overhead over cockatiel sampling's", rate / over('cockatiel sampling'), '≤', 0.5],
    ["closed: overhead over opossum's", rate / over('opossum, no percentiles'), '≤', 0.25],
    [
      "closed: overhead over the floor's",
      rate / over('floor: one clock read, one count'),
      '≤',
      1.3,
    ],
    [
      'open and caught: cockatiel over this',
      ns('cockatiel open') / ns('open, thrown and caught'),
      '≥',
      3,
    ],
    [
      'open and caught: opossum over this',
      ns('opossum open') / ns('open, thrown and caught'),
      '≥',
      3,
    ],
    ['open, fallback: opossum over this', opossumFallback / ns('open, fallback'), '≥', 20],
    [
      'open, tryExecute: opossum fallback over this',
      opossumFallback / ns('open, tryExecute'),
      '≥',
      20,
    ],
    ["pipeline: cockatiel's overhead over this one's", over(CK_PIPELINE) / over(PIPELINE), '≥', 5],
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
  const ns = (name: string) => measured.get(name) ?? Number.NaN;
  const bare = ns('bare `await fn()`');
  const rate = ns('closed, rate') - bare;
  const rows = [...measured].map(([name, it]) => {
    const ratio = ((it - bare) / rate).toFixed(2);
    return `| ${name} | ${Math.round(it)} | ${Math.round(it - bare)} | ${ratio} |`;
  });
  const bytes = sizes.get('this library, rate') ?? Number.NaN;
  const verdicts = targets(ns, bytes, growth).map(([what, reached, is, wanted]) => {
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
