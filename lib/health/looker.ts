/** One check as it is looked at: in time, by all callers at once, and at most once a second. */
import { TimeoutError, timeout, type Policy } from '../breaker/index.ts';
import type { CheckSettings, HealthCheckResult } from './check.ts';
import type { CheckReport } from './document.ts';
import type { HealthHost } from './host.ts';
import { publicMessage } from './message.ts';

/** How long what was seen is told again, in milliseconds. */
const FRESH_MS = 1_000;

/**
 * How long a check is left alone that did not end with its time, in milliseconds: each further look
 * would hang as well, and what it holds would pile up.
 */
const HUNG_AGAIN_MS = 30_000;

/** As the system gives it to an error: ECONNREFUSED, ENOTFOUND, EAI_AGAIN. */
const SYSTEM_CODE = /^E[A-Z_]{3,20}$/;

/** What one look showed, and the error that it ended with if it did. */
export interface Look {
  readonly report: CheckReport;
  readonly error?: unknown;
}

/** Told of each look that showed something else than the one before; the first one counts as healthy before. */
export type OnChange = (check: CheckSettings, look: Look) => void;

/** Looks at one check. */
export class Looker {
  readonly settings: CheckSettings;
  readonly #host: HealthHost;
  readonly #onChange: OnChange;
  readonly #limit: Policy;
  #running: Promise<CheckReport> | null = null;
  #last: Look['report'] | null = null;
  #lastAtMs = -Infinity;
  #startedAtMs = -Infinity;
  /** Looks whose function has not ended yet, with or after its time. */
  #unended = 0;

  constructor(settings: CheckSettings, host: HealthHost, onChange: OnChange) {
    this.settings = settings;
    this.#host = host;
    this.#onChange = onChange;
    this.#limit = timeout({ timeout: settings.timeout });
  }

  /** What is seen now, or was within the last second; it never rejects. */
  look(): Promise<CheckReport> {
    if (this.#running !== null) return this.#running;
    const atMs = this.#host.monotonicMs();
    const isFresh = atMs - this.#lastAtMs < FRESH_MS;
    const hangs = this.#unended > 0 && atMs - this.#startedAtMs < HUNG_AGAIN_MS;
    if (this.#last !== null && (isFresh || hangs)) return Promise.resolve(this.#last);
    this.#startedAtMs = atMs;
    const running = this.#seen(atMs).finally(() => {
      this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #seen(startedAtMs: number): Promise<CheckReport> {
    const { env } = this.#host;
    let seen: { readonly healthy: boolean; readonly message: string; readonly error?: unknown };
    try {
      const { healthy, message } = await this.#limit.execute(({ signal }) => this.#call(signal));
      seen = { healthy, message: publicMessage(message, env) };
    } catch (error) {
      seen = { healthy: false, message: this.#describe(error), error };
    }
    const endedAtMs = this.#host.monotonicMs();
    const report: CheckReport = {
      status: seen.healthy ? 'healthy' : 'unhealthy',
      message: seen.message,
      responseTime: Math.round(endedAtMs - startedAtMs),
    };
    const before = this.#last?.status ?? 'healthy';
    this.#last = report;
    this.#lastAtMs = endedAtMs;
    if (before !== report.status) this.#onChange(this.settings, { ...seen, report });
    return report;
  }

  async #call(signal: AbortSignal): Promise<HealthCheckResult> {
    this.#unended += 1;
    try {
      return await this.settings.check({ signal });
    } finally {
      this.#unended -= 1;
    }
  }

  /** An error's own message may tell anything; the code of a failed connection tells nothing secret. */
  #describe(error: unknown): string {
    if (error instanceof TimeoutError) return `no answer within ${this.settings.timeout} ms`;
    const { code } = (error ?? {}) as { readonly code?: unknown };
    const isCode = typeof code === 'string' && SYSTEM_CODE.test(code);
    return isCode ? `the check failed (${code})` : 'the check failed';
  }
}
