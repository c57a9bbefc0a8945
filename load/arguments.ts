/** The command line of `npm run load`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LoadError } from './errors.ts';
import { isScenarioName, SCENARIOS, type ScenarioName } from './k6/scenarios.ts';

/** What a run is told. */
export interface Arguments {
  /** The service without a slash at the end; paths are appended to it. */
  readonly url: string;
  readonly scenario: ScenarioName;
  /** Every duration is multiplied by this; users and think times are not. */
  readonly scale: number;
  /** The folder of the report. */
  readonly out: string;
  /** The server's log as JSON lines; null: epochs are not checked against it. */
  readonly log: string | null;
  readonly allowFailOpen: boolean;
}

/** Scales outside make runs that prove nothing, or never end. */
const [LEAST_SCALE, MOST_SCALE] = [0.01, 100];

/** What `npm run load -- --help` prints. */
export const HELP = `npm run load -- --url URL --scenario NAME [--out FOLDER] [--scale 0.1] [--log FILE]

  --url URL           the service, for example http://127.0.0.1:3000; there is no default, so that
                      nothing is loaded by mistake
  --scenario NAME     what to do to it:
${Object.entries(SCENARIOS)
  .map(([name, { about }]) => `                        ${name.padEnd(10)} ${about}`)
  .join('\n')}
  --out FOLDER        where report.html and summary.json go (default .cache/load/NAME)
  --scale NUMBER      multiplies every duration, ${LEAST_SCALE} to ${MOST_SCALE} (default 1)
  --log FILE          the log of npm start as JSON lines: each epoch must be in it exactly once
  --allow-fail-open   answers of a level that could not be read are inside the contract

The demo must honour {"error": true} (FAULT_SWITCH=on). K6_BIN names another k6 than the installed one.
Exit code 1: a threshold was missed, an answer was outside the contract, or the log does not agree.
`;

/**
 * Reads the command line.
 *
 * @returns null if help was asked for.
 * @throws LoadError naming what was wrong.
 */
export function readArguments(args: readonly string[]): Arguments | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      url: { type: 'string' },
      scenario: { type: 'string' },
      out: { type: 'string' },
      scale: { type: 'string', default: '1' },
      log: { type: 'string' },
      'allow-fail-open': { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const scenario = readScenario(values.scenario);
  return {
    url: readUrl(values.url),
    scenario,
    scale: readScale(values.scale),
    out: values.out ?? join('.cache', 'load', scenario),
    log: values.log ?? null,
    allowFailOpen: values['allow-fail-open'],
  };
}

function readUrl(text: string | undefined): string {
  if (text === undefined) {
    throw new LoadError(
      '--url is missing: name the service to load, for example --url http://127.0.0.1:3000',
    );
  }
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new LoadError(`--url must be an http or https URL without a query, got ${text}`);
  }
  return url.href.replace(/\/+$/, '');
}

function readScenario(name: string | undefined): ScenarioName {
  const names = Object.keys(SCENARIOS).join(', ');
  if (name === undefined) throw new LoadError(`--scenario is missing: one of ${names}`);
  if (!isScenarioName(name)) {
    throw new LoadError(`--scenario must be one of ${names}, got ${name}`);
  }
  return name;
}

function readScale(text: string): number {
  const scale = Number(text);
  if (!(scale >= LEAST_SCALE && scale <= MOST_SCALE)) {
    throw new LoadError(
      `--scale must be a number from ${LEAST_SCALE} to ${MOST_SCALE}, got ${text}`,
    );
  }
  return scale;
}
