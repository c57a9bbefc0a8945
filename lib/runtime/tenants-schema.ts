/** The `tenants` of an entry of services.json: by what a request is known, and who has a level of their own. */
import * as v from 'valibot';
import { isMap } from '../level/state.ts';
import { shown } from '../store/shown.ts';
import { isGreedy, isParameter, nameOf, segmentsOf, type Route } from './routes.ts';
import { matching } from './settings.ts';
import { strictFields } from './validation.ts';

/** The most tenants of one service that have a level of their own: each is a row, a tick, and metrics. */
const MAX_TENANTS = 50;

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** Nothing that a mapping template or a header reads as anything but text. */
const VALUE = /^[\w.:@|+/=~-]{1,128}$/;

const BY =
  /^(?:(apiKey|account|host)|(?:(claim|path) ([A-Za-z]\w{0,63}))|(?:(header) ([\w-]{1,64})))$/;

const BY_WORDS = 'apiKey, account, "claim NAME", host, "path NAME" or "header NAME"';

/** Where a request says whose it is, as far as that has a name. */
export type TenantSource =
  | { readonly kind: 'apiKey' | 'account' | 'host' }
  | { readonly kind: 'claim' | 'path' | 'header'; readonly name: string };

/** Reads a text that the schema has taken. */
function sourceOf(text: string): TenantSource {
  const [kind, name = ''] = text.split(' ');
  return { kind, ...(name !== '' && { name }) } as TenantSource;
}

/** Keys are looked at here, and not by a record's schema: that leaves `constructor` out without a word. */
function problemOfOwn(own: unknown): string | null {
  if (!isMap(own)) return 'must be an object of names, each with what it is known by';
  const entries = Object.entries(own);
  if (entries.length === 0) return 'must name a tenant';
  if (entries.length > MAX_TENANTS) {
    return `must have at most ${MAX_TENANTS} tenants, got ${entries.length}; all others share the level of the service`;
  }
  const name = entries.find(([one]) => !NAME.test(one))?.[0];
  if (name !== undefined)
    return `has ${shown(name)}, which must be up to 32 lower-case letters, digits, -`;
  const odd = entries.find(([, value]) => typeof value !== 'string' || !VALUE.test(value));
  if (odd !== undefined) {
    return `has ${odd[0]}, which must be known by up to 128 letters, digits, _ . : @ | + / = ~ -, got ${shown(odd[1])}`;
  }
  const twice = entries.find(([, value], index) =>
    entries.slice(0, index).some(([, other]) => other === value),
  );
  return twice === undefined
    ? null
    : `has ${shown(twice[1])} twice, the second time as ${twice[0]}`;
}

/** The `tenants` of an entry. */
export const tenantsSchema = strictFields('the tenants', {
  by: v.pipe(matching(BY, BY_WORDS), v.transform(sourceOf)),
  own: v.pipe(
    v.unknown(),
    v.check(
      (own) => problemOfOwn(own) === null,
      ({ input }) => problemOfOwn(input) ?? '',
    ),
    v.transform((own) => own as Readonly<Record<string, string>>),
  ),
});

/** The tenants of a service. */
export type Tenants = v.InferOutput<typeof tenantsSchema>;

/** What of a service its tenants must go together with. */
interface Around {
  readonly tenants?: Tenants | undefined;
  readonly auth: string;
  readonly routes: readonly Route[];
  readonly signals: string;
  readonly upstream?: { readonly sharedBreaker?: unknown } | undefined;
}

/** What is wrong with the tenants of a service beside its other fields, as a sentence; null: nothing. */
export function problemOfTenants({
  tenants,
  auth,
  routes,
  signals,
  upstream,
}: Around): string | null {
  if (tenants === undefined) return null;
  if (signals === 'alarms') {
    return 'signals must be direct or both where there are tenants, got alarms: a tenant has none';
  }
  if (upstream?.sharedBreaker !== undefined) {
    return 'upstream.sharedBreaker must be absent where there are tenants: one that fails would open it for all';
  }
  const { by, own } = tenants;
  const mixed = Object.values(own).find((value) => value !== value.toLowerCase());
  if (by.kind === 'host' && mixed !== undefined) {
    return `tenants.own must have hosts in lower case, got ${mixed}`;
  }
  if (by.kind === 'path' && !routes.some(({ path }) => has(path, by.name))) {
    const known = [...new Set(routes.flatMap(({ path }) => namesIn(path)))].join(', ') || 'none';
    return `tenants.by must name a parameter of a route, got ${by.name}; there is ${known}`;
  }
  const needed = AUTH_OF[by.kind];
  if (needed === undefined || needed.fits.test(auth)) return null;
  return `auth must be ${needed.words} where tenants.by is ${by.kind}, got ${auth}: nothing else knows it`;
}

const has = (path: string, name: string) => namesIn(path).includes(name);

const namesIn = (path: string) =>
  segmentsOf(path)
    .filter((segment) => isParameter(segment) && !isGreedy(segment))
    .map(nameOf);

/** Who has to have established what a tenant is known by; a host, a path and a header are the client's to choose. */
const AUTH_OF: Readonly<
  Partial<Record<TenantSource['kind'], { readonly fits: RegExp; readonly words: string }>>
> = {
  apiKey: { fits: /^apiKey$/, words: 'apiKey' },
  account: { fits: /^iam$/, words: 'iam' },
  claim: { fits: /^arn:/, words: 'the ARN of a Lambda authorizer or a Cognito user pool' },
};
