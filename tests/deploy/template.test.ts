/** The packaged template and bundles of each stage: what stands in AWS after a deploy. */
import project from '../../package.json' with { type: 'json' };
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { NO_REQUEST } from '../../lib/runtime/workflow.ts';
import { TESTED_SERVICES } from '../runtime/given-scopes.ts';
import { packaged, STAGES, type Packaged } from './packaged.ts';
import { joinDefinition, referencesOf } from './intrinsics.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const ASL = JSON.parse(
  readFileSync(join(ROOT, 'statemachines/service-resiliency.asl.json'), 'utf8'),
) as unknown;

const FACES = ['full-service', 'degraded-service', 'maintenance-service'] as const;
const SDK_FUNCTIONS = [
  'mutator',
  'get-state',
  'health',
  'control',
  'bypass',
  'alarm-processor',
  'rearm-alarms',
] as const;
/** Those that move the level, and tell of it. */
const MOVERS: ReadonlySet<string> = new Set(['mutator', 'control', 'alarm-processor']);
const FUNCTIONS = [...FACES, ...SDK_FUNCTIONS];

const EXPECTED = {
  dev: {
    execution: { Level: 'ERROR', IncludeExecutionData: true },
    retentionDays: 14,
    throttle: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    tableDeletion: 'Delete',
    faultSwitch: 'on',
  },
  prod: {
    execution: { Level: 'ERROR', IncludeExecutionData: false },
    retentionDays: 90,
    throttle: { ThrottlingRateLimit: 1_000, ThrottlingBurstLimit: 2_000 },
    tableDeletion: 'RetainExceptOnCreate',
    faultSwitch: 'off',
  },
} as const;

/** What a stage is told whose service is not an API of its operator's. */
const NO_UPSTREAM = {
  FULL_UPSTREAM_URL: '',
  DEGRADED_UPSTREAM_URL: '',
  PROBE_URL: '',
  FULL_PROBE_URL: '',
  POLICY: 'classic',
  UPSTREAM_TIMEOUT_MS: '2500',
};

/** What the health function is told besides. */
const HEALTH = {
  FAIL_OPEN_LEVEL: '1',
  SERVICE_VERSION: project.version,
  FULL_UPSTREAM_URL: '',
  DEGRADED_UPSTREAM_URL: '',
  PROBE_URL: '',
};

/** What it is told that starts the workflow for an operator. */
const BYPASS = { FAIL_OPEN_LEVEL: '1', WORKFLOW_ARN: { Ref: 'ServiceResiliencyWorkflow' } };

/** What each face is told of the bank. */
const BANK = {
  'full-service': {
    ACCOUNTS_TABLE: { Ref: 'AccountsTable' },
    BANK_FULL_LATENCY_MS: '50-150',
    BANK_FULL_FAILURE_RATE: '0',
  },
  'degraded-service': {
    ACCOUNTS_TABLE: { Ref: 'AccountsTable' },
    BANK_DEGRADED_LATENCY_MS: '20-70',
    BANK_DEGRADED_FAILURE_RATE: '0',
    BANK_PROBE_FAILURE_RATE: '0',
  },
  'maintenance-service': { BANK_MAINTENANCE_LATENCY_MS: '10-30' },
} as const;

const functionId = (name: string) => {
  const normal = name.replaceAll('-', 'Dash');
  return `${normal.charAt(0).toUpperCase()}${normal.slice(1)}LambdaFunction`;
};

