/** Where the states of the workflow stand in its picture: a pure function of its definition. */

/** A state as far as its picture needs it. */
interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next?: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly Branches?: readonly Machine[];
}

/** A state machine as far as its picture needs it. */
export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

/** A box: its row from the top, and its place in it, from 0 to 1. */
export interface Box {
  readonly name: string;
  readonly type: string;
  readonly row: number;
  readonly across: number;
}

/** A picture: boxes, and arrows between them by their names. */
export interface Diagram {
  readonly boxes: readonly Box[];
  readonly arrows: readonly (readonly [from: string, to: string])[];
  readonly rows: number;
}

/** What a tick does is no request's way. */
const isOfTick = (name: string) => name.startsWith('Tick');

/** How often the rows are put in order by their neighbours. */
const SWEEPS = 8;

/** Lays out what a request can go through. */
export function diagramOf(machine: Machine): Diagram {
  const types = new Map<string, string>();
  const next = new Map<string, string[]>();
  collect(machine, null, types, next);
  const rowOf = rowsOf(machine.StartAt, next);
  const arrows = [...next].flatMap(([from, targets]) =>
    targets.map((to): readonly [string, string] => [from, to]),
  );
  const rows: string[][] = [];
  for (const [name, row] of rowOf) (rows[row] ??= []).push(name);
  const places = order(rows, arrows);
  const boxes = [...rowOf].map(([name, row]) => ({
    name,
    type: types.get(name) ?? '',
    row,
    across: places.get(name) ?? 0,
  }));
  const isDrawn = (name: string) => rowOf.has(name);
  return {
    boxes,
    arrows: arrows.filter(([from, to]) => isDrawn(from) && isDrawn(to)),
    rows: rows.length,
  };
}

/** @param after What follows a Parallel whose branch this is. */
function collect(
  { States }: Machine,
  after: string | null,
  types: Map<string, string>,
  next: Map<string, string[]>,
): void {
  for (const [name, state] of Object.entries(States)) {
    if (isOfTick(name)) continue;
    types.set(name, state.Type);
    for (const branch of state.Branches ?? []) collect(branch, state.Next ?? after, types, next);
    const targets = [
      ...(state.Branches ? state.Branches.map(({ StartAt }) => StartAt) : [state.Next]),
      ...(state.Choices ?? []).map((choice) => choice.Next),
      state.Default,
      ...(state.Catch ?? []).map((caught) => caught.Next),
    ].filter((target): target is string => target !== undefined && !isOfTick(target));
    if (targets.length === 0 && after !== null) targets.push(after);
    next.set(name, [...new Set(targets)]);
  }
}

/** The longest way to each state: every arrow then points down. */
function rowsOf(start: string, next: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  const order0: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const target of next.get(name) ?? []) visit(target);
    order0.push(name);
  };
  visit(start);
  const rows = new Map<string, number>([[start, 0]]);
  for (const name of order0.toReversed()) {
    const row = rows.get(name) ?? 0;
    rows.set(name, row);
    for (const target of next.get(name) ?? []) {
      rows.set(target, Math.max(rows.get(target) ?? 0, row + 1));
    }
  }
  return rows;
}

/** Puts each row in the order of what its boxes are joined to, down and up in turn. */
function order(
  rows: readonly string[][],
  arrows: readonly (readonly [string, string])[],
): Map<string, number> {
  const places = new Map<string, number>();
  const place = (row: readonly string[]) => {
    for (const [index, name] of row.entries()) places.set(name, (index + 1) / (row.length + 1));
  };
  for (const row of rows) place(row);
  const joined = new Map<string, string[]>();
  for (const [from, to] of arrows) {
    joined.set(from, [...(joined.get(from) ?? []), to]);
    joined.set(to, [...(joined.get(to) ?? []), from]);
  }
  const mean = (name: string) => {
    const all = (joined.get(name) ?? []).map((other) => places.get(other) ?? 0.5);
    return all.reduce((sum, value) => sum + value, 0) / Math.max(1, all.length);
  };
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    for (const row of sweep % 2 === 0 ? rows : rows.toReversed()) {
      place(row.toSorted((a, b) => mean(a) - mean(b)));
    }
  }
  return places;
}
