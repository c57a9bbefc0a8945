/** The body of POST /service-api: parsed to be checked, kept as the text that it came as. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Json } from '../services/service.ts';
import { RefusedError } from './problems.ts';

/** How deep a body may nest: what checks and parses it recurses over it. */
const MAX_DEPTH = 64;

/** Makes JSON the only content type that is taken. */
export function takeJsonOnly(front: FastifyInstance): void {
  front.decorateRequest('bodyText', '');
  front.removeAllContentTypeParsers();
  front.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) => parseJson(request, bytes),
  );
}

/** Throws RefusedError. */
function parseJson(request: FastifyRequest, bytes: Buffer): Json {
  if (bytes.length === 0) {
    throw new RefusedError(400, 'the body must be JSON, got none; send for example {}');
  }
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
