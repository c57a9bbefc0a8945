/** Banks of the tests: accounts in memory, a clock that stands, and pauses that are only remembered. */
import type { Face } from '../../lib/level/level.ts';
import type { Account, Accounts, CachedBalance } from '../../lib/services/accounts.ts';
import { createBankService } from '../../lib/services/bank.ts';
import type { BankSettings } from '../../lib/services/bank-simulation.ts';
import type { Service, ServiceRequest } from '../../lib/services/service.ts';
import { rememberingTelemetry } from '../functions/events.ts';

/** What every call is told besides its request. */
export const CONTEXT = { scope: 'account', executionId: 'x-1' };

/** A face, or the probe of the degraded one. */
export const callOf = (service: Service, call: Face | 'probe') =>
  call === 'probe' ? service.probe.bind(service, 'degraded') : service[call];

/** The time at the bank. */
export const BANK_MS = Date.UTC(2026, 0, 10);

export const ACCOUNT: Account = {
  id: '12345',
  owner: 'Ana',
  balance: { cents: 123_450, currency: 'EUR' },
  movements: [{ at: '2026-01-09T00:00:00Z', amount: { cents: -5, currency: 'EUR' }, text: 'Coin' }],
};

/** A bank that never fails by itself, and takes no time. */
export const STEADY: BankSettings = {
  latencies: {
    full: { min: 0, max: 0 },
    degraded: { min: 0, max: 0 },
    maintenance: { min: 0, max: 0 },
  },
  failureRates: { full: 0, degraded: 0, probe: 0 },
};

/** The settings of a service whose bank takes no time. */
export const NO_LATENCY = {
  BANK_FULL_LATENCY_MS: '0',
  BANK_DEGRADED_LATENCY_MS: '0',
  BANK_MAINTENANCE_LATENCY_MS: '0',
} as const;

/** How a bank of a test differs. */
export interface Given {
  readonly bank?: BankSettings;
  readonly faultSwitch?: boolean;
  readonly random?: () => number;
  readonly pause?: () => Promise<void>;
  /** What is cached of ACCOUNT. */
  readonly cached?: CachedBalance;
  /** Replaces operations of the table. */
  readonly accounts?: Partial<Accounts>;
}

/** A bank with ACCOUNT, with what it did to its table and how long it paused. */
export function givenBank({
  bank = STEADY,
  faultSwitch = true,
  random = () => 0.5,
  pause = async () => {},
  cached,
  accounts = {},
}: Given = {}) {
  const operations: unknown[][] = [];
  const pausesMs: number[] = [];
  const { telemetry, told } = rememberingTelemetry();
  const table: Accounts = {
    read: async (id) => (id === ACCOUNT.id ? { account: ACCOUNT, cached } : NOTHING),
    readCached: async (id) => (id === ACCOUNT.id ? cached : undefined),
    cache: async () => true,
    ...accounts,
  };
  const remembered: Accounts = {
    async read(...given) {
      operations.push(['read', ...given]);
      return table.read(...given);
    },
    async readCached(...given) {
      operations.push(['readCached', ...given]);
      return table.readCached(...given);
    },
    async cache(...given) {
      operations.push(['cache', ...given]);
      return table.cache(...given);
    },
  };
  const service = createBankService({
    bank,
    faultSwitch,
    accounts: async () => remembered,
    clock: { nowMs: () => BANK_MS },
    chance: {
      random,
      async pause(ms) {
        pausesMs.push(ms);
        await pause();
      },
    },
    telemetry,
  });
  return { service, operations, pausesMs, told };
}

const NOTHING = { account: undefined, cached: undefined };

/** GET /account/{id}, as the gateway hands it on. */
export function accountRequest(
  id: string,
  query: Readonly<Record<string, string>> = {},
): ServiceRequest {
  return {
    method: 'GET',
    resource: '/account/{id}',
    pathParameters: { id },
    query,
    headers: {},
    bodyText: '',
    body: null,
  };
}

/** A tick's, which nobody sent. */
export const TICK_REQUEST: ServiceRequest = {
  ...accountRequest(''),
  resource: '',
  pathParameters: {},
};
