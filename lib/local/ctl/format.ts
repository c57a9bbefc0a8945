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
  readReplicas: v.optional(v.object({ count: v.number(), behind: v.number(), unused: v.number() })),
  ...waitsSchema,
  /** Who says each field of the policy. */
  policySource: v.optional(v.record(v.string(), v.string()), {}),
  policy: v.looseObject({
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
  const { scope, currentLevel, epoch, levelSince, history } = status;
  const since = levelSince === null ? '' : `  since ${levelSince} (${ago(levelSince, nowMs)})`;
  return [
    `${scope}  LEVEL ${currentLevel} ${NAMES[currentLevel]}${since}  epoch ${epoch}`,
    ...linesOf(status, nowMs).map((line) => `  ${line}`),
    ...ownPolicy(status).map((line) => `  ${line}`),
    ...formatReplicas(status.readReplicas).map((line) => `  ${line}`),
    ...(status.storage?.problems ?? []).map((problem) => `  STORAGE ${problem}`),
    ...(history.length === 0 ? ['  no change yet'] : history.map(formatChange)),
    ...(status.redacted && history.length > 0 ? [`  ${REDACTED}`] : []),
  ].join('\n');
}

/** What it takes to leave the level; while a pin holds it, nothing does. */
function linesOf(status: Status, nowMs: number): string[] {
  const { override } = status;
  const told = [formatEvidence(status), ...formatWaits(status, nowMs)];
  if (override === undefined) return told;
  const { until } = override;
  const isOver = typeof until === 'string' && Date.parse(until) <= nowMs;
  const pin = formatOverride(override, isOver);
  return isOver ? [...told, pin] : [pin, 'nothing counts, probes or climbs meanwhile'];
}

/** Whether all requests go by this level. */
function formatReplicas(replicas: Status['readReplicas']): string[] {
  if (replicas === undefined) return [];
  const { count, behind, unused } = replicas;
  if (behind + unused === 0) return [`read replicas: all ${count} as the row`];
  const first = behind === 0 ? [] : [`${behind} BEHIND: their requests go by an earlier level`];
  const second = unused === 0 ? [] : [`${unused} unused: their requests read the row`];
  return [`read replicas: of ${count}, ${[...first, ...second].join(', ')}`];
}

/** What somebody has set otherwise than it was deployed. */
function ownPolicy({ policy, policySource }: Status): string[] {
  const names = Object.keys(policySource).filter((name) => policySource[name] === 'row');
  const fields = names.map((name) => `${printable(name)}=${valueOf(policy[name])}`);
  return fields.length === 0 ? [] : [`policy of its own: ${fields.join(' ')}`];
}

/** As the command takes it. */
function valueOf(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueOf).join(',');
  return printable(String(value));
}

/** One change, as it stands in the history and as `watch` prints it. */
export function formatChange(change: Status['history'][number]): string {
  const { epoch, from, to, at, reason } = change;
  const move = from === to ? `stays at ${to}` : `${from} → ${to} ${NAMES[to]}`;
  return `  #${epoch}  ${at}  ${move}  (${reason}${saidOf(change)})`;
}

/** What a change of the level did, in a sentence; a scope that was not changed says so. */
export function formatDone(status: Status): string {
  const { scope, changes } = status;
  if (changes.length === 0) return `${scope} is left as it was: there was nothing to do`;
  return changes
    .map((change) => `${scope} ${doneBy(change, ownPolicy(status).length > 0)}`)
    .join(', then ');
}

function doneBy(change: Change, hasOwn: boolean): string {
  const { from, to, reason } = change;
  const was = from === to ? '' : ` (was ${from})`;
  const words: Readonly<Record<string, string>> = {
    pin: `is pinned at level ${to}${was}`,
    release: `is released at level ${to}`,
    reset: `is reset to level ${to}${was}`,
    policy: `has ${hasOwn ? 'another' : 'the deployed'} policy at level ${to}`,
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

function formatOverride(
  { reason, until }: NonNullable<Status['override']>,
  isOver: boolean,
): string {
  const why = reason === undefined ? '' : `: ${reason}`;
  if (until === undefined || until === null) return `PINNED until released${why}`;
  return isOver ? `pin expired at ${until}${why}` : `PINNED until ${until}${why}`;
}

function ago(at: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(at)) / 1_000));
  if (seconds < 120) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}
