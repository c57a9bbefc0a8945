/** What stands in for Azure Application Insights: it takes what is sent to it, and remembers. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { vi } from 'vitest';
import { givenListening } from '../listen.ts';

/** An item of telemetry, as far as it is looked at. */
export interface Item {
  readonly iKey: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly data: {
    readonly baseType: string;
    readonly baseData: {
      readonly id?: string;
      readonly name?: string;
      readonly message?: string;
      readonly success?: boolean;
      readonly responseCode?: string;
      readonly resultCode?: string;
      readonly properties?: Readonly<Record<string, string>>;
    };
  };
}

/** A certificate of 127.0.0.1 for a day: the SDK speaks to nobody without one. */
async function certificateIn(folder: string) {
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '1',
  ];
  const names = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', [
    'req',
    ...kind,
    ...names,
    '-keyout',
    keyFile,
    '-out',
    certFile,
  ]);
  const [key, cert] = await Promise.all([readFile(keyFile), readFile(certFile)]);
  return { key, cert, certFile };
}

/**
 * Starts it; it ends with the test.
 *
 * @param folder For its certificate.
 */
export async function givenIngestion(folder: string) {
  const { key, cert, certFile } = await certificateIn(folder);
  const items: Item[] = [];
  const paths = new Set<string>();
  const server = createServer({ key, cert }, (request, response) => {
    void buffer(request).then((body) => {
      const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
      paths.add(request.url ?? '');
      const sent = itemsIn(text.toString());
      items.push(...sent);
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const count = { itemsReceived: sent.length, itemsAccepted: sent.length, errors: [] };
      return response.end(JSON.stringify(count));
    });
  });
  const { port } = await givenListening(server);
  return {
    url: `https://127.0.0.1:${port}`,
    paths,
    /** What a process must trust. */
    certFile,
    /** The items of one trace, once there are so many of one kind. */
    async trace(traceId: string, type: string, count: number): Promise<readonly Item[]> {
      const found = () => items.filter(({ tags }) => tags['ai.operation.id'] === traceId);
      const isThere = () => found().filter(({ data }) => data.baseType === type).length >= count;
      await vi.waitUntil(isThere, { timeout: 60_000, interval: 50 });
      return found();
    },
  };
}

/** A list, or one item a line. */
function itemsIn(text: string): Item[] {
  if (text.startsWith('[')) return JSON.parse(text) as Item[];
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Item);
}
