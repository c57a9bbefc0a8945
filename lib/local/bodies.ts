/** The body of a request: parsed to be checked where it is JSON, kept as the text that it came as. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TEXT_TYPES } from '../runtime/content-types.ts';
import type { Json } from '../services/service.ts';
import { RefusedError } from './problems.ts';

/** How deep a body may nest: what checks and parses it recurses over it. */
const MAX_DEPTH = 64;

/** Makes JSON the only content type that is taken; a body that is not there is {}, as the gateway has it. */
export function takeJson(front: FastifyInstance): void {
  front.removeAllContentTypeParsers();
  front.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => parseJson(request, bytes),
  );
  front.addHook('preValidation', async (request) => {
    if (request.body === undefined) request.body = {};
  });
}

/** Takes the content types of text, as an API of one's own is sent them; the JSON among them unparsed. */
export function takeText(front: FastifyInstance, more: readonly string[]): void {
  front.removeAllContentTypeParsers();
  for (const type of [...TEXT_TYPES, ...more]) {
    front.addContentTypeParser(
      type,
      { parseAs: 'buffer' },
      async (request: FastifyRequest, bytes: Buffer) => {
        request.bodyText = decode(bytes);
        return request.bodyText;
      },
    );
  }
}

/** Throws RefusedError. */
function parseJson(request: FastifyRequest, bytes: Buffer): Json {
  if (bytes.length === 0) return {};
  const text = decode(bytes);
  let body: Json;
  try {
    body = JSON.parse(text) as Json;
  } catch (error) {
    throw new RefusedError(400, `the body must be JSON: ${(error as Error).message}`);
  }
  if (isDeeperThan(body, MAX_DEPTH)) {
    throw new RefusedError(400, `the body must nest at most ${MAX_DEPTH} levels deep`);
  }
  request.bodyText = text;
  return body;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RefusedError(400, 'the body must be UTF-8');
  }
}

/** Whether a JSON value nests deeper than a limit; it never recurses beyond it. */
function isDeeperThan(value: Json, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((inner: Json) => isDeeperThan(inner, limit - 1));
}
