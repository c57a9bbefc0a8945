/** A deployed stage behind a fault proxy, its row, and how its functions are broken and mended. */
import {
  DeleteFunctionConcurrencyCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { DEFAULT_SCOPE, historyKeyOf, stateKeyOf } from '../../../lib/store/level-store.ts';
import { queueOf, subscribeTo } from '../../deploy/emulator/alarm-path.ts';
import { givenAccount, givenDev } from '../../deploy/emulator/given.ts';
import { createCounted } from './counted.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { createFaults } from './fates.ts';

const SEAMS = new URL('seams.py', import.meta.url).pathname;
const STACK = 'resilient-service-dev';

/** Alarms move the default scope beside its outcomes. */
const SCOPES = { default: { signals: 'both' } };

/** What the entry of a level counts. */
const ENTRY_ERRORS = { 1: 0, 2: 5, 3: 10 } as const;

/** A function of the stage that serves or counts. */
export type FunctionName =
  | 'full-service'
  | 'degraded-service'
  | 'maintenance-service'
  | 'mutator'
  | 'alarm-processor';

/** The stage and everything that can be done to it. */
export type World = Awaited<ReturnType<typeof givenWorld>>;

/** Deploys it to an emulator of its own, the proxy between them; alarms of the default scope act. */
export async function givenWorld() {
  const faults = createFaults();
  const counted = createCounted(stateKeyOf(DEFAULT_SCOPE));
  const proxy = await startFaultProxy(faults, counted);
  const seams = { file: SEAMS, env: { AWS_ENDPOINT_URL: proxy.url } };
  const account = await givenAccount({ scopes: SCOPES, seams });
  proxy.forwardTo(account.endpoint);
  // The front starts its executions through the proxy as well.
  process.env['AWS_ENDPOINT_URL_SFN'] = proxy.url;
  const dev = await givenDev(account);
  const [told, alarms] = await Promise.all([
    subscribeTo('dev', 'LevelChangedTopic'),
    queueOf('dev', 'AlarmQueue'),
  ]);
  let base = 0;
  return {
    dev,
    faults,
    counted,
    underWay: () => proxy.underWay(),
    told,
    alarms,
    broken: brokenIn(account.folder),
    /** Begins at a level in an epoch that nothing of before was read at; that level has lasted for a day. */
    async begin(level: 1 | 2 | 3) {
      base += 1_000;
      counted.forget();
      const lastTransition = new Date(Date.now() - 86_400_000).toISOString();
      const began = { currentLevel: level, epoch: base, notifiedEpoch: base, lastTransition };
      await dev.table.forgetItem(historyKeyOf(DEFAULT_SCOPE));
      await dev.table.put({ ...began, errorCount: ENTRY_ERRORS[level], successCount: 0 });
    },
    async close() {
      delete process.env['AWS_ENDPOINT_URL_SFN'];
      await dev.close();
      await proxy.close();
    },
  };
}

/** What a function is replaced by; what is not given back here is given back by the next deploy. */
const CODES = {
  crashes: 'exports.handler = async () => process.exit(1);',
  throws: "exports.handler = async () => { throw new Error('broken'); };",
  hangs: 'exports.handler = () => new Promise(() => {});',
} as const;

function brokenIn(folder: string) {
  const lambda = new LambdaClient({});
  const named = (name: FunctionName) => ({ FunctionName: `${STACK}-${name}` });
  const put = async (name: FunctionName, ZipFile: Uint8Array) => {
    await lambda.send(new UpdateFunctionCodeCommand({ ...named(name), ZipFile }));
  };
  return {
    /** Replaces its code. @returns Gives it back. */
    async code(name: FunctionName, how: keyof typeof CODES) {
      const whole = await readFile(join(folder, '.serverless', `${name}.zip`));
      await put(name, zipSync({ [`functions/${name}.js`]: strToU8(CODES[how]) }));
      return () => put(name, whole);
    },
    /** Lets none of it run. @returns Lets it run again. */
    async concurrency(name: FunctionName) {
      const none = { ...named(name), ReservedConcurrentExecutions: 0 };
      await lambda.send(new PutFunctionConcurrencyCommand(none));
      return async () => {
        await lambda.send(new DeleteFunctionConcurrencyCommand(named(name)));
      };
    },
  };
}
