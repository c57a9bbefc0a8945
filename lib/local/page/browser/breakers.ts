/** The breakers that the server tells of, by GET /health; where there is no such page, nothing is shown. */
import { byId, h } from './dom.ts';

interface Breaker {
  readonly state?: string;
  readonly failureRate?: number;
  readonly totalRequests?: number;
  readonly stats?: { readonly rejects?: number };
  readonly nextAttemptAt?: string | null;
  readonly lastStateChange?: string | null;
}

/** How many are shown. */
const MOST_BREAKERS = 1_000;
const EVERY_MS = 5_000;

/** Looks now, and again every five seconds for as long as there is something to see. */
export async function watchBreakers(url: string): Promise<void> {
  const breakers = await readBreakers(url);
  if (breakers === null) return;
  showBreakers(breakers);
  setTimeout(() => void watchBreakers(url), EVERY_MS);
}

/** null where the server has no such page; what cannot be read now is empty. */
async function readBreakers(url: string): Promise<Readonly<Record<string, Breaker>> | null> {
  try {
    const response = await fetch(url);
    if (response.status === 404) return null;
    const health = (await response.json()) as {
      readonly circuitBreakers?: Readonly<Record<string, Breaker>>;
    };
    return health.circuitBreakers ?? {};
  } catch {
    return {};
  }
}

let shown = '';

function showBreakers(breakers: Readonly<Record<string, Breaker>>): void {
  const all = Object.entries(breakers).slice(0, MOST_BREAKERS);
  const key = JSON.stringify(all);
  if (key === shown) return;
  shown = key;
  byId('breakers').hidden = all.length === 0;
  byId('breaker-rows').replaceChildren(...all.map(([name, breaker]) => rowOf(name, breaker)));
}

function rowOf(name: string, breaker: Breaker): HTMLElement {
  const {
    state = 'unknown',
    failureRate,
    totalRequests,
    stats,
    nextAttemptAt,
    lastStateChange,
  } = breaker;
  const rate = failureRate === undefined ? '' : `${(100 * failureRate).toFixed(1)} %`;
  const cells = [
    name,
    state,
    rate,
    totalRequests ?? '',
    stats?.rejects ?? '',
    nextAttemptAt ?? lastStateChange ?? '',
  ];
  return h('tr', {}, ...cells.map((cell) => h('td', {}, String(cell))));
}
