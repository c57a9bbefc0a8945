/** The deployed API itself, with requests signed as AWS IAM wants them. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Reply } from '../../flow/given.ts';
import { physicalId } from './aws.ts';

/** An access key of somebody in the account. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that end. */
  readonly sessionToken?: string;
}

/** A request to the API. */
export interface GatewayRequest {
  readonly body?: unknown;
  /** Who signs it; without anyone it is not signed. */
  readonly signer?: Credentials;
}

/** The API of a stage. */
export interface Gateway {
  send(method: string, path: string, request?: GatewayRequest): Promise<Reply>;
}

/** Finds the API of a stage on the emulator. */
export async function gatewayOf(endpoint: string, stage: string): Promise<Gateway> {
  const api = await physicalId(stage, 'ApiGatewayRestApi');
  return gatewayAt(`${endpoint}/_aws/execute-api/${api}/${stage}`, 'us-east-1');
}

/**
 * The API at an address.
 *
 * @param base Without a slash at its end.
 */
export function gatewayAt(base: string, region: string): Gateway {
  return {
    async send(method, path, { body, signer } = {}) {
      const url = new URL(`${base}${path}`);
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = {
        host: url.host,
        ...(text !== undefined && { 'content-type': 'application/json' }),
      };
      const response = await fetch(url, {
        method,
        headers:
          signer === undefined
            ? headers
            : await sign(region, { method, url, headers, body: text }, signer),
        ...(text !== undefined && { body: text }),
      });
      const answer = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: answer === '' ? {} : (JSON.parse(answer) as Reply['body']),
      };
    },
  };
}

async function sign(
  region: string,
  request: {
    readonly method: string;
    readonly url: URL;
    readonly headers: Record<string, string>;
    readonly body: string | undefined;
  },
  credentials: Credentials,
): Promise<Record<string, string>> {
  const { url, ...rest } = request;
  const signature = new SignatureV4({
    service: 'execute-api',
    region,
    credentials,
    sha256: Sha256,
  });
  const { protocol, hostname, port, pathname: path } = url;
  const at = { protocol, hostname, ...(port !== '' && { port: Number(port) }), path };
  return (await signature.sign({ ...rest, ...at })).headers;
}

/** The digest that the signer takes. */
class Sha256 {
  readonly #secret: string | Uint8Array | undefined;
  #hash: Hash | Hmac = createHash('sha256');

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = typeof secret === 'string' ? secret : secret && bytesOf(secret);
    this.reset();
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    const secret = this.#secret;
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
