/** The ladder around a Lambda handler. */
import { systemClock } from '../runtime/clock.ts';
import { Guard, type Probe, type Shown } from './guard.ts';
import { levelHeaders, outcomeOfError, outcomeOfStatus } from './http.ts';
import { isSafeEvent, pageFor, statusOf, withHeaders, type HttpResult } from './lambda-event.ts';
import type { GuardOptions } from './options.ts';
import { serve, type Served } from './serve.ts';

/** A Lambda handler, whatever its event and its answer. */
export type LambdaHandler<Event, Context, Result> = (
  event: Event,
  context: Context,
) => Result | Promise<Result>;

/** What every Lambda adapter takes besides the row. */
export interface LambdaFaces<Event, Context, Result> {
  /** Less, with a strict subset of what the full face needs. */
  readonly degraded: LambdaHandler<Event, Context, Result>;
  /** Depends on nothing; by default a 503 with Retry-After. */
  readonly maintenance?: LambdaHandler<Event, Context, Result> | undefined;
  /** Tries the degraded face while in maintenance. */
  readonly probe: Probe;
  /** What an answer shows; by default by its statusCode, and an answer without one is a success. */
  readonly outcomeOf?: ((answer: Result) => Shown['outcome']) | undefined;
  /** Whether a request may be served again by another face; GET and HEAD by default. */
  readonly isSafe?: ((event: Event) => boolean) | undefined;
  /** Whether an operator looks past the level; nobody by default. Its outcome is no evidence. */
  readonly bypass?: ((event: Event) => boolean) | undefined;
}

/** What withLevels takes. */
export interface LambdaOptions<Event, Context, Result>
  extends GuardOptions, LambdaFaces<Event, Context, Result> {
  /** Everything the service can do. */
  readonly full: LambdaHandler<Event, Context, Result>;
}

/**
 * Puts the ladder around a handler: the same row, rules and control plane as the workflow's.
 *
 * @returns A handler that answers as the face which served; an HTTP answer says in X-Service-Level which.
 *   What a face throws is thrown.
 * @throws ConfigError naming the option that does not validate.
 *
 * @example
 * export const handler = withLevels({ table: 'ServiceResiliencyTable-prod', full, degraded, probe });
 */
export function withLevels<Event, Context, Result>(
  options: LambdaOptions<Event, Context, Result>,
): (event: Event, context: Context) => Promise<Result | HttpResult> {
  const { full, degraded, maintenance, probe, outcomeOf, isSafe, bypass, ...row } = options;
  const guard = new Guard(row);
  const clock = row.clock ?? systemClock;
  return async (event, context) => {
    const asked = { safe: (isSafe ?? isSafeEvent)(event), bypass: bypass?.(event) ?? false };
    const served = await serve<Result | HttpResult>(guard, asked, {
      full: async () => full(event, context),
      degraded: async () => degraded(event, context),
      maintenance: async (ticket) =>
        maintenance === undefined
          ? pageFor(event, guard.retryAfterSeconds(ticket))
          : maintenance(event, context),
      probe,
      outcomeOf: outcomeOfResult(outcomeOf),
      outcomeOfError,
      monotonicMs: () => clock.monotonicMs(),
    });
    return answered(event, served);
  };
}

/** How an answer counts. */
export const outcomeOfResult =
  <Result>(outcomeOf: ((answer: Result) => Shown['outcome']) | undefined) =>
  (answer: Result | HttpResult, countedStatuses: readonly number[]): Shown['outcome'] => {
    // Only the page is not the user's, and it is not asked about.
    if (outcomeOf !== undefined) return outcomeOf(answer as Result);
    const status = statusOf(answer);
    return status === undefined ? 'success' : outcomeOfStatus(status, countedStatuses);
  };

/** The environment may be frozen once it has answered: what is to be told is told before. */
async function answered<Result>(event: unknown, served: Served<Result>): Promise<Result> {
  await served.told;
  if (!served.ended.ok) throw served.ended.error;
  return withHeaders(event, served.ended.answer, levelHeaders(served));
}
