/** Runs actors against one row in every order that there is, one table operation at a time. */
import type { ConditionalWrite } from '../../lib/level/fence.ts';
import type { Item, LevelStore } from '../../lib/store/level-store.ts';
import { applyWrite } from '../../lib/simulation/table.ts';
import { isHistoryKey } from './steps.ts';

/** A program that reads and writes one row; given the same answers, it does the same. */
export interface Actor {
  readonly name: string;
  /** Whether it may be killed once its first write is done. */
  readonly mayCrash: boolean;
  run(store: LevelStore): Promise<unknown>;
}

/** What the table said to one operation: the row it then was, or null where a fence failed. */
export type Answer = Item | undefined | null;

/** How far an actor has come: what it was told so far decides what it does next. */
export interface Point<A extends Actor> {
  readonly id: number;
  readonly actor: A;
  readonly answers: readonly Answer[];
  /** How many writes it has sent. */
  readonly writes: number;
  readonly next: Operation;
  /** A write that arrives again; its actor has gone on. */
  readonly isRepetition?: boolean;
}

type Operation =
  | { readonly kind: 'read' }
  | { readonly kind: 'write'; readonly write: ConditionalWrite }
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** It was a write that arrived again: nobody waits for its answer. */
  | { readonly kind: 'repeated' };

/** One table operation of one actor, and where it brought the actor. */
export interface Step<A extends Actor> {
  readonly before: Item | undefined;
  readonly point: Point<A>;
  /** The row after an applied write; null for a write whose fence failed and for a read. */
  readonly written: Item | null;
  readonly reached: Point<A>;
}

/** Judges every step, and every row at which all actors have ended; throws what it objects to. */
export interface Judge<A extends Actor> {
  step(step: Step<A>): void;
  rest(item: Item | undefined, crashed: boolean): Promise<void>;
}

interface Row {
  readonly id: number;
  readonly item: Item | undefined;
}

interface Moment<A extends Actor> {
  readonly row: Row;
  /** Of those who have not ended, in the order of their ids: equal actors are not told apart. */
  readonly points: readonly Point<A>[];
  readonly crashed: boolean;
  readonly cause: { readonly from: Moment<A>; readonly label: string } | null;
}

const IDS = 2 ** 26;

/**
 * Walks depth first through all moments that a set of actors can bring a row to. A moment is the
 * row, what each unfinished actor was told, and whether one was killed: what follows depends on
 * nothing else, so each moment is entered once. Rows, points and steps are shared between calls.
 */
export class Explorer<A extends Actor> {
  moments = 0;
  steps = 0;
  readonly #judge: Judge<A>;
  readonly #apply: typeof applyWrite;
  readonly #repeats: boolean;
  readonly #rows = new Map<string, Row>();
  readonly #starts = new Map<A, Point<A>>();
  readonly #points = new Map<number, Point<A>>();
  readonly #repetitions = new Map<number, Point<A>>();
  readonly #taken = new Map<number, { readonly row: Row; readonly reached: Point<A> }>();
  readonly #rests = new Set<number>();
  #ids = 0;

  /**
   * @param given.apply What the table makes of a write; another than applyWrite is a broken table.
   * @param given.repeats Whether what follows an actor's count, and what an actor that counts nothing
   *   writes first, may arrive once more at any later time.
   */
  constructor(
    judge: Judge<A>,
    { apply = applyWrite, repeats = false }: { apply?: typeof applyWrite; repeats?: boolean } = {},
  ) {
    this.#judge = judge;
    this.#apply = apply;
    this.#repeats = repeats;
  }

