/** Who may call a service on a laptop: whoever shows the key, in the place of what AWS would ask for. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ScopeConfig } from '../runtime/scopes.ts';
import { foreignTo } from './loopback.ts';
import { refuse } from './problems.ts';

/** Adds what asks; nothing where everybody may call. */
export function requireKey(
  front: FastifyInstance,
  auth: ScopeConfig['auth'],
  apiKey: string | undefined,
): void {
  if (auth === 'none') return;
  // The gateway answers 403 to a wrong key or signature, 401 where an authorizer is not given its token.
  const isByToken = auth !== 'apiKey' && auth !== 'iam';
  front.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    const given = isByToken
      ? request.headers.authorization?.replace(/^Bearer /i, '')
      : request.headers['x-api-key'];
    if (hasKey(given, apiKey)) return undefined;
    if (isByToken) return refuse(reply, 401, 'Unauthorized');
    return refuse(
      reply,
      403,
      'Forbidden: X-Api-Key must be the API_KEY that the server was started with',
    );
  });
}

/**
 * Whether a request may read what operators said: it shows the key where the server has one, and otherwise comes
 * from where the level may be changed.
 */
export function mayReadWords(request: FastifyRequest, apiKey: string | undefined): boolean {
  return apiKey === undefined
    ? foreignTo(request) === null
    : hasKey(request.headers['x-api-key'], apiKey);
}

function hasKey(given: unknown, apiKey: string | undefined): boolean {
  return apiKey !== undefined && typeof given === 'string' && isSame(given, apiKey);
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
