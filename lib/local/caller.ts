/** Who may call a service on a laptop: whoever shows the key, in the place of what AWS would ask for. */
import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ScopeConfig } from '../runtime/scopes.ts';
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
    if (apiKey !== undefined && typeof given === 'string' && isSame(given, apiKey))
      return undefined;
    if (isByToken) return refuse(reply, 401, 'Unauthorized');
    return refuse(
      reply,
      403,
      'Forbidden: X-Api-Key must be the API_KEY that the server was started with',
    );
  });
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