describe.each(STAGES)('on %s', (stage) => {
  const expected = EXPECTED[stage];
  let service: Packaged;

  beforeAll(async () => {
    service = await packaged(stage);
  }, 240_000);

  test('every reference leads to a resource', () => {
    const lost = referencesOf(service.resources).filter((id) => !(id in service.resources));
    expect(lost).toEqual([]);
  });

  test('each file of functions/ is one function, under its own name', () => {
    const files = readdirSync(join(ROOT, 'functions')).map((file) => file.replace('.ts', ''));
    // Only a stage that asks for them has the live page's and the webhook's.
    expect(files.toSorted()).toEqual([...FUNCTIONS, 'live-page', 'webhook'].toSorted());
    expect(service.ofType('AWS::Lambda::Function')).toHaveLength(FUNCTIONS.length);
  });

  test.each(FUNCTIONS)('%s runs on Node 24, arm64, with its own log', (name) => {
    const { Properties: properties } = service.resource(functionId(name));
    expect(properties).toMatchObject({
      FunctionName: `resilient-service-${stage}-${name}`,
      Handler: `functions/${name}.handler`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      LoggingConfig: {
        LogFormat: 'JSON',
        SystemLogLevel: 'WARN',
        ApplicationLogLevel: 'TRACE',
      },
    });
    const logGroup = service
      .ofType('AWS::Logs::LogGroup')
      .find(
        ([, log]) =>
          log.Properties['LogGroupName'] === `/aws/lambda/resilient-service-${stage}-${name}`,
      );
    expect(logGroup?.[1].Properties['RetentionInDays']).toBe(expected.retentionDays);
  });

  test.each(FUNCTIONS)('%s is told its stage and no more than it reads', (name) => {
    const { Environment: environment } = service.resource(functionId(name)).Properties;
    const common = { STAGE: stage, LOG_LEVEL: 'info', NODE_OPTIONS: '--enable-source-maps' };
    const face = FACES.find((one) => one === name);
    const own = face
      ? {
          FAULT_SWITCH: expected.faultSwitch,
          SERVICES: TESTED_SERVICES,
          ...(face !== 'maintenance-service' && NO_UPSTREAM),
          ...BANK[face],
        }
      : {
          POLICY: 'classic',
          SERVICES: TESTED_SERVICES,
          ...(name === 'bypass' ? BYPASS : { TABLE_NAME: { Ref: 'ServiceResiliencyTable' } }),
          ...(MOVERS.has(name) && { EVENT_BUS: 'default' }),
          ...(name === 'health' && HEALTH),
        };
    expect(environment).toEqual({ Variables: { ...common, ...own } });
  });

  test('a function ends before the state that waits longest for it: a try waits for less', () => {
    const tasks = tasksOf(joinDefinition(service.resource('ServiceResiliencyWorkflow')));
    const waits = Map.groupBy(tasks, ({ functionRef }) => functionRef);
    const late = [...waits].filter(([functionRef, states]) => {
      const { Timeout: timeout } = service.resource(functionRef).Properties;
      return Number(timeout) >= Math.max(...states.map(({ timeoutSeconds }) => timeoutSeconds));
    });
    expect(waits.size).toBe(4);
    expect(late).toEqual([]);
  });

  test.each(['ServiceResiliencyTable', 'AccountsTable'])(
    '%s is on demand, encrypted and recoverable, and prod keeps it',
    (name) => {
      const table = service.resource(name);
      expect(table.Properties).toEqual({
        TableName: `${name}-${stage}`,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'PK', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'PK', KeyType: 'HASH' }],
        // The level is read with no key of KMS in between.
        ...(name === 'AccountsTable' && { SSESpecification: { SSEEnabled: true } }),
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: stage === 'prod',
      });
      expect(table).toMatchObject({
        DeletionPolicy: expected.tableDeletion,
        // CloudFormation takes RetainExceptOnCreate for the deletion alone.
        UpdateReplacePolicy: expected.tableDeletion.replace('ExceptOnCreate', ''),
      });
    },
  );

  test('the workflow is an Express machine that logs and traces', () => {
    const { Properties: machine } = service.resource('ServiceResiliencyWorkflow');
    const log = { LogGroupArn: { 'Fn::GetAtt': ['WorkflowLogGroup', 'Arn'] } };
    expect(machine).toMatchObject({
      StateMachineName: `ServiceResiliencyWorkflow-${stage}`,
      StateMachineType: 'EXPRESS',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: {
        ...expected.execution,
        Destinations: [{ CloudWatchLogsLogGroup: log }],
      },
    });
    expect(service.resource('WorkflowLogGroup').Properties).toEqual({
      LogGroupName: `/aws/vendedlogs/states/ServiceResiliencyWorkflow-${stage}`,
      RetentionInDays: expected.retentionDays,
    });
  });

  test('the workflow is the file that the laptop runs, in whatever partition it is deployed to', () => {
    const deployed = joinDefinition(service.resource('ServiceResiliencyWorkflow'));
    const inAws = JSON.stringify(deployed).replaceAll('arn:${AWS::Partition}:', 'arn:aws:');
    expect(JSON.parse(inAws)).toEqual(ASL);
    expect(JSON.stringify(service.resources)).not.toContain('arn:aws:');
  });

  test.each(FUNCTIONS)('%s is one minified file with its map, and loads', (name) => {
    const { bytes, files } = service.archive(name);
    const code = files.get(`functions/${name}.js`) ?? Buffer.alloc(0);
    const map = readMap(files.get(`functions/${name}.js.map`));
    expect([...files.keys()].toSorted()).toEqual([
      `functions/${name}.js`,
      `functions/${name}.js.map`,
    ]);
    expect(bytes).toBeLessThanOrEqual(600 * 1024);
    expect(map.sourcesContent).toBeUndefined();
    expect(load(code)).toHaveProperty('handler', expect.any(Function));
  });

  test('maintenance-service bundles no SDK, and at most 144 KB', () => {
    const { files } = service.archive('maintenance-service');
    const { sources } = readMap(files.get('functions/maintenance-service.js.map'));
    expect(sources.filter((source) => /@aws-sdk|@smithy/.test(source))).toEqual([]);
    expect(files.get('functions/maintenance-service.js')?.length).toBeLessThanOrEqual(144 * 1024);
  });

  test.each([
    ['full-service', 600],
    ['degraded-service', 600],
    // It knows tenants and tells read replicas.
    ...SDK_FUNCTIONS.map((name) => [name, name === 'mutator' ? 488 : 480] as const),
  ] as const)('%s bundles its SDK, and at most %i KB', (name, kilobytes) => {
    const { files } = service.archive(name);
    const { sources } = readMap(files.get(`functions/${name}.js.map`));
    const sdk = name === 'bypass' ? '@aws-sdk/client-sfn' : '@aws-sdk/client-dynamodb';
    expect(sources.some((source) => source.includes(sdk))).toBe(true);
    expect(files.get(`functions/${name}.js`)?.length).toBeLessThanOrEqual(kilobytes * 1024);
  });

  test('a bundled face serves', async () => {
    const { files } = service.archive('maintenance-service');
    const code = files.get('functions/maintenance-service.js') ?? Buffer.alloc(0);
    const { handler } = load(code) as { handler: (event: unknown) => Promise<unknown> };
    const event = {
      scope: 'default',
      executionId: 'x',
      failOpen: false,
      readLevel: 1,
      request: NO_REQUEST,
    };
    expect(await handler(event)).toMatchObject({ outcome: 'none', statusCode: 503 });
  });
});