  /** @throws what the judge objects to, with the steps that led there. */
  async explore(item: Item | undefined, actors: readonly A[]): Promise<void> {
    const points: Point<A>[] = [];
    for (const actor of actors) points.push(await this.#begin(actor));
    const start = { row: this.#rowOf(item), points: sorted(points), crashed: false, cause: null };
    const entered = new Set<string>();
    const open: Moment<A>[] = [start];
    for (let moment = open.pop(); moment !== undefined; moment = open.pop()) {
      const key = keyOf(moment);
      if (entered.has(key)) continue;
      entered.add(key);
      try {
        await this.#enter(moment, open);
      } catch (cause) {
        throw new Error(`${String(cause)}\n${pathTo(moment)}`, { cause });
      }
    }
    this.moments += entered.size;
  }

  async #enter(moment: Moment<A>, open: Moment<A>[]): Promise<void> {
    const { row, points, crashed } = moment;
    if (points.length === 0) return this.#rest(row, crashed);
    for (const [index, point] of points.entries()) {
      if (point === points[index - 1]) continue;
      const others = points.toSpliced(index, 1);
      const { name, mayCrash } = point.actor;
      if (mayCrash && point.writes === 1 && !point.isRepetition) {
        const cause = { from: moment, label: `${name} is killed` };
        open.push({ row, points: others, crashed: true, cause });
      }
      const taken = this.#taken.get(row.id * IDS + point.id) ?? (await this.#take(row, point));
      this.steps += 1;
      const left = hasEnded(taken.reached) ? others : sorted([...others, taken.reached]);
      const cause = { from: moment, label: `${name}: ${point.next.kind} -> ${taken.row.id}` };
      open.push({ row: taken.row, points: left, crashed, cause });
      if (!this.#mayRepeat(point)) continue;
      const again = { from: moment, label: `${cause.label}, and will come again` };
      const repeated = sorted([...left, this.#repetitionOf(point)]);
      open.push({ row: taken.row, points: repeated, crashed, cause: again });
    }
  }

  #mayRepeat({ actor, writes, next, isRepetition }: Point<A>): boolean {
    const ofOne = actor.mayCrash ? 1 : 0;
    return this.#repeats && !isRepetition && next.kind === 'write' && writes === ofOne;
  }

  /** The same write, as it was made. */
  #repetitionOf(point: Point<A>): Point<A> {
    const known = this.#repetitions.get(point.id);
    if (known !== undefined) return known;
    this.#ids += 1;
    const repetition = { ...point, id: this.#ids, isRepetition: true };
    this.#repetitions.set(point.id, repetition);
    return repetition;
  }

  async #take(row: Row, point: Point<A>) {
    const { next } = point;
    const writes = next.kind === 'write';
    const written = writes ? this.#apply(row.item ?? {}, next.write) : null;
    const after = written === null ? row : this.#rowOf(written);
    const answerId = writes && written === null ? 0 : after.id;
    const reached = point.isRepetition
      ? { ...point, next: { kind: 'repeated' } as const }
      : await this.#advance(point, answerId, writes ? written : row.item);
    this.#judge.step({ before: row.item, point, written, reached });
    const taken = { row: after, reached };
    this.#taken.set(row.id * IDS + point.id, taken);
    return taken;
  }

  async #rest(row: Row, crashed: boolean): Promise<void> {
    const id = crashed ? -row.id : row.id;
    if (this.#rests.has(id)) return;
    this.#rests.add(id);
    await this.#judge.rest(row.item, crashed);
  }

  #rowOf(item: Item | undefined): Row {
    const text = JSON.stringify(item) ?? 'missing';
    const known = this.#rows.get(text);
    if (known !== undefined) return known;
    const row = { id: this.#rows.size + 1, item };
    this.#rows.set(text, row);
    return row;
  }

  async #begin(actor: A): Promise<Point<A>> {
    const known = this.#starts.get(actor);
    if (known !== undefined) return known;
    const point = await this.#pointOf(actor, [], 0);
    this.#starts.set(actor, point);
    return point;
  }

  async #advance(point: Point<A>, answerId: number, answer: Answer): Promise<Point<A>> {
    const key = point.id * IDS + answerId;
    const known = this.#points.get(key);
    if (known !== undefined) return known;
    const writes = point.writes + (point.next.kind === 'write' ? 1 : 0);
    const reached = await this.#pointOf(point.actor, [...point.answers, answer], writes);
    this.#points.set(key, reached);
    return reached;
  }

  async #pointOf(actor: A, answers: readonly Answer[], writes: number): Promise<Point<A>> {
    this.#ids += 1;
    const id = this.#ids;
    return { id, actor, answers, writes, next: await operationAfter(actor, answers) };
  }
}

/** Runs an actor alone on a row, to its end. */
export async function runAlone(actor: Actor, item: Item | undefined): Promise<Item | undefined> {
  let row = item;
  await actor.run({
    async read() {
      return row;
    },
    async write(key, write) {
      if (isHistoryKey(key)) return applyWrite({}, write);
      const after = applyWrite(row ?? {}, write);
      row = after ?? row;
      return after;
    },
  });
  return row;
}

/** Runs the program anew with the answers it had; its first operation beyond them never ends. */
function operationAfter(actor: Actor, answers: readonly Answer[]): Promise<Operation> {
  return new Promise((resolve) => {
    let asked = 0;
    const ask = <Told>(operation: Operation): Promise<Told> => {
      asked += 1;
      // The program was told exactly this before, so it is what it may be told.
      if (asked <= answers.length) return Promise.resolve(answers[asked - 1] as Told);
      resolve(operation);
      return new Promise(() => {});
    };
    actor
      .run({
        read: () => ask({ kind: 'read' }),
        write: async (key, write) =>
          // Whenever it is written, it is the same: no order of it is worth a step.
          isHistoryKey(key) ? applyWrite({}, write) : ask({ kind: 'write', write }),
      })
      .then(
        (value) => resolve({ kind: 'returned', value }),
        (error: unknown) => resolve({ kind: 'threw', error }),
      );
  });
}

/** Whether there is nothing left for an actor to do. */
export function hasEnded(point: Point<Actor>): boolean {
  return ['returned', 'threw', 'repeated'].includes(point.next.kind);
}

function sorted<A extends Actor>(points: readonly Point<A>[]): readonly Point<A>[] {
  return points.toSorted((one, other) => one.id - other.id);
}

function keyOf({ row, points, crashed }: Moment<Actor>): string {
  return `${row.id} ${crashed} ${points.map((point) => point.id).join(' ')}`;
}

function pathTo(moment: Moment<Actor>): string {
  const lines: string[] = [];
  for (let at: Moment<Actor> | undefined = moment; at !== undefined; at = at.cause?.from) {
    lines.unshift(`${at.cause?.label ?? 'start'}\n    ${JSON.stringify(at.row.item)}`);
  }
  return lines.join('\n');
}
