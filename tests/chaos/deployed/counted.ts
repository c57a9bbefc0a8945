/** What the table took of the functions: whose outcome was counted how often, and which epochs began. */

/** A write that was applied, as it was asked for and answered. */
export interface Applied {
  /** What sent it says of itself: `Root=<execution>;Self=<function>`. */
  readonly trace: string;
  readonly request: UpdateRequest;
  readonly answer: { readonly Attributes?: { readonly epoch?: { readonly N?: string } } };
}

/** As far as it is looked at. */
export interface UpdateRequest {
  readonly Key?: { readonly PK?: { readonly S?: string } };
  readonly UpdateExpression?: string;
}

/** The writes to one scope's row. */
export interface Counted {
  add(applied: Applied): void;
  forget(): void;
  /** How many outcomes were counted. */
  outcomes(): number;
  /** What was counted more than once, and which epochs more than one write began; empty if all is well. */
  twice(): readonly string[];
}

/** Whether a write counts an outcome: it alone adds to a counter. */
export function isCount({ UpdateExpression: update = '' }: UpdateRequest): boolean {
  return /\bADD #(errorCount|successCount) /.test(update);
}

/** Makes it. */
export function createCounted(stateKey: string): Counted {
  const byExecution = new Map<string, number>();
  const epochs = new Map<string, number>();
  const more = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  const often = (map: ReadonlyMap<string, number>, what: string) =>
    [...map].flatMap(([key, times]) => (times > 1 ? [`${what} ${key}: ${times} times`] : []));
  return {
    add({ trace, request, answer }) {
      if (request.Key?.PK?.S !== stateKey) return;
      const [, execution = ''] = /Root=([^;]*)/.exec(trace) ?? [];
      if (isCount(request)) more(byExecution, execution);
      const begins = /#epoch = :set_epoch/.test(request.UpdateExpression ?? '');
      if (begins) more(epochs, answer.Attributes?.epoch?.N ?? '');
    },
    forget() {
      byExecution.clear();
      epochs.clear();
    },
    outcomes: () => byExecution.size,
    twice: () => [...often(byExecution, 'outcome'), ...often(epochs, 'epoch')],
  };
}
