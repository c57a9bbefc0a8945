/** What becomes of a call between the parts of a deployed stage, and which calls a fault meets. */

/** What becomes of a call. A wait is in milliseconds. */
export type Fate =
  /** Nothing is done, and the caller is told so by an error of this name (of HTTP status, 400). */
  | { readonly kind: 'refused'; readonly error: string; readonly status?: number }
  /** Nothing is done, and the caller is not told. */
  | { readonly kind: 'lost' }
  /** It is done so much later. */
  | { readonly kind: 'late'; readonly ms: number }
  /** It is done, and the caller is not told. */
  | { readonly kind: 'unanswered' }
  /** It is done, told, and done again so much later. */
  | { readonly kind: 'twice'; readonly ms: number };

/** A fault: the calls that it meets, and what becomes of them, in turn; null is what nothing happens to. */
export interface Fault {
  /** As `mutator dynamodb:UpdateItem`, `machine lambda:full-service`, `sns:alarms`. */
  readonly calls: RegExp;
  readonly fates: readonly (Fate | null)[];
  /** Whether a write that counts an outcome is met too (true): the way that it is sent by has no repeats. */
  readonly counts?: boolean;
}

/** A fate as the one who acts is told it. */
export interface Order {
  /** How often it is done. */
  readonly acts: 0 | 1 | 2;
  readonly refusal: string | null;
  readonly status: number;
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly told: boolean;
}

const DONE: Order = { acts: 1, refusal: null, status: 200, beforeMs: 0, afterMs: 0, told: true };

/** The faults of now. */
export interface Faults {
  /** Has these happen from now on, in the place of those before. */
  set(faults: readonly Fault[]): void;
  /** What becomes of this call. */
  orderOf(call: string, isCount?: boolean): Order;
  /** How many calls the last faults met. */
  met(): number;
}

/** Makes them; without any at first. */
export function createFaults(): Faults {
  let now: { readonly fault: Fault; turn: number }[] = [];
  let met = 0;
  return {
    set(faults) {
      now = faults.map((fault) => ({ fault, turn: 0 }));
      if (faults.length > 0) met = 0;
    },
    orderOf(call, isCount = false) {
      const found = now.find(
        ({ fault }) => fault.calls.test(call) && (!isCount || fault.counts !== false),
      );
      if (found === undefined) return DONE;
      const fate = found.fault.fates[found.turn % found.fault.fates.length] ?? null;
      found.turn += 1;
      if (fate === null) return DONE;
      met += 1;
      return orderOf(fate);
    },
    met: () => met,
  };
}

function orderOf(fate: Fate): Order {
  switch (fate.kind) {
    case 'refused':
      return { ...DONE, acts: 0, refusal: fate.error, status: fate.status ?? 400 };
    case 'lost':
      return { ...DONE, acts: 0, told: false };
    case 'late':
      return { ...DONE, beforeMs: fate.ms };
    case 'unanswered':
      return { ...DONE, told: false };
    case 'twice':
      return { ...DONE, acts: 2, afterMs: fate.ms };
  }
}
