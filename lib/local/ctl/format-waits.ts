/** What the window holds and what the way up waits for, in an operator's words. */
import * as v from 'valibot';

const time = v.nullable(v.pipe(v.string(), v.isoTimestamp()));

/** The parts of a status that only some policies and levels have. */
export const waitsSchema = {
  window: v.optional(
    v.object({
      counting: v.boolean(),
      requests: v.number(),
      errors: v.number(),
      errorPercent: v.nullable(v.number()),
      thresholdPercent: v.nullable(v.number()),
      consecutiveErrors: v.number(),
      sampleOneIn: v.number(),
      ordinaryPercent: v.optional(v.nullable(v.number())),
    }),
  ),
  dwell: v.optional(v.object({ ms: v.number(), until: time })),
  ramp: v.optional(
    v.object({
      step: v.number(),
      steps: v.number(),
      percent: v.nullable(v.number()),
      since: time,
      successes: v.number(),
      errors: v.number(),
      nextCanary: time,
    }),
  ),
  probe: v.optional(v.object({ intervalMs: v.number(), next: time, failures: v.number() })),
};

type Waits = v.InferOutput<v.ObjectSchema<typeof waitsSchema, undefined>>;

/** The window of a rate against its threshold. */
export function formatWindow(
  level: 1 | 2,
  window: NonNullable<Waits['window']>,
  policy: { readonly windowMs: number; readonly consecutiveErrors: number },
): string {
  const { counting, requests, errors, errorPercent, thresholdPercent, sampleOneIn } = window;
  if (!counting && requests === 0) {
    return `no error lately: nothing is counted${formatOrdinary(window.ordinaryPercent)}`;
  }
  const rate = errorPercent === null ? '' : ` (${errorPercent} %)`;
  const share = sampleOneIn > 1 ? `, one in ${sampleOneIn} is counted` : '';
  const run = `${window.consecutiveErrors} of ${policy.consecutiveErrors} in a row`;
  const seconds = policy.windowMs / 1_000;
  const usual = formatOrdinary(window.ordinaryPercent);
  return `${errors} of ${requests} counted in ${seconds} s failed${rate}, level ${level + 1} from ${thresholdPercent ?? 0} %${usual} or ${run}${share}`;
}

function formatOrdinary(percent: number | null | undefined): string {
  if (percent === undefined) return '';
  return percent === null
    ? ' (too little seen to say what is ordinary)'
    : ` (ordinary: ${percent} %)`;
}

/** One line for each thing that the way up waits for. */
export function formatWaits({ dwell, ramp, probe }: Waits, nowMs: number): string[] {
  const isQuiet = dwell?.until !== undefined && inMs(dwell.until, nowMs) > 0;
  return [
    ...(isQuiet ? [`no climbing until ${dwell.until} (${ahead(dwell.until, nowMs)})`] : []),
    ...(ramp === undefined || isQuiet ? [] : [formatRamp(ramp)]),
    ...(probe === undefined ? [] : [formatProbe(probe, nowMs)]),
  ];
}

function formatRamp({ step, steps, percent, successes, errors }: NonNullable<Waits['ramp']>) {
  const tried = `${successes} well, ${errors} failed`;
  return `ramp step ${step} of ${steps}: ${percent ?? 0} % go to the full face, ${tried}`;
}

function formatProbe({ intervalMs, next, failures }: NonNullable<Waits['probe']>, nowMs: number) {
  const due = inMs(next, nowMs) > 0 ? `next probe in ${ahead(next, nowMs)}` : 'a probe is due';
  const failed = failures > 0 ? `, ${failures} failed in a row` : '';
  return `${due}, one in ${intervalMs / 1_000} s at most${failed}`;
}

function inMs(at: string | null, nowMs: number): number {
  return at === null ? 0 : Date.parse(at) - nowMs;
}

function ahead(at: string | null, nowMs: number): string {
  return `${Math.ceil(inMs(at, nowMs) / 1_000)} s`;
}