/** The tasks that call a function, without the probe: the workflow may give that one up sooner. */
function tasksOf(definition: unknown): { functionRef: string; timeoutSeconds: number }[] {
  if (typeof definition !== 'object' || definition === null) return [];
  const state = definition as {
    readonly Resource?: string;
    readonly TimeoutSeconds?: number;
    readonly Parameters?: {
      readonly FunctionName?: { readonly 'Fn::GetAtt': readonly [string, 'Arn'] };
      readonly Payload?: { readonly probe?: boolean };
    };
  };
  const { FunctionName: name, Payload: payload } = state.Parameters ?? {};
  if (name !== undefined) {
    if (payload?.probe === true) return [];
    return [
      { functionRef: name['Fn::GetAtt'][0], timeoutSeconds: state.TimeoutSeconds ?? Infinity },
    ];
  }
  return Object.values(definition).flatMap(tasksOf);
}

function readMap(map: Buffer | undefined) {
  return JSON.parse(map?.toString() ?? '{}') as {
    readonly sources: readonly string[];
    readonly sourcesContent?: readonly string[];
  };
}

/** Loads a bundle as Lambda does, from a folder without a package.json. */
function load(code: Buffer): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    const path = join(folder, 'index.js');
    writeFileSync(path, code);
    return createRequire(import.meta.url)(path) as unknown;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
