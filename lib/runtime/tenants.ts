/** The scopes of tenants: which there are, and which of them a request belongs to. As many as are configured, ever. */
import { serviceOf, tenantScope, tenantScopes } from '../store/level-store.ts';
import type { ServiceEntry } from './service-schema.ts';
import type { Tenants } from './tenants-schema.ts';

type Entries = Readonly<Record<string, ServiceEntry>>;

/** The services with a scope behind them for each tenant that has one of its own: their policy, what serves them, no routes. */
export function withTenants(services: Entries): Entries {
  const own = Object.entries(services).flatMap(([service, { tenants, ...entry }]) =>
    tenantScopes(service, tenants).map((scope) => [scope, tenantOf(entry)] as const),
  );
  return { ...services, ...Object.fromEntries(own) };
}

/** Routes, tables and settings are the service's; alarms a tenant has none, so they move nothing. */
function tenantOf(entry: Omit<ServiceEntry, 'tenants'>): ServiceEntry {
  return {
    ...entry,
    routes: [],
    tables: {},
    environment: { full: {}, degraded: {}, maintenance: {} },
    signals: 'direct',
  };
}

/** Those of the scopes that are services: alarms and the health are theirs alone. */
export function servicesIn(scopes: Entries): Entries {
  return Object.fromEntries(Object.entries(scopes).filter(([scope]) => serviceOf(scope) === scope));
}

/** By what a tenant is known, its scope. */
export function scopesByTenant(service: string, tenants: Tenants): ReadonlyMap<string, string> {
  const known = Object.entries(tenants.own).map(
    ([name, value]) => [value, tenantScope(service, name)] as const,
  );
  return new Map(known);
}
