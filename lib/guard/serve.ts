/** One request through the faces: who serves, who serves in its place, and what the row is told. */
import type { Asked } from '../level/route.ts';
import { LEVEL_OF, type Level } from '../level/level.ts';
import type { Guard, Probe, Shown, Ticket } from './guard.ts';

/** The faces of one request, each ready to be called. */
export interface Faces<Answer> {
  readonly full: () => Promise<Answer>;
  readonly degraded: () => Promise<Answer>;
  readonly maintenance: (ticket: Ticket) => Promise<Answer>;
  readonly probe: Probe;
  /** What an answer shows of the service. */
  readonly outcomeOf: (answer: Answer, countedStatuses: readonly number[]) => Shown['outcome'];
  /** What an error shows that a face throws. */
  readonly outcomeOfError: (error: unknown, countedStatuses: readonly number[]) => Shown['outcome'];
  /** In milliseconds, from an arbitrary start. */
  readonly monotonicMs: () => number;
}

/** What came of a face. */
type Ended<Answer> = Shown &
  (
    | { readonly ok: true; readonly answer: Answer }
    | { readonly ok: false; readonly error: unknown }
  );

/** What a request came to. */
export interface Served<Answer> {
  readonly ended: Ended<Answer>;
  /** The level of the face that served. */
  readonly level: Level;
  readonly failOpen: boolean;
  readonly shielded: boolean;
  /** Settles when the row was told; it never rejects. An environment that may be frozen waits for it. */
  readonly told: Promise<unknown>;
}

/** Serves a request; what its face throws is in the result. */
export async function serve<Answer>(
  guard: Guard,
  asked: Asked,
  faces: Faces<Answer>,
): Promise<Served<Answer>> {
  const ticket = await guard.begin(asked);
  const failOpen = ticket.held === null;
  if (ticket.plan.face === 'maintenance') {
    // Beside the page, which waits for nobody.
    const probed = guard.probe(ticket, faces.probe);
    const ended = await run(faces, ticket, () => faces.maintenance(ticket), guard);
    const told = Promise.all([probed, guard.end(ticket, { ...ended, outcome: 'none' })]);
    return { ended, level: 3, failOpen, shielded: false, told };
  }
  const { face } = ticket.plan;
  const ended = await run(faces, ticket, faces[face], guard);
  const told = guard.end(ticket, ended);
  const isBad = ticket.plan.exercise ? ended.outcome !== 'success' : ended.outcome === 'error';
  if (isBad && guard.shields(ticket)) {
    const other = face === 'full' ? 'degraded' : 'full';
    const instead = await run(faces, ticket, faces[other], guard);
    guard.publishShield(ticket, instead);
    if (instead.outcome !== 'error') {
      return { ended: instead, level: LEVEL_OF[other], failOpen, shielded: true, told };
    }
  }
  return { ended, level: LEVEL_OF[face], failOpen, shielded: false, told };
}

async function run<Answer>(
  { outcomeOf, outcomeOfError, monotonicMs }: Faces<Answer>,
  ticket: Ticket,
  face: () => Promise<Answer>,
  guard: Guard,
): Promise<Ended<Answer>> {
  const startedMs = monotonicMs();
  const counted = guard.countedStatuses(ticket);
  try {
    const answer = await face();
    const durationMs = monotonicMs() - startedMs;
    return { ok: true, answer, durationMs, outcome: outcomeOf(answer, counted) };
  } catch (error) {
    const durationMs = monotonicMs() - startedMs;
    return { ok: false, error, durationMs, outcome: outcomeOfError(error, counted) };
  }
}
