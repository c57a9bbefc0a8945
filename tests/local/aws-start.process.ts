/** `npm start -- --engine aws`: what it asks of AWS, and what it says when that does not answer. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ListStateMachinesCommand,
  SFNClient,
  StartSyncExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLog } from '../../lib/local/log.ts';
import { startServer } from '../../lib/local/server.ts';
import { readConfig } from '../../lib/runtime/config.ts';
import { PLENTY } from './plenty.ts';
import { clientOf } from '../flow/given.ts';
import { answerJson, givenServer, type Answer } from '../store/local-servers.ts';
import { givenFolder, runToEnd, START, startProcess } from './process.ts';

const ARN = 'arn:aws:states:us-east-1:123456789012:stateMachine:ServiceResiliencyWorkflow-dev';
const MACHINE = {
  name: 'ServiceResiliencyWorkflow-dev',
  stateMachineArn: ARN,
  type: 'EXPRESS',
  creationDate: 0,
} as const;
const OUTPUT = {
  statusCode: 200,
  headers: {},
  body: '{"status":200,"level":1}',
  level: 1,
  failOpen: false,
};
const ARGS = ['--engine', 'aws'];
const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/** The AWS configuration of nobody, but for a region. */
const givenAws = async (region?: string): Promise<Record<string, string>> => {
  const file = join(await givenFolder(), 'config');
  await writeFile(file, region === undefined ? '' : `[default]\nregion = ${region}\n`);
  return {
    AWS_CONFIG_FILE: file,
    AWS_SHARED_CREDENTIALS_FILE: `${file}-none`,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
};

const stepFunctions: Answer = (response, { request }) => {
  const operation = String(request.headers['x-amz-target']).split('.').at(-1);
  if (operation === 'ListStateMachines') answerJson(response, 200, { stateMachines: [MACHINE] });
  else if (operation === 'StartSyncExecution') {
    answerJson(response, 200, {
      executionArn: ARN,
      startDate: 0,
      stopDate: 0,
      status: 'SUCCEEDED',
      output: JSON.stringify(OUTPUT),
    });
  } else answerJson(response, 500, {});
};

describe('the front before a deployed stage', () => {
  test('asks an emulator at its own address, in the region of the AWS configuration', async () => {
    const { endpoint, received } = await givenServer(stepFunctions);
    const env = { ...(await givenAws('eu-west-1')), ...KEYS, AWS_ENDPOINT_URL: endpoint };
    const { url } = await startProcess(env, [...START, ...ARGS]);
    expect(await clientOf(url).post({})).toMatchObject({ status: 200, body: { level: 1 } });
    expect(received.map(({ request }) => request.headers.host)).toEqual([
      new URL(endpoint).host,
      new URL(endpoint).host,
    ]);
    expect(received[0]?.request.headers.authorization).toContain('/eu-west-1/states/');
  });

  test.each([
    ['ThrottlingException', 429, /^too many requests/],
    ['InvalidExecutionInput', 413, /^the request must be at most 262144 bytes/],
  ])('answers %s with %i, as the gateway does', async (__type, status, message) => {
    const { endpoint } = await givenServer((response, received, nth) => {
      if (nth === 1) return stepFunctions(response, received, nth);
      answerJson(response, 400, { __type, message: 'as told' });
      return undefined;
    });
    const env = { ...(await givenAws()), ...KEYS, AWS_ENDPOINT_URL: endpoint };
    const { url } = await startProcess(env, [...START, ...ARGS]);
    const reply = await clientOf(url).post({});
    expect(reply).toMatchObject({
      status,
      body: { status, message: expect.stringMatching(message) },
    });
    expect(reply.headers.get('retry-after')).toBe(status === 429 ? '1' : null);
  });

  test('runs no tick: the stage has its own', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const sfn = mockClient(SFNClient);
    onTestFinished(() => sfn.restore());
    sfn
      .on(ListStateMachinesCommand)
      .resolves({ stateMachines: [{ ...MACHINE, creationDate: new Date(0) }] });
    const server = await startServer({
      ...readConfig({ PORT: '0', TICK_SECONDS: '1' }, {}),
      dataDir: null,
      engine: 'aws',
      limits: PLENTY,
      telemetry: createLog({ level: 'silent', pretty: false }),
    });
    onTestFinished(() => server.close());
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sfn.commandCalls(StartSyncExecutionCommand)).toEqual([]);
  });
});

describe('one clear line and exit 1', () => {
  const WHAT = 'cannot look for state machine ServiceResiliencyWorkflow-dev in';

  test('without credentials', async () => {
    const { endpoint } = await givenServer(stepFunctions);
    const env = { ...(await givenAws()), AWS_ENDPOINT_URL: endpoint };
    expect(await runToEnd(env, ARGS)).toEqual({
      code: 1,
      stdout: '',
      stderr: `${WHAT} us-east-1 (CredentialsProviderError); check the credentials of the AWS CLI (aws configure, or AWS_PROFILE)\n`,
    });
  });

  test('where nobody listens', async () => {
    const env = { ...(await givenAws()), ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const { code, stderr } = await runToEnd(env, [...ARGS, '--region', 'eu-north-1']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${WHAT} eu-north-1 (ECONNREFUSED); check the network, the region and AWS_ENDPOINT_URL\n`,
    });
  });

  test('where nobody answers, after 5 s', async () => {
    const { endpoint } = await givenServer(() => {});
    const env = { ...(await givenAws()), ...KEYS, AWS_ENDPOINT_URL: endpoint };
    const { code, stderr } = await runToEnd(env, ARGS);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${WHAT} us-east-1 (no answer in 5 s); check the network, the region and AWS_ENDPOINT_URL\n`,
    });
  });

  test('where the credentials may not look', async () => {
    const { endpoint } = await givenServer((response) => {
      answerJson(response, 400, { __type: 'AccessDeniedException', message: 'as told' });
    });
    const env = { ...(await givenAws()), ...KEYS, AWS_ENDPOINT_URL: endpoint };
    const { code, stderr } = await runToEnd(env, ARGS);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `${WHAT} us-east-1 (AccessDeniedException); check what these credentials may do\n`,
    });
  });
});
