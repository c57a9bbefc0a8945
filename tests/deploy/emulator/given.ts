/** The steps of the tests on the emulator: a deployed stage, the front before it, and what they hold. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { onTestFinished, vi } from 'vitest';
import { createLog } from '../../../lib/local/log.ts';
import { startServer } from '../../../lib/local/server.ts';
import { readConfig } from '../../../lib/runtime/config.ts';
import { BY_THE_BOOK, type BookRow } from '../../flow/by-the-book.ts';
import { clientOf, type Reply } from '../../flow/given.ts';
import { PLENTY } from '../../local/plenty.ts';
import { awsEnv, functionsOf, schedulesOf, tableOf, type LogLine } from './aws.ts';
import { gatewayOf } from './gateway.ts';
import { startMiniStack, type MiniStackOptions } from './ministack.ts';
import { copyProject, ROOT, withProjectNode } from './project-copy.ts';

/**
 * What every deploy is told: the role of the gateway's logs is the account's, and would stay; the
 * emulator knows no metric math.
 */
const PARAMS = ['--param', 'gatewayLogRole=account', '--param', 'alarmMath=off'] as const;

/** Ends what a step began. */
type End = () => Promise<void>;

/** An account of AWS to deploy to: an emulator of the test file's own, and a copy of the project. */
export interface Account {
  readonly endpoint: string;
  /** Where the copy is. */
  readonly folder: string;
  /** Runs `serverless deploy` with more arguments and gives what it says. */
  deploy(...args: readonly string[]): Promise<string>;
  /** Runs another command of the framework, without the parameters of a deploy. */
  serverless(...args: readonly string[]): Promise<string>;
  /** Runs `serverless remove` with more arguments. */
  remove(...args: readonly string[]): Promise<string>;
  readonly close: End;
}

/**
 * Starts an emulator, and makes it the AWS of this process.
 *
 * @param options.scopes What the copy's services.json says; by default the same as the checkout's.
 */
export function givenAccount(
  options: MiniStackOptions & { readonly scopes?: object } = {},
): Promise<Account> {
  return orEndAll(async (ends) => {
    const emulator = await startMiniStack(options);
    ends.push(() => emulator.stop());
    const { endpoint } = emulator;
    useAws(endpoint);
    const copy = await copyProject(awsEnv(endpoint), options.scopes);
    ends.push(() => copy.remove());
    return {
      endpoint,
      folder: copy.folder,
      deploy: (...args) => copy.serverless('deploy', ...PARAMS, ...args),
      serverless: (...args) => copy.serverless(...args),
      remove: (...args) => copy.serverless('remove', ...PARAMS, ...args),
    };
  });
}

/**
 * Deploys the stage dev, and starts a front before it. Its ticks come when a test asks for them.
 *
 * @param params What `--param name=value` gives, by name.
 */
export function givenDev(to?: Account, params: Readonly<Record<string, string>> = {}) {
  return orEndAll(async (ends) => {
    const account = to ?? (await givenAccount());
    ends.push(account.close);
    const given = Object.entries(params).flatMap(([name, value]) => [
      '--param',
      `${name}=${value}`,
    ]);
    await account.deploy('--stage', 'dev', ...given);
    const schedules = schedulesOf('dev');
    await schedules.disable();
    const front = await startFront({ STAGE: 'dev' });
    ends.push(() => front.close());
    return {
      ...clientOf(front.url),
      account,
      schedules,
      table: tableOf('dev'),
      functions: functionsOf('dev'),
      gateway: await gatewayOf(account.endpoint, 'dev'),
    };
  });
}

/** The stage dev as it is deployed. */
export type Dev = Awaited<ReturnType<typeof givenDev>>;

