/** What serves each scope, for the face functions: read without the schema, which packaging has held the file to. */
import { PRESETS, UPSTREAM_PRESET, type Policy, type PresetName } from '../level/policy.ts';
import type { Cors } from '../services/allowed-origin.ts';
import type { Serves } from '../services/registry.ts';
import type { UpstreamSettings } from '../services/upstream-settings.ts';
import { DEFAULT_SCOPE, tenantScopes } from '../store/level-store.ts';
import given from '../../services.json' with { type: 'json' };
import { listedScopes } from './listed-scopes.ts';
import { serviceEntries } from './service-entries.ts';

/** The fields that are read here. */
interface Entry {
  readonly module?: string;
  readonly upstream?: unknown;
  readonly cors?: Cors | 'off';
  readonly policy?: PresetName;
  readonly overrides?: Partial<Policy>;
  readonly tenants?: { readonly own: Readonly<Record<string, unknown>> };
  readonly stages?: Readonly<Record<string, Entry>>;
}

/** What the environment says of them. */
interface Served {
  readonly stage: string;
  readonly policy: PresetName;
  readonly services?: readonly string[];
  /** Given: an API of one's own in the default scope, alone unless others are listed. */
  readonly upstream?: UpstreamSettings;
}

/**
 * What serves each scope of a stage, and what its answers tell pages of other origins.
 *
 * @param services What services.json holds.
 */
export async function faceEntries(
  config: Served,
  services: object = given,
): Promise<Readonly<Record<string, { readonly serves: Serves; readonly cors?: Cors | 'off' }>>> {
  const { stage, upstream } = config;
  const file = serviceEntries(services) as readonly (readonly [string, Entry])[];
  const entries = file.map(([scope, { stages, ...entry }]): readonly [string, Entry] => [
    scope,
    { ...entry, ...stages?.[stage] },
  ]);
  const all = new Map(entries);
  if (upstream !== undefined) {
    const { module: _m, upstream: _u, cors: _c, ...own } = all.get(DEFAULT_SCOPE) ?? {};
    all.set(DEFAULT_SCOPE, own);
  }
  const listed = listedScopes([...all.keys()], config);
  const served = [...all].filter(([scope]) => listed.includes(scope)).flatMap(withTenants);
  const made = served.map(async ([scope, entry]) => {
    const { cors } = entry;
    return [
      scope,
      { serves: await servesOf(scope, entry, config), ...(cors && { cors }) },
    ] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

/** Each tenant is served by its own, so that no breaker that one of them opens refuses another. */
function withTenants([scope, entry]: readonly [string, Entry]): (readonly [string, Entry])[] {
  return [scope, ...tenantScopes(scope, entry.tenants)].map((own) => [own, entry] as const);
}

async function servesOf(scope: string, entry: Entry, config: Served): Promise<Serves> {
  const { module, upstream, policy = UPSTREAM_PRESET, overrides, cors } = entry;
  if (module !== undefined) return { module };
  if (upstream === undefined) {
    if (config.upstream === undefined) throw new Error('a service needs a module or an upstream');
    return { upstream: config.upstream };
  }
  // Its schema is loaded only where an entry names an API.
  const { readUpstream } = await import('./upstream-schema.ts');
  const inForce = { ...PRESETS[policy], ...overrides };
  return { upstream: readUpstream(upstream, inForce, { scope, passCors: cors === 'off' }) };
}
