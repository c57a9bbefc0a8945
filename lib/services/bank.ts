/** The bank service: an account in full, its cached balance alone, or a word that it is under maintenance. */
import type { Telemetry } from '../telemetry/telemetry.ts';
import { PROBED_ID, type Account, type Accounts, type Money } from './accounts.ts';
import { createSimulation, type BankSettings, type Chance } from './bank-simulation.ts';
import { MAINTENANCE_MESSAGE } from './maintenance.ts';
import type {
  Answer,
  Json,
  Service,
  ServiceContext,
  ServiceRequest,
  ServiceSettings,
} from './service.ts';

/** What a bank stands on. */
export interface BankParts {
  readonly bank: BankSettings;
  /** Opens the accounts at the first call, and gives the same ones from then on. */
  readonly accounts: () => Promise<Accounts>;
  readonly clock: { nowMs(): number };
  readonly chance: Chance;
}

/** How old a cached balance may be before the full face makes a new one, in milliseconds. */
const REFRESH_AFTER_MS = 60_000;

const ID = /^\d{1,12}$/;

/** Makes the service; `?error=true|false` decides over one call where the fault switch is on. */
export function createBankService(
  parts: BankParts & ServiceSettings & { readonly telemetry: Telemetry },
): Service {
  const { accounts, clock, telemetry, faultSwitch } = parts;
  const simulation = createSimulation(parts.bank, parts.chance);
  const isToFail = (call: 'full' | 'degraded' | 'probe', error: string | undefined): boolean =>
    faultSwitch && error !== undefined ? error === 'true' : simulation.fails(call);

  const serve = async (
    face: 'full' | 'degraded',
    request: ServiceRequest,
    read: (id: string) => Promise<Answer>,
  ): Promise<Answer> => {
    const problem = problemOf(request);
    if (problem !== null) return refusal(400, problem);
    const { id = '' } = request.pathParameters;
    if (isToFail(face, request.query['error'])) {
      await simulation.work(face);
      return answer('error', 500, { status: 500, message: 'Internal Server Error' });
    }
    const [answered] = await Promise.all([read(id), simulation.work(face)]);
    return answered;
  };

  const readInFull = async (id: string, context: ServiceContext): Promise<Answer> => {
    const store = await accounts();
    const atMs = clock.nowMs();
    const { account, cached } = await store.read(id);
    if (account === undefined) return refusal(404, `there is no account ${id}`);
    const staleAtMs = atMs - REFRESH_AFTER_MS;
    if (cached === undefined || cached.cachedAtMs <= staleAtMs) {
      try {
        await store.cache(id, { balance: account.balance, cachedAtMs: atMs }, staleAtMs);
      } catch (error) {
        telemetry.warn('balance not cached', { ...context, error });
      }
    }
    return answer('success', 200, { status: 200, level: 1, account: shownInFull(account) });
  };

  const readCached = async (id: string): Promise<Answer> => {
    const cached = await (await accounts()).readCached(id);
    if (cached === undefined) return refusal(404, `no balance of account ${id} is cached`);
    const ageMs = Math.max(0, clock.nowMs() - cached.cachedAtMs);
    return answer('success', 200, {
      status: 200,
      level: 2,
      account: { id, balance: shown(cached.balance) },
      cachedAgeSeconds: Math.floor(ageMs / 1_000),
    });
  };

  return {
    full: (request, context) => serve('full', request, (id) => readInFull(id, context)),
    degraded: (request) => serve('degraded', request, readCached),
    async maintenance(request) {
      const problem = problemOf(request);
      if (problem !== null) return refusal(400, problem);
      await simulation.work('maintenance');
      const { id = '' } = request.pathParameters;
      return answer('none', 503, { status: 503, message: MAINTENANCE_MESSAGE, account: { id } });
    },
    /** A tick's has no id; an account without a cached balance shows as well that the read works. */
    async probe(face, request) {
      // The full face does nothing that is worth trying without somebody's account.
      if (face === 'full') return 'none';
      const { resource, pathParameters, query } = request;
      if (resource !== '' && problemOf(request) !== null) return 'none';
      const { id = PROBED_ID } = pathParameters;
      const fails = isToFail('probe', query['error']);
      const read = async () => (await accounts()).readCached(id);
      await Promise.all([fails ? null : read(), simulation.work('degraded')]);
      return fails ? 'error' : 'success';
    },
  };
}

/** What is wrong with a request; null if nothing is. */
function problemOf({ pathParameters, query }: ServiceRequest): string | null {
  const { id = '' } = pathParameters;
  const { error } = query;
  if (!ID.test(id)) return `the id of an account must be 1 to 12 digits, ${got(id)}`;
  if (error === undefined || error === 'true' || error === 'false') return null;
  return `"error" must be true or false, ${got(error)}`;
}

function got(text: string): string {
  return `got ${JSON.stringify(text.slice(0, 40))}`;
}

function refusal(status: 400 | 404, message: string): Answer {
  return answer('none', status, { status, message });
}

/** Nothing on the way may keep what stands in an account, nor that there is none. */
function answer(outcome: Answer['outcome'], statusCode: number, body: Json): Answer {
  return { outcome, statusCode, headers: { 'Cache-Control': 'no-store' }, body };
}

function shownInFull({ id, owner, balance, movements }: Account): Json {
  return {
    id,
    owner,
    balance: shown(balance),
    movements: movements.map(({ at, amount, text }) => ({ at, amount: shown(amount), text })),
  };
}

/** Money as text, since a double has no cents: `-0.05`. */
function shown({ cents, currency }: Money): Json {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  const amount = `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  return { amount, currency };
}
