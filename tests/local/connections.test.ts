/** Connections that are no requests: answered in the words of the contract, and closed. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { givenFolder, startProcess } from './process.ts';

describe('connections that are no requests', () => {
  const exchange = async (url: string, bytes: string): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(bytes);
    await once(socket, 'close');
    return answer;
  };

  test('are answered in the words of the contract and closed', async () => {
    const { url } = await startProcess({ DATA_DIR: await givenFolder() });
    const garbage = await exchange(url, 'GARBAGE\r\n\r\n');
    expect(garbage).toMatch(/^HTTP\/1\.1 400 /);
    expect(garbage).toContain('{"status":400,"message":"this is not an HTTP request"}');
    const large = await exchange(url, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(large).toContain('{"status":431,"message":"the headers are too large"}');
    const slow = await exchange(url, 'GET / HTTP/1.1\r\nHost: x\r\n');
    expect(slow).toContain('{"status":408,"message":"the request took too long to arrive"}');
  });
});
