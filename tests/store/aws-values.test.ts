/** One read of SSM or Secrets Manager: what is asked of which host, and what of the answer is taken. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { readValue } from '../../lib/store/aws-values.ts';

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  return () => vi.unstubAllGlobals();
});

/** A host that answers so; what it was asked. */
function answering(answer: object, status = 200) {
  const asked = vi.fn<typeof fetch>(async () => Response.json(answer, { status }));
  vi.stubGlobal('fetch', asked);
  return () => {
    const [url, { method, headers, body, signal } = {}] = asked.mock.calls[0] ?? [];
    const { href } = url as URL;
    return {
      url: href,
      method,
      headers: headers as Record<string, string>,
      text: body as string,
      signal,
    };
  };
}

describe('a value', () => {
  test('of SSM is decrypted', async () => {
    const asked = answering({ Parameter: { Value: 'the key' } });
    expect(await readValue('ssm', '/orders/key')).toBe('the key');
    const { url, method, headers, text, signal } = asked();
    expect({ url, method }).toEqual({
      url: 'https://ssm.eu-west-1.amazonaws.com/',
      method: 'POST',
    });
    expect(headers).toMatchObject({
      host: 'ssm.eu-west-1.amazonaws.com',
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameter',
    });
    expect(headers['authorization']).toMatch(
      /^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/eu-west-1\/ssm\/aws4_request/,
    );
    expect(JSON.parse(text)).toEqual({ Name: '/orders/key', WithDecryption: true });
    expect(signal?.aborted).toBe(false);
  });

  test('is asked for under a signature of all that is asked', async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 2), toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const asked = answering({ Parameter: { Value: 'the key' } });
    await readValue('ssm', '/orders/key');
    const { headers, text } = asked();
    const { authorization: _signature, ...unsigned } = headers;
    const { credentials, sha256 } = new DynamoDBClient({}).config;
    const signer = new SignatureV4({ service: 'ssm', region: 'eu-west-1', credentials, sha256 });
    const again = await signer.sign({
      method: 'POST',
      protocol: 'https:',
      hostname: 'ssm.eu-west-1.amazonaws.com',
      path: '/',
      query: {},
      headers: unsigned,
      body: text,
    });
    expect(again.headers['authorization']).toBe(headers['authorization']);
  });

  test('of Secrets Manager is its text', async () => {
    const asked = answering({ SecretString: 'the secret' });
    expect(await readValue('secretsmanager', 'orders')).toBe('the secret');
    const { url, headers, text } = asked();
    expect(url).toBe('https://secretsmanager.eu-west-1.amazonaws.com/');
    expect(headers['x-amz-target']).toBe('secretsmanager.GetSecretValue');
    expect(JSON.parse(text)).toEqual({ SecretId: 'orders' });
  });

  test('is read where the region is', async () => {
    vi.stubEnv('AWS_REGION', 'cn-north-1');
    const asked = answering({ SecretString: 'x' });
    await readValue('secretsmanager', 'orders');
    expect(asked().url).toBe('https://secretsmanager.cn-north-1.amazonaws.com.cn/');
  });

  test('is read of an emulator in its place', async () => {
    const asked = answering({ SecretString: 'x' });
    await readValue('secretsmanager', 'orders', 'http://127.0.0.1:4566');
    expect(asked()).toMatchObject({
      url: 'http://127.0.0.1:4566/',
      headers: { host: '127.0.0.1:4566' },
    });
  });

  test.each<[object, number, RegExp]>([
    [{ __type: 'ParameterNotFound' }, 400, /^expected ssm to have a text named \/a, got Parameter/],
    [{}, 503, /got 503$/],
    [{}, 200, /got 200$/],
    [{ Parameter: {} }, 200, /got 200$/],
    [{ Parameter: { Value: 'a page of an error' } }, 500, /got 500$/],
  ])('that is not there says by which code: %j of %i', async (body, status, words) => {
    answering(body, status);
    const read = readValue('ssm', '/a');
    await expect(read).rejects.toThrow(words);
    await expect(read).rejects.toMatchObject({
      name: 'ValueUnavailableError',
      code: 'VALUE_UNAVAILABLE',
    });
  });
});
