/** The diagram of the workflow: what it draws, and that the one in the docs is today's. */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import {
  allMachines,
  allStates,
  readDefinition,
  successorsOf,
  type Machine,
  type Rule,
} from '../statemachines/definition.ts';
import { ARCHITECTURE_FILE, workflowBlock } from './architecture.ts';
import { readBlock, replaceBlock } from './block.ts';
import { workflowDiagram } from './workflow-diagram.ts';

test('docs/ARCHITECTURE.md shows the workflow as it is; if not, run: npm run docs', async () => {
  const text = await readFile(ARCHITECTURE_FILE, 'utf8');
  expect(readBlock(text, 'workflow'), 'run: npm run docs').toBe(workflowBlock());
});

describe('the diagram of the deployed workflow', () => {
  const machine = readDefinition();
  const diagram = workflowDiagram(machine);

  test.each(allStates(machine))('shows %s, and every way on from it', (name, state) => {
    expect(diagram).toMatch(new RegExp(`^ *(subgraph )?${name}\\W`, 'm'));
    for (const next of successorsOf(state)) {
      expect(diagram).toMatch(new RegExp(`^ *${name} (-->|-\\.->)(\\|".+"\\|)? ${next}$`, 'm'));
    }
  });

  test('shows where the machine and its branches begin', () => {
    for (const { StartAt } of allMachines(machine)) {
      expect(diagram).toContain(`start-${StartAt}(( )) --> ${StartAt}\n`);
    }
  });
});

describe('a choice', () => {
  const chosen = (...Choices: Rule[]): Machine => ({
    StartAt: 'Choose',
    States: {
      Choose: { Type: 'Choice', Choices },
      Here: { Type: 'Succeed' },
    },
  });

  const level = { Variable: '$.state.level', NumericEquals: 1 };
  const there = (Variable: string) => ({ Variable, IsPresent: true });

  test.each([
    ['a constant', level, 'level = 1'],
    ['a field', { Variable: '$.a', NumericGreaterThanPath: '$.b.c' }, 'a > c'],
    ['presence', there('$.read.row.epoch.N'), 'epoch is there'],
    ['absence', { Not: there('$.read.row.override.M') }, 'no override'],
    ['a negation', { Not: level }, 'not level = 1'],
    ['alternatives', { Or: [level, there('$.a')] }, 'level = 1 or a is there'],
    ['a list of fields', { And: [there('$.a'), there('$.b')] }, 'has a, b'],
    ['a field and its value', { And: [there('$.state.level'), level] }, 'level = 1'],
    ['both', { And: [there('$.a'), there('$.state.level'), level] }, 'has a, level = 1'],
    ['a pattern', { Variable: '$.state.digits', StringMatches: '*.*' }, 'digits like *.*'],
    ['a type', { Variable: '$.answer.statusCode', IsNumeric: true }, 'statusCode is a number'],
  ])('by %s is in words', (_what, rule, words) => {
    expect(workflowDiagram(chosen({ ...rule, Next: 'Here' }))).toContain(
      `Choose -->|"${words}"| Here`,
    );
  });

  test('of the same state by two rules is one arrow', () => {
    const other = { Variable: '$.kind', StringEquals: 'tick', Next: 'Here' };
    expect(workflowDiagram(chosen({ ...level, Next: 'Here' }, other))).toContain(
      'Choose -->|"level = 1<br/>or kind = tick"| Here',
    );
  });

  test('by an operator that has no words is refused', () => {
    const rule = { Variable: '$.a', TimestampEquals: 'b', Next: 'Here' };
    expect(() => workflowDiagram(chosen(rule))).toThrow('TimestampEquals');
  });
});

describe('the block in the docs', () => {
  const text = 'Before\n<!-- workflow:begin -->\nold\n<!-- workflow:end -->\nAfter\n';

  test('is replaced, and nothing beside it', () => {
    const replaced = replaceBlock(text, 'workflow', 'new');
    expect(readBlock(replaced, 'workflow')).toBe('new');
    expect(replaced.startsWith('Before\n<!-- workflow:begin -->\n')).toBe(true);
    expect(replaced.endsWith('\n<!-- workflow:end -->\nAfter\n')).toBe(true);
    expect(replaceBlock(replaced, 'workflow', 'new')).toBe(replaced);
  });

  test.each([
    ['no markers', 'text'],
    ['no end', 'a <!-- workflow:begin --> b'],
    ['the end first', '<!-- workflow:end --> <!-- workflow:begin -->'],
    ['two of them', text + text],
  ])('is refused where there are %s', (_what, wrong) => {
    expect(() => replaceBlock(wrong, 'workflow', 'new')).toThrow('once each');
  });
});
