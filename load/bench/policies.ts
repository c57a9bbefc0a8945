/** `npm run bench:policies`: what each policy makes of each scenario, in virtual time and in one run. */
import { PRESETS, type PresetName } from '../../lib/level/policy.ts';
import type { Played } from '../../lib/simulation/played.ts';
import { SCENARIOS, type ScenarioName } from '../../lib/simulation/scenarios.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { startProgress } from '../progress.ts';
import { machineLine, updateBlock } from './report.ts';

const BENCHMARKS = new URL('../../docs/BENCHMARKS.md', import.meta.url);
const POLICIES = ['classic', 'production'] as const satisfies readonly PresetName[];
const SEEDS = 3;
const PER_SECOND = 100;

/** They have a traffic of their own. */
const LOW: ReadonlySet<string> = new Set(['two-weeks', 'low-traffic', 'low-traffic-probed']);

const mean = (values: readonly number[]) =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** What is shown of the runs of one policy in one scenario. */
function cellsOf(name: ScenarioName, runs: readonly Played[]): readonly string[] {
  const scenario = SCENARIOS[name];
  const seconds = scenario.durationMs / 1_000;
  const of = (value: (run: Played) => number) => mean(runs.map(value));
  const writes = ({ writes: perSecond }: Played) => perSecond.reduce((sum, n) => sum + n, 0);
  const worst = ({ writes: perSecond }: Played) =>
    perSecond.reduce((most, n) => Math.max(most, n), 0);
  const backs = runs.map(({ changes }) => changes.at(-1)).filter((last) => last?.to === 1);
  const endsMs = 'endsMs' in scenario ? scenario.endsMs : undefined;
  const back = endsMs !== undefined && backs.length === runs.length;
  return [
    of(({ changes }) => changes.length).toFixed(0),
    `${(100 * of(({ failed, requests }) => failed / requests)).toFixed(2)} %`,
    `${(100 * of(({ timeAt }) => timeAt[1] / scenario.durationMs)).toFixed(0)} %`,
    back
      ? `${mean(backs.map((last) => ((last?.atMs ?? 0) - endsMs) / 1_000))
          .toFixed(0)
          .replace('-0', '0')} s`
      : '',
    of((run) => writes(run) / seconds).toFixed(1),
    of(worst).toFixed(0),
  ];
}

const names = Object.keys(SCENARIOS) as ScenarioName[];
const progress = startProgress('bench:policies');
const rows: string[] = [];
for (const [index, name] of names.entries()) {
  const { title, durationMs, world } = SCENARIOS[name];
  for (const policy of POLICIES) {
    progress.at(index, names.length, `${name}, ${policy}`);
    const runs: Played[] = [];
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const given = { policy: PRESETS[policy], world: world(PER_SECOND), seed, durationMs };
      runs.push(await simulate(given));
    }
    const traffic = LOW.has(name) ? '1/min' : `${PER_SECOND}/s`;
    rows.push(`| ${[title, traffic, policy, ...cellsOf(name, runs)].join(' | ')} |`);
  }
}
progress.end();
const head = [
  `${machineLine()}; ${SEEDS} seeds, means. Failed: what clients saw, maintenance included.`,
  '',
  '| scenario | requests | policy | level changes | failed | time at level 1 | back after the end | writes/s | worst second |',
  '|---|---|---|---:|---:|---:|---:|---:|---:|',
];
const table = [...head, ...rows].join('\n');
process.stdout.write(`${table}\n`);
if (process.argv.includes('--write')) await updateBlock(BENCHMARKS, 'policies', table);
