/** The command line of `npm run simulate`. */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { PRESETS, type Policy, type PresetName } from '../../lib/level/policy.ts';
import { overridePolicy } from '../../lib/runtime/policy-schema.ts';
import { STORIES, type StoryName } from '../../lib/simulation/stories.ts';
import { LoadError } from '../errors.ts';

/** A policy with what it is called. */
export interface NamedPolicy {
  readonly name: string;
  readonly policy: Policy;
}

/** What is to be played. */
export interface Arguments {
  readonly stories: readonly StoryName[];
  /** One at least. */
  readonly policies: readonly NamedPolicy[];
  readonly perSecond: number;
  /** Share of the requests that are safe to serve again, 0 to 1. */
  readonly safeShare: number;
  readonly seed: number;
  readonly seeds: number;
  /** A file with a trace in place of the stories. */
  readonly trace: string | null;
  readonly tune: boolean;
  /** How many policies a search tries. */
  readonly tries: number;
  /** The folder of the pictures. */
  readonly out: string;
}

const NAMES = Object.keys(STORIES) as StoryName[];

/** What `npm run simulate -- --help` prints. */
export const HELP = `npm run simulate -- [SCENARIO ...] [POLICY ...] [--rate 100] [--safe 100] [--seeds 1] [--seed 1] [--out FOLDER]
npm run simulate -- --compare A.json B.json [SCENARIO ...]   side by side
npm run simulate -- --tune [SCENARIO ...]                    searches the policies for the best ones
npm run simulate -- --trace FILE [POLICY ...]                your own traffic

What each policy makes of each scenario, in virtual time, on the code that decides in production.

  SCENARIO       one or more of (all of them by default):
${NAMES.map((name) => `                   ${name.padEnd(16)} ${STORIES[name].title}`).join('\n')}
  POLICY         ${Object.keys(PRESETS).join(', ')}, or a JSON file {"preset"?: "production", FIELD: VALUE, ...}
                 (production by default)
  --rate N       requests a second, 1 to 100000 (100)
  --safe N       percent of the requests that are safe to serve again, 0 to 100 (100)
  --seeds N      runs of each, of which the means are shown, 1 to 100 (1)
  --seed N       the first one's: the same seed plays the same (1)
  --trace FILE   CSV or JSON Lines with time, outcome and latency; the access logs of a load balancer or
                 a web server; CloudWatch's rows with timestamp, requests and errors of each minute
  --tries N      policies that --tune tries, 2 to 500 (24)
  --out FOLDER   where the pictures go (.cache/simulate)
`;

/**
 * Reads the command line.
 *
 * @returns null if help was asked for.
 * @throws LoadError naming what was wrong.
 */
export async function readArguments(args: readonly string[]): Promise<Arguments | null> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      compare: { type: 'boolean', default: false },
      tune: { type: 'boolean', default: false },
      trace: { type: 'string' },
      rate: { type: 'string', default: '100' },
      safe: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      tries: { type: 'string', default: '24' },
      out: { type: 'string', default: join('.cache', 'simulate') },
    },
  });
  if (values.help) return null;
  const stories = NAMES.filter((name) => positionals.includes(name));
  const others = positionals.filter((word) => !Object.hasOwn(STORIES, word));
  const policies = await Promise.all(others.map(readPolicy));
  if (values.compare && policies.length < 2) {
    throw new LoadError(`--compare takes two policies or more, got ${policies.length}`);
  }
  const [given, production] = [policies, { name: 'production', policy: PRESETS.production }];
  return {
    stories: stories.length > 0 ? stories : NAMES,
    policies: given.length > 0 ? given : [production],
    perSecond: numberOf('--rate', values.rate, 1, 100_000),
    safeShare: numberOf('--safe', values.safe, 0, 100) / 100,
    seed: numberOf('--seed', values.seed, 0, 2 ** 31),
    seeds: numberOf('--seeds', values.seeds, 1, 100),
    trace: values.trace ?? null,
    tune: values.tune,
    tries: numberOf('--tries', values.tries, 2, 500),
    out: values.out,
  };
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new LoadError(`${name} must be an integer from ${least} to ${most}, got ${text}`);
}

async function readPolicy(word: string): Promise<NamedPolicy> {
  if (isPreset(word)) return { name: word, policy: PRESETS[word] };
  if (!word.endsWith('.json')) {
    const known = `a scenario (${NAMES.join(', ')}), a preset (${Object.keys(PRESETS).join(', ')})`;
    throw new LoadError(`expected ${known} or a file that ends in .json, got ${word}`);
  }
  const { preset = 'production', ...overrides } = await readJson(word);
  if (!isPreset(preset)) {
    throw new LoadError(`${word}: preset must be one of ${Object.keys(PRESETS).join(', ')}`);
  }
  const checked = overridePolicy(PRESETS[preset], overrides);
  if (!checked.ok) throw new LoadError(`${word}: ${checked.problem}`);
  return { name: basename(word, '.json'), policy: checked.policy };
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new LoadError(`${file} is no file with a JSON object`, { cause });
  }
}

function isPreset(name: unknown): name is PresetName {
  return typeof name === 'string' && Object.hasOwn(PRESETS, name);
}
