/** The forms of the expressions that a client sends: what stands in them, without names and values. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const EXPRESSIONS = [
  'UpdateExpression',
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
];

/** Every form in a command, for example `SET # = if_not_exists(#, :)` or `(attribute_not_exists(#) OR # <= :)`. */
export function formsIn(input: object): string[] {
  return EXPRESSIONS.flatMap((field) => {
    const expression = (input as Readonly<Record<string, unknown>>)[field];
    if (typeof expression !== 'string') return [];
    const bare = expression
      .replaceAll(/#\w+/g, '#')
      .replaceAll(/:\w+/g, ':')
      .replaceAll(/\bPK\b/g, '#');
    return field === 'UpdateExpression'
      ? clausesOf(bare)
      : partsOf(bare).map((part) => `IF ${part}`);
  });
}

/** `SET a = :, b = : ADD c :` is three clauses; of those that are alike one. */
function clausesOf(update: string): string[] {
  const sections = update.split(/\s*\b(?=SET |ADD |REMOVE |DELETE )/).filter(Boolean);
  return sections.flatMap((section) => {
    const [verb = '', ...rest] = section.split(' ');
    const clauses = rest.join(' ').split(/,\s*(?![^(]*\))/);
    return clauses.map((clause) => `${verb} ${clause.trim()}`);
  });
}

/** What stands between the ANDs that are in no parentheses. */
function partsOf(condition: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const word of condition.split(/( AND |\(|\))/)) {
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
    if (word === ' AND ' && depth === 0) {
      parts.push(part);
      part = '';
    } else {
      part += word;
    }
  }
  return [...parts, part];
}

/** Notes the operation and the forms of all that a client sends. */
export function noteForms(client: Pick<DynamoDBDocumentClient, 'middlewareStack'>): Set<string> {
  const seen = new Set<string>();
  client.middlewareStack.add(
    (next, context) => (args) => {
      seen.add(String(context.commandName).replace('Command', ''));
      for (const form of formsIn(args.input)) seen.add(form);
      return next(args);
    },
    { step: 'initialize', name: 'noteForms' },
  );
  return seen;
}
