/** Who may change the level from here: a process of this machine, and no web page of somebody else. */
import { BlockList } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './problems.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Why a request may not change anything; null if it may. The Host is looked at because a foreign
 * name that resolves to this machine (DNS rebinding) makes a foreign page the same origin.
 */
export function foreignTo(request: FastifyRequest): string | null {
  const peer = request.socket.remoteAddress ?? '';
  if (!isLoopback(peer)) return `only a loopback address may change the level, got ${peer}`;
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  const url = host === undefined ? null : urlOf(host);
  if (url === null || !(url.hostname === 'localhost' || isLoopback(url.hostname))) {
    return `only a loopback Host may change the level, got ${shown(host)}`;
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return `only a page of this server may change the level, got Origin ${shown(origin)}`;
  }
  // A browser says so even where it sends no Origin.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return `only a page of this server may change the level, got Sec-Fetch-Site ${shown([site].flat()[0])}`;
  }
  return null;
}

/** A hook that refuses what may not change anything. */
export async function refuseForeign(
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const why = foreignTo(request);
  return why === null ? undefined : refuse(reply, 403, why);
}

/** Of a Host that is nothing but a name or address and a port, written as everybody writes it. */
function urlOf(host: string): URL | null {
  const url = URL.parse(`http://${host}`);
  const isPlain = url !== null && [url.host, `${url.host}:80`].includes(host.toLowerCase());
  return isPlain ? url : null;
}

function shown(header: string | undefined): string {
  return header === undefined ? 'none' : JSON.stringify(header.slice(0, 100));
}

function isLoopback(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/^::ffff:/, '');
  return loopback.check(bare, bare.includes(':') ? 'ipv6' : 'ipv4');
}
