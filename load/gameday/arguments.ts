/** The command line of `npm run gameday`. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LoadError } from '../errors.ts';
import { FAULTS, type FaultName } from './fault-proxy.ts';

/** What a game day is told. */
export interface Arguments {
  /** The service without a slash at the end. */
  readonly url: string;
  /** What fails: the demo's own switch, or what stands between the service and its upstream. */
  readonly fault: 'switch' | FaultName;
  /** The upstream that the proxy passes to, and the port where it listens; null with the switch. */
  readonly proxy: { readonly upstream: URL; readonly port: number } | null;
  readonly calmS: number;
  readonly outageS: number;
  readonly perSecond: number;
  /** Requests of the outage within which the level must have fallen. */
  readonly fallsWithin: number;
  /** Seconds after its end within which level 1 must be back. */
  readonly backWithinS: number;
  readonly allowProd: boolean;
  /** The folder of the report. */
  readonly out: string;
}

const FAULT_LINES = Object.entries(FAULTS).map(
  ([name, about]) => `    ${name.padEnd(10)} ${about}`,
);

/** What `npm run gameday -- --help` prints. */
export const HELP = `npm run gameday -- --url URL [--fault switch] [--outage 10] [--rate 20]
npm run gameday -- --url URL --fault latency --upstream URL --listen 9100

A bounded outage in a running system: it must degrade, shield its users and recover by itself.

  --url URL            the service, for example http://127.0.0.1:3000
  --fault NAME         what fails (switch):
    switch     the demo fails what is asked to: {"error": true}
${FAULT_LINES.join('\n')}
  --upstream URL       with every fault but the switch: what the proxy passes to, http alone
  --listen PORT        where the proxy listens on 127.0.0.1; the service must have been started with
                       FULL_UPSTREAM_URL=http://127.0.0.1:PORT/...
  --calm S             seconds before the outage, 1 to 300 (5)
  --outage S           how long it lasts, 1 to 600 s (10)
  --rate N             requests a second at most, one after the other, 1 to 100 (20)
  --falls-within N     requests of the outage within which the level must have fallen (50)
  --back-within S      seconds after it within which level 1 must be back, 1 to 1800 (120)
  --production         a stage prod, or a server that does not tell its stage and is not this machine
  --out FOLDER         where report.html goes (.cache/gameday)

Exit code 1: it did not degrade or recover in time, an answer was outside the contract, or an error that
a client was told of was not counted.
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
      production: { type: 'boolean', default: false },
      url: { type: 'string' },
      fault: { type: 'string', default: 'switch' },
      upstream: { type: 'string' },
      listen: { type: 'string' },
      calm: { type: 'string', default: '5' },
      outage: { type: 'string', default: '10' },
      rate: { type: 'string', default: '20' },
      'falls-within': { type: 'string', default: '50' },
      'back-within': { type: 'string', default: '120' },
      out: { type: 'string', default: join('.cache', 'gameday') },
    },
  });
  if (values.help) return null;
  const { fault } = values;
  if (fault !== 'switch' && !isFault(fault)) {
    throw new LoadError(`--fault must be switch, ${Object.keys(FAULTS).join(', ')}, got ${fault}`);
  }
  return {
    url: readUrl('--url', values.url).href.replace(/\/+$/, ''),
    fault,
    proxy: fault === 'switch' ? null : readProxy(values.upstream, values.listen),
    calmS: readNumber('--calm', values.calm, 1, 300),
    outageS: readNumber('--outage', values.outage, 1, 600),
    perSecond: readNumber('--rate', values.rate, 1, 100),
    fallsWithin: readNumber('--falls-within', values['falls-within'], 1, 100_000),
    backWithinS: readNumber('--back-within', values['back-within'], 1, 1_800),
    allowProd: values.production,
    out: values.out,
  };
}

function isFault(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

function readProxy(upstream: string | undefined, listen: string | undefined) {
  const url = readUrl('--upstream', upstream);
  if (url.protocol !== 'http:') throw new LoadError(`--upstream must be http, got ${url.href}`);
  return { upstream: url, port: readNumber('--listen', listen ?? '', 0, 65_535) };
}

function readUrl(name: string, text: string | undefined): URL {
  const url = URL.parse(text ?? '');
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '') return url;
  const got = text === undefined ? 'is missing' : `got ${text}`;
  throw new LoadError(`${name} must be a URL such as http://127.0.0.1:3000, ${got}`);
}

function readNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new LoadError(`${name} must be an integer from ${least} to ${most}, got ${text || 'none'}`);
}
