/** The status of a scope in the words an operator wants at 3 am. */
import * as v from 'valibot';
import { printable } from '../printable.ts';
import { formatWaits, formatWindow, waitsSchema } from './format-waits.ts';

/** What comes from a row may hold what a terminal obeys. */
export const text = v.pipe(v.string(), v.transform(printable));

const levelSchema = v.picklist([1, 2, 3]);

/** A change, as the status and the record have it. */
export const changeSchema = v.object({
  epoch: v.number(),
  from: levelSchema,
  to: levelSchema,
  at: text,
  reason: text,
  note: v.optional(text),
  by: v.optional(text),
});

const statusSchema = v.object({
  scope: text,
  currentLevel: levelSchema,
  errorCount: v.number(),
  successCount: v.number(),
  epoch: v.number(),
  /** Servers of before do not say it. */
  levelSince: v.optional(v.nullable(text), null),
  changes: v.optional(v.array(changeSchema), []),
  history: v.array(changeSchema),
  override: v.optional(v.object({ reason: v.optional(text), until: v.nullish(text) })),
  redacted: v.optional(v.boolean(), false),
  storage: v.optional(v.object({ problems: v.array(text) })),
  ...waitsSchema,
  policy: v.object({
    judge: v.optional(v.string(), 'counts'),
    errorsToDegrade: v.number(),
    errorsToMaintenance: v.number(),
    successesToClear: v.number(),
    successesToFull: v.number(),
    probesToDegraded: v.number(),
    consecutiveErrors: v.optional(v.number(), 0),
    windowMs: v.optional(v.number(), 0),
    ramp: v.optional(v.array(v.number()), []),
  }),
});

/** The status as the control plane answers it. */
export type Status = v.InferOutput<typeof statusSchema>;

/** A scope whose row nobody can read. */
const problemSchema = v.object({ scope: text, problem: text });

const everyScopeSchema = v.object({
  scopes: v.record(text, v.union([statusSchema, problemSchema])),
  storage: v.optional(v.object({ problems: v.array(text) })),
});

/** A scope as it stands, or what is wrong with its row. */
export type Scope = Status | v.InferOutput<typeof problemSchema>;

const NAMES = { 1: 'FULL', 2: 'DEGRADED', 3: 'MAINTENANCE' } as const;

/**
 * Reads an answer.
 *
 * @throws ValiError if it is no status: the endpoint is something else.
 */
export function parseStatus(body: unknown): Status {
  return v.parse(statusSchema, body);
}

/**
 * Reads what is said of every scope, or of the one that was asked for.
 *
 * @throws ValiError if it is neither: the endpoint is something else.
 */
export function parseScopes(body: unknown): readonly Scope[] {
  const parsed = v.safeParse(everyScopeSchema, body);
  if (!parsed.success) return [parseStatus(body)];
  // What is wrong with the folder is said once, beside the scopes.
  const { storage, scopes } = parsed.output;
  return Object.values(scopes).map((scope, index) =>
    index > 0 || storage === undefined || 'problem' in scope ? scope : { ...scope, storage },
  );
}

const REDACTED =
  'who and why are not shown to you: set the API_KEY of that server, or look with --stage';

/** The level, what it takes to leave it, a pin, and the last changes. */
export function formatStatus(status: Scope, nowMs: number): string {
  if ('problem' in status) return `${status.scope}  NOBODY KNOWS: ${status.problem}`;
  const { scope, currentLevel, epoch, levelSince, override, history } = status;
  const since = levelSince === null ? '' : `  since ${levelSince} (${ago(levelSince, nowMs)})`;
  return [
    `${scope}  LEVEL ${currentLevel} ${NAMES[currentLevel]}${since}  epoch ${epoch}`,
    `  ${formatEvidence(status)}`,
    ...formatWaits(status, nowMs).map((line) => `  ${line}`),
    ...(override === undefined ? [] : [`  ${formatOverride(override, nowMs)}`]),
    ...(status.storage?.problems ?? []).map((problem) => `  STORAGE ${problem}`),
    ...(history.length === 0 ? ['  no change yet'] : history.map(formatChange)),
    ...(status.redacted && history.length > 0 ? [`  ${REDACTED}`] : []),
  ].join('\n');
}

/** One change, as it stands in the history and as `watch` prints it. */
export function formatChange(change: Status['history'][number]): string {
  const { epoch, from, to, at, reason } = change;
  const move = from === to ? `stays at ${to}` : `${from} → ${to} ${NAMES[to]}`;
  return `  #${epoch}  ${at}  ${move}  (${reason}${saidOf(change)})`;
}

/** What a change of the level did, in a sentence; a scope that was not changed says so. */
export function formatDone({ scope, changes }: Status): string {
  if (changes.length === 0) return `${scope} is left as it was: there was nothing to do`;
  return changes.map((change) => `${scope} ${doneBy(change)}`).join(', then ');
}

function doneBy(change: Change): string {
  const { from, to, reason } = change;
  const was = from === to ? '' : ` (was ${from})`;
  const words: Readonly<Record<string, string>> = {
    pin: `is pinned at level ${to}${was}`,
    release: `is released at level ${to}`,
    reset: `is reset to level ${to}${was}`,
    policy: `has another policy at level ${to}`,
  };
  return `${words[reason] ?? `went to level ${to}${was} (${reason})`}${saidOf(change)}`;
}

function saidOf({ note, by }: Change): string {
  return `${note === undefined ? '' : `: ${note}`}${by === undefined ? '' : `, by ${by}`}`;
}

type Change = v.InferOutput<typeof changeSchema>;

function formatEvidence(status: Status): string {
  const { currentLevel, errorCount, successCount, policy, window } = status;
  const probes = `${successCount} of ${policy.probesToDegraded} probe successes to level 2`;
  if (currentLevel === 3) return probes;
  if (window !== undefined) return formatWindow(currentLevel, window, policy);
  if (currentLevel === 1) {
    return `${errorCount} of ${policy.errorsToDegrade} errors to level 2, ${successCount} of ${policy.successesToClear} successes to clear them`;
  }
  const down = `${errorCount} of ${policy.errorsToMaintenance} errors to level 3`;
  const up = `${successCount} of ${policy.successesToFull} successes to level 1`;
  return policy.ramp.length > 0 ? down : `${down}, ${up}`;
}

function formatOverride({ reason, until }: NonNullable<Status['override']>, nowMs: number): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  if (until === undefined || until === null) return `PINNED until released${why}`;
  return Date.parse(until) > nowMs
    ? `PINNED until ${until}${why}`
    : `pin expired at ${until}${why}`;
}

function ago(at: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(at)) / 1_000));
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}
