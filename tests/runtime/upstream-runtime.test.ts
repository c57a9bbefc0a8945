/** What stands behind the upstream service on AWS: read from servers that speak as AWS does. */
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { lastGoodOnDemand, readCredential } from '../../lib/runtime/upstream-runtime.ts';
import { openTable } from '../../lib/local/table.ts';
import { answerJson, givenServer } from '../store/local-servers.ts';
import { serveTable } from '../store/served-table.ts';

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
});

type Call = readonly [target: string, input: unknown, signedFor: string | undefined];

/** A server of AWS's JSON protocol. */
const givenAws = async (body: unknown, status = 200) => {
  const calls: Call[] = [];
  const { endpoint } = await givenServer((response, { request, body: sent }) => {
    calls.push([
      String(request.headers['x-amz-target']),
      JSON.parse(sent),
      /\/us-east-1\/(\w+)\/aws4_request/.exec(request.headers.authorization ?? '')?.[1],
    ]);
    answerJson(response, status, body);
  });
  vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  return calls;
};

describe('a credential', () => {
  test('is a parameter, decrypted', async () => {
    const calls = await givenAws({ Parameter: { Value: 'sesame' } });
    expect(await readCredential({ header: 'A', ssm: '/shop/token' })).toBe('sesame');
    expect(calls).toEqual([
      ['AmazonSSM.GetParameter', { Name: '/shop/token', WithDecryption: true }, 'ssm'],
    ]);
  });

  test('is a secret', async () => {
    const calls = await givenAws({ SecretString: 'k-1' });
    expect(await readCredential({ header: 'A', secret: 'shop-key' })).toBe('k-1');
    expect(calls).toEqual([
      ['secretsmanager.GetSecretValue', { SecretId: 'shop-key' }, 'secretsmanager'],
    ]);
  });

  test('that is no text, or not there, is refused', async () => {
    await givenAws({ SecretBinary: 'AAAA' });
    await expect(readCredential({ header: 'A', secret: 's' })).rejects.toThrow(
      'expected secretsmanager to have a text named s, got 200',
    );
    await givenAws({ __type: 'ParameterNotFound' }, 400);
    await expect(readCredential({ header: 'A', ssm: 'p' })).rejects.toMatchObject({
      code: 'VALUE_UNAVAILABLE',
      message: 'expected ssm to have a text named p, got ParameterNotFound',
    });
  });
});

test('the last good answers are in the table that is named, opened once', async () => {
  const tableName = 'LastGoodTable-runtime';
  const table = await openTable({ tableName, region: 'us-east-1' });
  onTestFinished(() => table.close());
  vi.stubEnv('AWS_ENDPOINT_URL', (await serveTable(table)).endpoint);
  const open = lastGoodOnDemand(tableName);
  const store = await open();
  expect(await open()).toBe(store);
  const answer = { headers: {}, bodyText: 'x', keptAtMs: 1, varied: {} };
  await store.keep('a', answer, 1);
  // Kept when time began: none any more.
  expect(await store.read('a')).toBeUndefined();
});
