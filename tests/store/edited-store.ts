/** The real store with a part of what it sends taken out, to show what that part is there for. */
import { createDocumentClient } from '../../lib/store/dynamo-client.ts';
import type { LevelStore } from '../../lib/store/level-store.ts';
import type { DynamoBackend } from './backends.ts';

/** An UpdateItem in its parts. */
export interface Update {
  /** What the condition demands, joined by AND. */
  readonly conditions: readonly string[];
  /** The update's sections, each with its clauses. */
  readonly sections: Readonly<Partial<Record<'SET' | 'ADD' | 'REMOVE', readonly string[]>>>;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Changes an update, or returns it as it is where it is not the one meant. */
export type Edit = (update: Update) => Update;

/** A store whose updates are edited on their way. */
export interface EditedStore {
  readonly store: LevelStore;
  /** How many updates were sent otherwise than they were made. */
  count(): number;
}

/** Drops the conditions that name an attribute. */
export function withoutCondition(attribute: string): Edit {
  return (update) => {
    const names = (condition: string) => tokens(condition).includes(`#${attribute}`);
    return { ...update, conditions: update.conditions.filter((part) => !names(part)) };
  };
}

/** Drops what is set of an attribute, in the updates meant. */
export function withoutSet(attribute: string, meant: (update: Update) => boolean): Edit {
  return (update) => {
    const { SET: sets = [], ...others } = update.sections;
    const kept = sets.filter((clause) => !clause.startsWith(`#${attribute} =`));
    return meant(update) ? { ...update, sections: { ...others, SET: kept } } : update;
  };
}

/** Makes the real store on a client whose UpdateItems pass through an edit. */
export function editedStore(backend: DynamoBackend, edit: Edit): EditedStore {
  const client = createDocumentClient(backend.connection);
  let edited = 0;
  client.middlewareStack.add(
    (next) => (args) => {
      const { input } = args;
      if (!('UpdateExpression' in input)) return next(args);
      const before = parsed(input);
      const after = edit(before);
      if (after === before) return next(args);
      const changed = { ...input, ...printed(after) };
      if (changed.ConditionExpression !== input.ConditionExpression) edited += 1;
      else if (changed.UpdateExpression !== input.UpdateExpression) edited += 1;
      return next({ ...args, input: changed });
    },
    { step: 'initialize' },
  );
  return { store: backend.storeOn(client), count: () => edited };
}

interface UpdateInput {
  readonly UpdateExpression?: string | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, unknown> | undefined;
}

function parsed(input: UpdateInput): Update {
  const sections = (input.UpdateExpression ?? '').split(/ ?\b(SET|ADD|REMOVE) /).slice(1);
  const clauses = (name: string) => {
    const at = sections.indexOf(name);
    return at < 0 ? [] : (sections[at + 1] ?? '').split(', ');
  };
  return {
    conditions: (input.ConditionExpression ?? '').split(' AND '),
    sections: { SET: clauses('SET'), ADD: clauses('ADD'), REMOVE: clauses('REMOVE') },
    names: input.ExpressionAttributeNames ?? {},
    values: input.ExpressionAttributeValues ?? {},
  };
}

function printed({ conditions, sections, names, values }: Update) {
  const UpdateExpression = Object.entries(sections)
    .filter(([, clauses]) => clauses.length > 0)
    .map(([name, clauses]) => `${name} ${clauses.join(', ')}`)
    .join(' ');
  const ConditionExpression = conditions.join(' AND ');
  // DynamoDB refuses placeholders that no expression mentions.
  const used = new Set(tokens(`${UpdateExpression} ${ConditionExpression}`));
  const usedOf = <V>(given: Readonly<Record<string, V>>) =>
    Object.fromEntries(Object.entries(given).filter(([key]) => used.has(key)));
  const usedValues = usedOf(values);
  return {
    UpdateExpression,
    ConditionExpression,
    ExpressionAttributeNames: usedOf(names),
    ExpressionAttributeValues: Object.keys(usedValues).length > 0 ? usedValues : undefined,
  };
}

function tokens(expression: string): string[] {
  return expression.match(/[#:]\w+/g) ?? [];
}
