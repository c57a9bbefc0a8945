/** The report of a trial, for people. */
import type { Report } from './trial.ts';

const cell = (text: string) =>
  text
    .replaceAll('|', String.raw`\|`)
    .replaceAll(/\s+/g, ' ')
    .slice(0, 300);

/** Markdown. */
export function markdownOf({ wanted, caller, startedAt, mostDollars, outcomes }: Report): string {
  const { stage, region, endpoint } = wanted;
  const count = (result: string) => outcomes.filter((each) => each.result === result).length;
  return [
    `# Stage ${stage} in ${region}, ${startedAt}`,
    '',
    `Account ${caller.account}${endpoint === undefined ? '' : ` at ${endpoint}`}, as ${caller.arn}. At most $${mostDollars.toFixed(2)}.`,
    `${count('passed')} passed, ${count('failed')} failed, ${count('not on the emulator')} not on the emulator, ${count('not reached')} not reached.`,
    '',
    '| what | result | seen | s |',
    '|---|---|---|---:|',
    ...outcomes.map(
      ({ name, result, said, seconds }) => `| ${name} | ${result} | ${cell(said)} | ${seconds} |`,
    ),
    '',
  ].join('\n');
}

/** Whether it went as it should. */
export function isGood({ outcomes }: Report): boolean {
  return outcomes.every(({ result }) => result === 'passed' || result === 'not on the emulator');
}
