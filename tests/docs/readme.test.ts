/** The README: its commands and examples run, its tables say what the code says. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeSettings } from '../../lib/runtime/config.ts';
import { readScopes } from '../../lib/runtime/scopes.ts';
import { serveFace } from '../../lib/services/serve-face.ts';
import type { CreateService } from '../../lib/services/registry.ts';
import { givenService } from '../flow/given.ts';
import { rememberingTelemetry } from '../functions/events.ts';
import { requestText } from '../services/requests.ts';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url).pathname;
const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
const sources = await readFile(join(ROOT, 'docs/SOURCES.md'), 'utf8');

const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, text]) => text ?? '',
  );

/** What the bank's source documents name. */
const SOURCE_NAMES = `
  circuit-breaker-controller
  full-service
  degraded-service
  maintenance-service
  alarm-processor
  dynamodb-operations.js
  circuit-breaker-infrastructure.yaml
  cloudwatch-alarms.json
  deploy.sh
  system-state
  currentLevel
  failureCount
  successCount
  lastTransition
  lastUpdated
  transitionReason
  STATE_TABLE
  FULL_SERVICE_FUNCTION
  DEGRADED_SERVICE_FUNCTION
  MAINTENANCE_SERVICE_FUNCTION
  circuit-breaker-state
  GET /circuit-breaker
  GET /account/12345
  5 %, 2 %, 10 %
  50-150, 20-70, 10-30 ms
  CircuitBreaker/Service
  Success
  Error
  ResponseTime
  CircuitBreaker/Controller
  Invocation
  CurrentLevel
  FailureCount
  SuccessCount
  CircuitBreaker/AlarmProcessor
  RecordsProcessed
  ProcessingErrors
  FailureAlarmProcessed
  RecoveryAlarmProcessed
  Level 1 Error Rate
  Level 2 Error Rate
  Level 3 Recovery
  Level 2 Recovery
  Controller Errors
  Alarm Processor Errors
  bank-circuit-breaker-CircuitBreakerMonitoring-dev
  circuit-breaker-alarms
  /aws/lambda/circuit-breaker-controller
`
  .trim()
  .split(/\n\s*/);

/** The commands of a console block with what each prints. */
const transcript = (block: string) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...printed] = part.trimEnd().split('\n');
      return { command, printed };
    });

describe('the README', () => {
  test('names the two commands, and npm knows them', async () => {
    expect(blocks('sh').map((block) => block.trim())).toEqual([
      'npm ci && npm start',
      'npm ci && npm test',
    ]);
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts).toMatchObject({ start: expect.any(String), test: expect.any(String) });
  });

  test('shows exactly what its console prints', async () => {
    const service = await givenService();
    const block = blocks('console').join('');
    const steps = transcript(block.replaceAll('http://127.0.0.1:3000', service.url));
    expect(steps.length).toBeGreaterThan(8);
    // Where there is no curl, a few lines of Node stand in, so that the tests need nothing else.
    const standIn = `command -v curl >/dev/null || curl() { '${process.execPath}' '${ROOT}tests/docs/curl.ts' "$@"; }`;
    const script = steps.map(({ command }) => `${command}\necho '---'`).join('\n');
    const { stdout } = await run('bash', ['-c', `${standIn}\n${script}`]);
    const printed = stdout.split('---\n').map((text) => text.trimEnd());
    for (const [index, step] of steps.entries()) {
      expect(`${step.command}\n${printed[index]}`.trimEnd()).toBe(
        [step.command, ...step.printed].join('\n'),
      );
    }
  });

  test('has an example service that works', async () => {
    const [source = ''] = blocks('ts');
    const folder = await mkdtemp(join(tmpdir(), 'resilient-readme-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'quotes.ts');
    await writeFile(file, source.replaceAll('../lib/', join(ROOT, 'lib/')));
    const { default: create } = (await import(file)) as { default: CreateService };
    const runtime = {
      services: { default: create({} as Parameters<CreateService>[0]) },
      telemetry: rememberingTelemetry().telemetry,
      clock: { monotonicMs: () => 0 },
      random: () => 0.5,
    };
    const event = {
      scope: 'default',
      executionId: 'x-1',
      failOpen: false,
      readLevel: 2,
      request: requestText({}),
    };
    expect(await serveFace('degraded', event, runtime)).toMatchObject({ statusCode: 200 });
    expect(await serveFace('maintenance', event, runtime)).toMatchObject({ outcome: 'none' });
  });

  test('has entries of services.json that it takes as they stand', () => {
    expect(blocks('json').map((block) => readScopes('prod', JSON.parse(block)))).toMatchObject([
      { quotes: { module: 'quotes', policy: 'production', auth: 'none' } },
      {
        orders: {
          upstream: { url: new URL('https://api.example.com'), degraded: 'last-good' },
          auth: 'apiKey',
          cors: { origins: ['https://shop.example'] },
        },
      },
    ]);
  });

  test('names every setting', () => {
    for (const [name] of describeSettings().matchAll(/[A-Z_]{4,}(?= )/g)) {
      expect(readme).toContain(`\`${name}\``);
    }
  });

  test.each(SOURCE_NAMES)('says what %s is called here', (name) => {
    const [, ...rows] = sources.split('\n').filter((line) => line.startsWith('| '));
    const named = rows.map((row) => row.split(' | ')[0]?.replaceAll('`', '') ?? '');
    expect(named.filter((cell) => cell.includes(name))).not.toEqual([]);
  });

  test('links to files that exist', () => {
    for (const [, target = ''] of readme.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      expect([target, existsSync(join(ROOT, target))]).toEqual([target, true]);
    }
    for (const [, path = ''] of readme.matchAll(
      /`((?:functions|lib|statemachines)\/[\w./-]+\.\w+)`/g,
    )) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    }
  });
});
