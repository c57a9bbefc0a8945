/** Which scope a request of a service is counted in: what the gateway's template finds out on AWS. */
import type { FastifyRequest } from 'fastify';
import type { ScopeConfig } from '../runtime/scopes.ts';
import { scopesByTenant } from '../runtime/tenants.ts';
import type { TenantSource } from '../runtime/tenants-schema.ts';
import { lastHeader } from './request-text.ts';

/** What says on a laptop who calls, where AWS would know it: whoever has the one key is believed. */
const SAID = 'x-tenant';

/** The scope of each request: that of its tenant if it has one, else the service's. */
export function tenantScopeIn(
  service: string,
  { tenants }: Pick<ScopeConfig, 'tenants'>,
): (request: FastifyRequest) => string {
  if (tenants === undefined) return () => service;
  const scopes = scopesByTenant(service, tenants);
  return (request) => scopes.get(givenBy(tenants.by, request)) ?? service;
}

/** '' where it says nothing. */
function givenBy(by: TenantSource, request: FastifyRequest): string {
  switch (by.kind) {
    case 'host':
      // Without a port, and its name has no case.
      return (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    case 'path':
      return (request.params as Readonly<Record<string, string>>)[by.name] ?? '';
    case 'header':
      return lastHeader(request, by.name.toLowerCase());
    case 'apiKey':
    case 'account':
    case 'claim':
      return lastHeader(request, SAID);
  }
}
