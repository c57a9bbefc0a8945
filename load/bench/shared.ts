/** `npm run bench:shared`: what a fleet's breaker and the ladder in one's own handler ask of their table, and what they add to a call. */
import { withLevels } from '../../lib/entries/guard.ts';
import { SharedCircuitBreaker, type BreakerStore, type RowItem } from '../../lib/entries/shared.ts';
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import { applyRowWrite } from '../../lib/simulation/breaker-table.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';
import { startProgress } from '../progress.ts';
import { machineLine, updateBlock } from './report.ts';

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
const START_MS = Date.UTC(2026, 0, 2);
const ENVIRONMENTS = 10;
/** Of each environment, ten a second. */
const CALLS = 1_000;
const EVERY_MS = 100;
const TIMED = 30_000;
const RUNS = 5;

/** A table that counts, and answers at once. */
class Table implements BreakerStore, LevelStore {
  reads = 0;
  writes = 0;
  readonly items = new Map<string, RowItem>();

  async read(key: string): Promise<Item | undefined> {
    this.reads += 1;
    return this.items.get(key);
  }

  async write(key: string, write: ConditionalWrite & Parameters<BreakerStore['write']>[1]) {
    this.writes += 1;
    const item = this.items.get(key);
    const after = Array.isArray(write.expect)
      ? applyRowWrite(item, write)
      : applyWrite(item ?? { PK: key }, write);
    if (after !== null) this.items.set(key, after);
    return after;
  }

  /** The state before and after each call: what circuitbreaker-lambda 1.0.1 does (its source; npm has an older one). */
  async around(call: () => Promise<unknown>): Promise<void> {
    this.reads += 1;
    const state = { failures: 0, ...structuredClone(this.items.get('state')) };
    if (state.failures >= 5) return;
    const failed = await call().then(
      () => false,
      () => true,
    );
    this.writes += 1;
    this.items.set('state', { failures: failed ? state.failures + 1 : 0 });
  }
}

type Call = (work: () => Promise<unknown>) => Promise<unknown>;

/** What one environment calls through. */
type Make = (table: Table, nowMs: () => number) => Call;

const MAKES: Readonly<Record<string, Make>> = {
  'no breaker': () => (work) => work(),
  'a read and a write a call (circuitbreaker-lambda)': (table) => (work) => table.around(work),
  SharedCircuitBreaker: (store, wall) => {
    const named = { service: 'bench', operation: 'call' };
    const breaker = new SharedCircuitBreaker({
      ...named,
      store,
      wall,
      clock: wall,
      timeout: false,
    });
    return (work) => breaker.tryExecute(work);
  },
  'withLevels, production': (store, nowMs) => {
    const clock = { nowMs, monotonicMs: nowMs };
    const faces = { degraded: async () => 0, maintenance: async () => 0, probe: () => {} };
    let work: () => Promise<unknown> = async () => 0;
    const handler = withLevels({ store, clock, ...faces, full: () => work() });
    return (given) => {
      work = given;
      return handler({}, {});
    };
  },
};

/** In how many rounds of failures everything is open, and how many are counted then: less than it stays so. */
const [TO_OPEN, WHILE_OPEN] = [200, 300];

/** Store operations of a thousand calls. */
async function countsOf(
  make: Make,
  how: 'healthy' | 'failing' | 'open',
): Promise<readonly [reads: number, writes: number]> {
  const table = new Table();
  let ms = START_MS;
  const fleet = Array.from({ length: ENVIRONMENTS }, () => make(table, () => ms));
  const work = async (): Promise<void> => {
    if (how !== 'healthy') throw new Error('down');
  };
  const rounds = async (count: number): Promise<void> => {
    for (let calls = 0; calls < count; calls += 1) {
      for (const call of fleet) await call(work).catch(() => {});
      ms += EVERY_MS;
    }
  };
  if (how === 'open') await rounds(TO_OPEN);
  const before = { reads: table.reads, writes: table.writes };
  const counted = how === 'open' ? WHILE_OPEN : CALLS;
  await rounds(counted);
  const per = (count: number) => (count / ENVIRONMENTS / counted) * 1_000;
  return [per(table.reads - before.reads), per(table.writes - before.writes)];
}

/** Nanoseconds of the processor that a healthy call takes: others may use the machine meanwhile. */
async function timeOf(make: Make): Promise<number> {
  const table = new Table();
  const call = make(table, () => Date.now());
  const work = async (): Promise<number> => 1;
  const run = async (): Promise<number> => {
    const begun = process.cpuUsage();
    for (let calls = 0; calls < TIMED; calls += 1) await call(work);
    const { user, system } = process.cpuUsage(begun);
    return ((user + system) / TIMED) * 1_000;
  };
  await run();
  const times: number[] = [];
  for (let runs = 0; runs < RUNS; runs += 1) times.push(await run());
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}

const progress = startProgress('bench:shared');
const rows: string[] = [];
const bareNs = await timeOf(MAKES['no breaker'] ?? (() => (work) => work()));
const names = Object.keys(MAKES);
for (const [index, name] of names.entries()) {
  progress.at(index, names.length, name);
  const make = MAKES[name];
  if (make === undefined) continue;
  const counts = [
    await countsOf(make, 'healthy'),
    await countsOf(make, 'failing'),
    await countsOf(make, 'open'),
  ];
  const cells = counts.flatMap(([reads, writes]) => [reads.toFixed(1), writes.toFixed(1)]);
  const addedUs = ((await timeOf(make)) - bareNs) / 1_000;
  rows.push(`| ${[name, ...cells, Math.max(0, addedUs).toFixed(2)].join(' | ')} |`);
}
progress.end();
const block = [
  `${machineLine()}; ${ENVIRONMENTS} environments, ten calls a second each for ${(CALLS * EVERY_MS) / 1_000} s, a table in memory that answers at once; time: of the processor, median of ${RUNS} runs.`,
  '',
  '| per thousand calls | reads, healthy | writes, healthy | reads, all fail | writes, all fail | reads, open | writes, open | µs of the processor added to a healthy call |',
  '|---|---:|---:|---:|---:|---:|---:|---:|',
  ...rows,
].join('\n');
process.stdout.write(`${block}\n`);
if (process.argv.includes('--write')) await updateBlock(BENCHMARKS, 'shared', block);
