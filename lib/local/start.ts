/** Reads the settings, starts the server, stops it on a signal. */
import { parseArgs } from 'node:util';
import { ConfigError, describeSettings, readConfig } from '../runtime/config.ts';
import { readControlPrefix } from '../runtime/own-paths.ts';
import { StartError } from './errors.ts';
import { givenToProcess, limitsOf } from './limits.ts';
import { createLog } from './log.ts';
import { printableLines } from './printable.ts';
import { readyLines } from './ready-lines.ts';
import { startServer, type EngineName } from './server.ts';
import { endOnSignal, type Running } from './signals.ts';

const HELP = `npm start -- [--engine local|aws] [--stage dev] [--region us-east-1]

  --engine local   the whole service in this process (default)
  --engine aws     this front before a deployed stage, with the credentials of the AWS CLI
  --stage NAME     the same as STAGE
  --region NAME    the same as AWS_REGION

Settings by environment (name, default, meaning):
${describeSettings()}
`;

/** In characters of a message, which may show what was typed. */
const MOST_SHOWN = 2_000;

const started = Promise.withResolvers<Running | null>();
const isEnding = endOnSignal(process, started.promise);

async function main(): Promise<void> {
  const args = readArgs();
  if (args.help) {
    process.stdout.write(HELP);
    return;
  }
  const config = readConfig(args.settings);
  const telemetry = createLog({ level: config.logLevel, pretty: process.stdout.isTTY });
  const limits = limitsOf(givenToProcess());
  const server = await startServer({ ...config, engine: args.engine, limits, telemetry });
  started.resolve({ server, telemetry });
  if (isEnding()) return;
  if (limits.because !== null) {
    const { maxConnections, because: why } = limits;
    telemetry.warn('fewer connections than there could be', { maxConnections, why });
  }
  process.stdout.write(`${readyLines(server.url, server.scopes, readControlPrefix())}\n`);
}

function readArgs() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      engine: { type: 'string', default: 'local' },
      stage: { type: 'string' },
      region: { type: 'string' },
    },
  });
  const { help, stage, region, engine } = values;
  if (!isEngine(engine)) throw new StartError(`--engine must be local or aws, got ${engine}`);
  const settings = {
    ...(stage !== undefined && { STAGE: stage }),
    ...(region !== undefined && { AWS_REGION: region }),
  };
  return { help, engine, settings };
}

function isEngine(name: string): name is EngineName {
  return name === 'local' || name === 'aws';
}

try {
  await main();
} catch (error) {
  started.resolve(null);
  const isUsage = (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') ?? false;
  if (!(error instanceof StartError || error instanceof ConfigError || isUsage)) throw error;
  if (!isEnding())
    process.stderr.write(`${printableLines((error as Error).message, MOST_SHOWN)}\n`);
  process.exitCode = 1;
}
