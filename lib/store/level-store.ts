/** The port to the table that holds the level rows. */
import type { ConditionalWrite } from '../level/fence.ts';

/** The attributes of a row as the table returns them, not validated. */
export type Item = Readonly<Record<string, unknown>>;

/** One atomic read and one atomic conditional write; everything else is built on these two. */
export interface LevelStore {
  /**
   * Reads a row, strongly consistent.
   *
   * @param how.eventually Whether the row of a moment ago will do, at half the price.
   * @returns undefined where there is none yet.
   * @throws StoreThrottledError, StoreUnavailableError
   */
  read(stateKey: string, how?: { readonly eventually?: boolean }): Promise<Item | undefined>;

  /**
   * Applies a write if its fence holds; creates the row where an absent one satisfies the fence.
   * The write is sent once: a write whose result is unknown is not repeated.
   *
   * @returns The whole row after the write, or null if the fence did not hold.
   * @throws StoreThrottledError, StoreUnavailableError
   */
  write(stateKey: string, write: ConditionalWrite): Promise<Item | null>;
}

/** The scope of the service that needs no name. */
export const DEFAULT_SCOPE = 'default';

/** The partition key of the item that holds a scope's changes. */
export function historyKeyOf(scope: string): string {
  return `HISTORY#${stateKeyOf(scope)}`;
}

/** The partition key of a scope's row. */
export function stateKeyOf(scope: string): string {
  return scope === DEFAULT_SCOPE ? 'SYSTEM_STATE' : `SYSTEM_STATE#${scope}`;
}

const REPLICA = 'REPLICA#';

/** The partition key of a read replica of a scope's row, numbered from 1. */
export function replicaKeyOf(scope: string, index: number): string {
  return `${REPLICA}${index}#${stateKeyOf(scope)}`;
}

/** Whether a key is one of a replica. */
export function isReplicaKey(key: unknown): boolean {
  return typeof key === 'string' && key.startsWith(REPLICA);
}

/** What stands between a service and its tenant in the name of a scope: no service has it in its own. */
const OF_TENANT = '.';

/** The scope of a tenant of a service. */
export function tenantScope(service: string, tenant: string): string {
  return `${service}${OF_TENANT}${tenant}`;
}

/** The scopes of all tenants of a service. */
export const tenantScopes = (
  service: string,
  tenants: { readonly own: Readonly<Record<string, unknown>> } | undefined,
): readonly string[] => Object.keys(tenants?.own ?? {}).map((name) => tenantScope(service, name));

/** The service that a scope is of: itself, or that whose tenant it is. */
export function serviceOf(scope: string): string {
  return scope.split(OF_TENANT, 1)[0] ?? scope;
}