/** Begins several things that end together, in reverse; also when one of them cannot begin. */
async function orEndAll<T>(begin: (ends: End[]) => Promise<T>): Promise<T & { close: End }> {
  const ends: End[] = [];
  const close = async () => {
    for (const end of ends.toReversed()) await end();
  };
  try {
    return { ...(await begin(ends)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The front and the clients take AWS from the environment, as they do for a user. */
function useAws(endpoint: string): void {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith('AWS_')) delete process.env[name];
  }
  Object.assign(process.env, awsEnv(endpoint));
}

/** Starts the front with the aws engine in this process. */
export async function startFront(
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const telemetry = createLog({ level: 'silent', pretty: false });
  const config = readConfig({ PORT: '0', ...settings });
  return startServer({ ...config, dataDir: null, engine: 'aws', limits: PLENTY, telemetry });
}

/**
 * Starts the front as a user does, and waits for its ready line. It ends with the test.
 *
 * @param cwd The project it is started in; the checkout by default.
 * @param preload What Node loads before it, with its settings.
 */
export async function startFrontProcess(
  cwd = ROOT,
  preload: { readonly file?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly url: string }> {
  const { file, env = {} } = preload;
  const before = file === undefined ? [] : ['--import', file];
  const child = spawn(
    process.execPath,
    [...before, 'lib/local/main.ts', '--engine', 'aws', '--stage', 'dev'],
    { cwd, env: { ...process.env, PORT: '0', ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(async () => {
    const exit = once(child, 'exit');
    if (child.kill('SIGTERM')) await exit;
  });
  const ended = once(child, 'exit').then(() => {
    throw new Error('the front ended before it was ready');
  });
  const [first] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  const [, url = ''] = /^Listening on (\S+)$/m.exec(first.toString()) ?? [];
  return { url };
}

/** Runs `npm run ctl -- … --stage dev` and gives what it prints. */
export async function ctl(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['run', '--silent', 'ctl', '--', ...args, '--stage', 'dev'],
    { cwd: ROOT, env: withProjectNode(process.env) },
  );
  return stdout;
}

/** The row as the rules count it; absent attributes have their defaults. */
export async function bookRowOf(dev: Dev, scope?: string): Promise<BookRow> {
  const { level, errorCount, successCount, epoch } = BY_THE_BOOK;
  const row = (await dev.table.row(scope)) ?? {};
  return {
    level: row['currentLevel'] ?? level,
    errorCount: row['errorCount'] ?? errorCount,
    successCount: row['successCount'] ?? successCount,
    epoch: row['epoch'] ?? epoch,
  } as BookRow;
}

/** What an answer says beside its body. */
export function headersOf({ headers }: Reply) {
  return {
    type: headers.get('Content-Type'),
    level: headers.get('X-Service-Level'),
    retryAfter: headers.get('Retry-After'),
    failOpen: headers.get('X-Service-Fail-Open'),
  };
}

/** The history of the row, as far as the log lines carry it. */
export async function historyOf(dev: Dev) {
  const { history } = await dev.status();
  return history.map(({ epoch, from, to, reason }) => ({ epoch, from, to, reason }));
}

/**
 * The changes that the mutator logged, in the order of their epochs, once there are as many.
 *
 * @param since How many lines it had logged before.
 */
export async function loggedChanges(dev: Dev, count: number, since = 0) {
  const changesIn = (lines: readonly LogLine[]) =>
    lines
      .slice(since)
      .filter(({ message }) => message === 'level changed' || message === 'epoch began')
      .map(({ epoch, from, to, reason }) => ({ epoch, from, to, reason }));
  const lines = await linesWhen(dev, 'mutator', (all) => changesIn(all).length >= count);
  return changesIn(lines).toSorted((a, b) => Number(a.epoch) - Number(b.epoch));
}

/** The lines that a function logged, once they are as expected. */
export async function linesWhen(
  dev: Dev,
  functionName: string,
  isThere: (lines: readonly LogLine[]) => boolean,
): Promise<readonly LogLine[]> {
  return vi.waitUntil(
    async () => {
      const lines = await dev.functions.linesOf(functionName);
      return isThere(lines) ? lines : null;
    },
    { timeout: 5_000, interval: 100 },
  );
}

/** Sends requests of the same outcome with at most so many in flight. */
export async function crowd(dev: Dev, requests: number, inFlight: number, error: boolean) {
  const replies: Reply[] = [];
  let sent = 0;
  const client = async () => {
    while (sent < requests) {
      sent += 1;
      replies.push(await dev.post({ error }));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return replies;
}
