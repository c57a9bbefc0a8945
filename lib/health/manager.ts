/** The health of a service: its checks side by side, its breakers, its levels. */
import { sharedRegistry, type BreakerRegistry } from '../breaker/index.ts';
import { breakerReports } from './breakers.ts';
import { readCheck, type CheckSettings, type HealthCheck } from './check.ts';
import {
  judge,
  type CheckReport,
  type HealthDocument,
  type HealthHead,
  type LevelReport,
} from './document.ts';
import { HealthOptionsError } from './errors.ts';
import { processHost, type HealthHost } from './host.ts';
import { Looker, type Look } from './looker.ts';

/** What a manager is made with. */
export interface HealthManagerOptions {
  readonly serviceName: string;
  readonly version: string;
  /** More can be registered later; none by default. */
  readonly checks?: readonly HealthCheck[];
  /** Whose breakers are shown; those of this process by default. */
  readonly registry?: BreakerRegistry;
  /** The levels as the checks saw them; a service without levels leaves it out. */
  readonly levels?: () => Readonly<Record<string, LevelReport>>;
  /** Told when a check shows something else than before, with the error behind it. Nobody by default. */
  readonly onChange?: (change: HealthChange) => unknown;
  /** The process, by default. */
  readonly host?: HealthHost;
}

/** A check that began to fail, or is well again. */
export interface HealthChange extends CheckReport {
  readonly check: string;
  readonly critical: boolean;
  /** What the check threw; undefined where it only said no. */
  readonly error: unknown;
}

/** Whether the service takes requests. */
export interface ReadinessDocument extends HealthHead {
  readonly status: 'ready' | 'not-ready';
  /** Those that it takes no requests without. */
  readonly checks: Readonly<Record<string, CheckReport>>;
}

/** The most checks of one service. */
const MOST_CHECKS = 50;

/** Knows the checks of a service and answers for them. What it saw within a second it tells again. */
export class HealthCheckManager {
  readonly #options: HealthManagerOptions;
  readonly #host: HealthHost;
  readonly #lookers = new Map<string, Looker>();

  /** @throws HealthOptionsError for an empty name or version, and as registerCheck. */
  constructor(options: HealthManagerOptions) {
    for (const field of ['serviceName', 'version'] as const) {
      if (typeof options[field] !== 'string' || options[field] === '') {
        throw new HealthOptionsError(
          `expected ${field} to be a string that is not empty, got ${options[field]}`,
        );
      }
    }
    this.#options = options;
    this.#host = options.host ?? processHost;
    for (const check of options.checks ?? []) this.registerCheck(check);
  }

  /**
   * Adds a check.
   *
   * @throws HealthOptionsError for a check that cannot be understood, a name that is taken, and for the
   *   51st check.
   */
  registerCheck(check: HealthCheck): void {
    const settings = readCheck(check);
    const { name } = settings;
    if (this.#lookers.has(name)) {
      throw new HealthOptionsError(`expected one health check ${name}, got a second one`);
    }
    if (this.#lookers.size >= MOST_CHECKS) {
      throw new HealthOptionsError(`expected at most ${MOST_CHECKS} health checks, got one more`);
    }
    this.#lookers.set(name, new Looker(settings, this.#host, (of, look) => this.#tell(of, look)));
  }

  /** Looks at every check, side by side; it takes as long as the slowest, at most its time, and never rejects. */
  async executeHealthChecks(): Promise<HealthDocument> {
    const seen = await this.#lookAt(() => true);
    const levels = this.#options.levels?.();
    const judged = seen.map(({ report, settings: { critical } }) => ({ report, critical }));
    return {
      status: judge(judged, levels ?? {}),
      ...this.head(),
      checks: reportsOf(seen),
      circuitBreakers: breakerReports(this.#options.registry ?? sharedRegistry()),
      ...(levels !== undefined && { levels }),
    };
  }

  /** Looks at what the service takes no requests without. */
  async executeReadinessChecks(): Promise<ReadinessDocument> {
    const seen = await this.#lookAt(({ readiness }) => readiness);
    const isReady = seen.every(({ report }) => report.status === 'healthy');
    return { status: isReady ? 'ready' : 'not-ready', ...this.head(), checks: reportsOf(seen) };
  }

  /** Who answers, and when. */
  head(): HealthHead {
    const { serviceName, version } = this.#options;
    return {
      timestamp: new Date(this.#host.nowMs()).toISOString(),
      service: serviceName,
      version,
    };
  }

  #lookAt(isWanted: (settings: CheckSettings) => boolean): Promise<readonly Seen[]> {
    const wanted = [...this.#lookers.values()].filter(({ settings }) => isWanted(settings));
    return Promise.all(
      wanted.map(async (looker) => ({ settings: looker.settings, report: await looker.look() })),
    );
  }

  #tell({ name, critical }: CheckSettings, { report, error }: Look): void {
    try {
      const told = this.#options.onChange?.({ check: name, critical, error, ...report });
      if (told instanceof Promise) told.catch(ignore);
    } catch {
      // Who is told changes nobody's health, and there is no better place to report it.
    }
  }
}

function ignore(): void {}

interface Seen {
  readonly settings: CheckSettings;
  readonly report: CheckReport;
}

function reportsOf(seen: readonly Seen[]): Record<string, CheckReport> {
  return Object.fromEntries(seen.map(({ settings: { name }, report }) => [name, report]));
}
