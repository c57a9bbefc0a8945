/** `npm run simulate`: what a policy makes of a scenario or of a trace, before it is deployed. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { production } from '../../lib/level/policy.ts';
import { TraceError } from '../../lib/simulation/trace.ts';
import { LoadError } from '../errors.ts';
import { startProgress } from '../progress.ts';
import { HELP, readArguments, type Arguments } from './arguments.ts';
import { alignColumns, describeResults } from './format.ts';
import { play, playableOf, playableTrace, type Playable, type Result } from './play.ts';
import { readTrace } from './read-trace.ts';
import { bestOf, candidates, paretoFront, type Tried } from './tune.ts';

const print = (text: string) => process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const options = await readArguments(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(HELP);
    return;
  }
  const playables = await playablesOf(options);
  if (options.tune) await tune(playables, options);
  else await show(playables, options);
}

async function playablesOf({
  trace,
  stories,
  perSecond,
  safeShare,
}: Arguments): Promise<Playable[]> {
  if (trace === null) return stories.map((name) => playableOf(name, perSecond, safeShare));
  const progress = startProgress('trace');
  const read = await readTrace(trace, progress);
  progress.end();
  return [playableTrace(basename(trace).replace(/\.\w+$/, ''), read)];
}

async function show(playables: readonly Playable[], options: Arguments): Promise<void> {
  const pairs = playables.flatMap((playable) =>
    options.policies.map((policy) => ({ playable, policy })),
  );
  const progress = startProgress('simulate');
  const results: Result[] = [];
  for (const [done, { playable, policy }] of pairs.entries()) {
    progress.at(done, pairs.length, `${playable.name}, ${policy.name}`);
    results.push(await play(playable, policy, options));
  }
  progress.end();
  print(describeResults(results));
  print(`\nPictures: ${await draw(results, options.out)}`);
}

/** One file for each scenario. */
async function draw(results: readonly Result[], out: string): Promise<string> {
  // Drawing takes longer to load than the figures to come.
  const { drawResults } = await import('./picture.ts');
  await mkdir(out, { recursive: true });
  const names = [...new Set(results.map(({ playable }) => playable.name))];
  for (const name of names) {
    const svg = await drawResults(results.filter(({ playable }) => playable.name === name));
    await writeFile(join(out, `${name}.svg`), svg);
  }
  return names.length === 1 ? join(out, `${names[0]}.svg`) : join(out, '*.svg');
}

async function tune(playables: readonly Playable[], options: Arguments): Promise<void> {
  const progress = startProgress('tune');
  const all = candidates(options.tries, options.seed);
  const tried: Tried[] = [];
  for (const [done, overrides] of all.entries()) {
    progress.at(done, all.length, `policy ${done + 1} of ${all.length}`);
    tried.push(await tryOut(overrides, playables, options));
  }
  progress.end();
  const front = paretoFront(tried);
  const percent = (share: number) => `${(100 * share).toFixed(3)} %`;
  const rows = front.map(({ failed, needless, overrides }) => [
    percent(failed),
    percent(needless),
    Object.keys(overrides).length === 0 ? 'production as it is' : JSON.stringify(overrides),
  ]);
  const [usual] = tried;
  print(`${all.length} policies; ${front.length} that none of the others beats in both:\n`);
  print(alignColumns([['failed', 'needlessly degraded', 'otherwise than production'], ...rows]));
  if (usual)
    print(`\nproduction: ${percent(usual.failed)} failed, ${percent(usual.needless)} needless`);
  const best = bestOf(front);
  if (best)
    print(
      `\nThe one in the middle, to paste:\n${JSON.stringify({ preset: 'production', ...best.overrides }, null, 2)}`,
    );
}

/** Each scenario counts the same, whatever its traffic. */
async function tryOut(
  overrides: Tried['overrides'],
  playables: readonly Playable[],
  options: Arguments,
): Promise<Tried> {
  let [failed, needless] = [0, 0];
  for (const playable of playables) {
    const policy = { name: '', policy: { ...production, ...overrides } };
    const { account } = await play(playable, policy, options);
    failed += (account.errors + account.maintenance) / account.requests / playables.length;
    needless += account.needless / account.requests / playables.length;
  }
  return { overrides, failed, needless };
}

try {
  await main();
} catch (error) {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') ?? false;
  if (!(error instanceof LoadError || error instanceof TraceError || isUsage)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
