/** Draws a state machine as a Mermaid flowchart: a pure function of its definition. */
import { functionOf, type Machine, type Rule, type State } from '../statemachines/definition.ts';

/** The longest line of a label, in characters, where it can be broken. */
const LABEL_WIDTH = 26;

/** A space where no line is broken. */
const TIE = '\u00a0';

/** The words of a comparison; with Path after its name it compares with another field. */
const COMPARISONS: Readonly<Record<string, string>> = {
  BooleanEquals: '=',
  NumericEquals: '=',
  NumericGreaterThan: '>',
  NumericGreaterThanEquals: '≥',
  NumericLessThan: '<',
  NumericLessThanEquals: '≤',
  StringEquals: '=',
  StringLessThan: '<',
  StringMatches: 'like',
};

/** The words of a test of one field. */
const TESTS: Readonly<Record<string, string>> = {
  IsBoolean: 'is a boolean',
  IsNull: 'is null',
  IsNumeric: 'is a number',
  IsPresent: 'is there',
  IsString: 'is a string',
};

/** The operator of a comparison or test, and what it compares with. */
type Operation = Readonly<Record<string, string | number | boolean>>;

/**
 * Draws a box for each state and an arrow for each way on. Its shape says what a state does, a thick
 * border that the machine or branch may end there; arrows of caught failures are dotted, and the
 * branches of a Parallel stand in frames.
 *
 * @returns Mermaid source, without a fence.
 * @throws Error if a Choice uses an operator for which there are no words here.
 */
export function workflowDiagram(machine: Machine): string {
  const lines = ['classDef last stroke-width:4px', ...drawMachine(machine)];
  return ['flowchart TD', ...lines.map(indent)].join('\n');
}

function drawMachine(machine: Machine): string[] {
  const start = `start-${machine.StartAt}`;
  return [
    `${start}(( )) --> ${machine.StartAt}`,
    ...Object.entries(machine.States).flatMap(([name, state]) => drawState(name, state)),
  ];
}

function drawState(name: string, state: State): string[] {
  const arrows = drawArrows(name, state);
  if (state.Branches === undefined) return [drawBox(name, state), ...arrows];
  const branches = state.Branches.flatMap((branch, index) =>
    frame(`${name}-${index + 1}`, 'at the same time', ['direction TB', ...drawMachine(branch)]),
  );
  return [...frame(name, name, ['direction TB', ...branches]), ...arrows];
}

function frame(id: string, label: string, lines: readonly string[]): string[] {
  return [`subgraph ${id} ["${label}"]`, ...lines.map(indent), 'end'];
}

function drawBox(name: string, state: State): string {
  const isLast = state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
  return `${name}${shape(state, describe(name, state))}${isLast ? ':::last' : ''}`;
}

/** The state's name and, for a task, what it calls, its timeout, and after what it calls again. */
function describe(name: string, state: State): string {
  if (state.Type !== 'Task') return name;
  const called = functionOf(state) ?? state.Resource?.split(':').at(-1) ?? '';
  const errors = (state.Retry ?? []).flatMap((retrier) => retrier.ErrorEquals);
  const again = errors.length > 0 ? [`again if ${errors.map(shortError).join(' or ')}`] : [];
  return [`<b>${name}</b>`, `${called}, ${state.TimeoutSeconds} s`, ...again.map(wrap)].join(
    '<br/>',
  );
}

function shape(state: State, label: string): string {
  switch (state.Type) {
    case 'Choice':
      return `{"${label}"}`;
    case 'Task':
      return functionOf(state) === null ? `[("${label}")]` : `["${label}"]`;
    case 'Succeed':
    case 'Fail':
      return `(["${label}"])`;
    case 'Map':
    case 'Parallel':
    case 'Pass':
    case 'Wait':
      return `("${label}")`;
  }
}

/** One arrow to each next state; the conditions that lead to the same one share it. */
function drawArrows(name: string, state: State): string[] {
  const conditions = Map.groupBy(state.Choices ?? [], (rule) => rule.Next ?? '');
  const chosen = [...conditions].map(([next, rules]) =>
    arrow(name, '-->', next, rules.map((rule) => wrap(condition(rule))).join('<br/>or ')),
  );
  const caught = (state.Catch ?? []).map(({ ErrorEquals, Next }) =>
    arrow(name, '-.->', Next, ErrorEquals.map(shortError).join(', ')),
  );
  return [
    ...(state.Next === undefined ? [] : [arrow(name, '-->', state.Next)]),
    ...chosen,
    ...(state.Default === undefined ? [] : [arrow(name, '-->', state.Default, 'otherwise')]),
    ...caught,
  ];
}

function arrow(from: string, line: string, to: string, label?: string): string {
  return label === undefined ? `${from} ${line} ${to}` : `${from} ${line}|"${label}"| ${to}`;
}

function shortError(name: string): string {
  if (name === 'States.ALL') return 'any error';
  return name.replace(/^\w+\./, '').replace(/(Exception|Error)$/, '');
}

function condition(rule: Rule): string {
  if (rule.And) return conjunction(rule.And);
  if (rule.Or) return rule.Or.map(condition).join(' or ');
  if (rule.Not) return rule.Not.IsPresent ? `no ${field(rule.Not)}` : `not ${condition(rule.Not)}`;
  const { Variable: _variable, Next: _next, ...operation } = rule;
  const [operator = '', value = ''] = Object.entries(operation as Operation).at(0) ?? [];
  const test = TESTS[operator];
  if (test !== undefined) return `${field(rule)} ${test}`;
  const comparison = COMPARISONS[operator.replace(/Path$/, '')];
  if (comparison === undefined) throw new Error(`there are no words for the operator ${operator}`);
  const other = operator.endsWith('Path') ? lastStep(`${value}`) : `${value}`;
  return `${field(rule)} ${comparison} ${other}`;
}

/** Fields that must be there come first, in one list; a comparison says that its own must be. */
function conjunction(rules: readonly Rule[]): string {
  const others = rules.filter((rule) => !rule.IsPresent);
  const compared = new Set(others.map((rule) => rule.Variable));
  const present = rules.filter((rule) => rule.IsPresent && !compared.has(rule.Variable));
  const list = present.length > 0 ? [`has ${present.map(field).join(', ')}`] : [];
  return [...list, ...others.map(condition).map(keepTogether)].join(', ');
}

function field(rule: Rule): string {
  return lastStep(rule.Variable ?? '');
}

/** The name of a field, without the types that DynamoDB puts into its path. */
function lastStep(path: string): string {
  return (
    path
      .replace(/(\.[A-Z]+)+$/, '')
      .split('.')
      .at(-1) ?? path
  );
}

/** Puts what is read as one word into one line. */
function keepTogether(phrase: string): string {
  return phrase.replaceAll(' ', TIE);
}

/** Breaks a label into lines. */
function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const isFull = last === undefined || last.length + 1 + word.length > LABEL_WIDTH;
    if (isFull) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('<br/>').replaceAll(TIE, ' ');
}

function indent(line: string): string {
  return `  ${line}`;
}
