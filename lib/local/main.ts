/** `npm start`: reads the settings, starts the server, stops it on a signal. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ConfigError, describeSettings, readConfig } from '../runtime/config.ts';
import { StartError } from './errors.ts';
import { createLog } from './log.ts';
import { startServer, type EngineName, type Server } from './server.ts';

/** How long requests in flight may take to end after a signal, in milliseconds. */
const SHUTDOWN_MS = 4_500;

const HELP = `npm start -- [--engine local|aws] [--stage dev]

  --engine local   the whole service in this process (default)
  --engine aws     this front before a deployed stage, with the credentials of the AWS CLI
  --stage NAME     the same as STAGE

Settings by environment (name, default, meaning):
${describeSettings()}
`;

async function main(): Promise<void> {
  const args = readArgs();
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  const config = readConfig({ ...(args.stage !== undefined && { STAGE: args.stage }) });
  const telemetry = createLog({ level: config.logLevel, pretty: process.stdout.isTTY });
  const server = await startServer({ ...config, engine: args.engine, telemetry });
  stopOnSignal(server);
  process.stdout.write(`${readyLines(server.url)}\n`);
  if (server.table !== null) telemetry.debug('table', { endpoint: server.table.endpoint });
}

function readArgs(): { help: boolean; stage: string | undefined; engine: EngineName } {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      engine: { type: 'string', default: 'local' },
      stage: { type: 'string' },
    },
  });
  const { help, stage, engine } = values;
  if (engine !== 'local' && engine !== 'aws') {
    throw new StartError(`--engine must be local or aws, got ${engine}`);
  }
  return { help, stage, engine };
}

function readyLines(url: string): string {
  const post = `curl -X POST ${url}/service-api -H 'Content-Type: application/json'`;
  return [
    `Listening on ${url}`,
    `  ${post} -d '{"error": false}'`,
    `  ${post} -d '{"error": true}'`,
    `  curl ${url}/circuit-breaker`,
    `  curl -X POST ${url}/circuit-breaker/reset`,
  ].join('\n');
}

function stopOnSignal(server: Server): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(1);
    stopping = true;
    await Promise.race([server.close(), pause(SHUTDOWN_MS)]);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      void stop();
    });
  }
}

try {
  await main();
} catch (error) {
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') ?? false;
  if (!(error instanceof StartError || error instanceof ConfigError || isUsage)) throw error;
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
