/** The table of a deployment's parameters: defaults from serverless.yml, the rest from the code. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describeParameter, PARAMETER_NAMES } from '../../lib/runtime/parameters.ts';

export const RUNBOOK_FILE = new URL('../../docs/RUNBOOK.md', import.meta.url);

const SERVERLESS_FILE = new URL('../../serverless.yml', import.meta.url);

/** The parameters of a stage, by name. */
export type Defaults = Readonly<Record<string, string | number | boolean>>;

/** What serverless.yml gives where a command line does not. */
export function parameterDefaults(): { readonly default: Defaults; readonly prod: Defaults } {
  const { params } = parse(readFileSync(SERVERLESS_FILE, 'utf8'), { logLevel: 'error' }) as {
    readonly params: { readonly default: Defaults; readonly prod: Defaults };
  };
  return params;
}

/** What stands between the markers. */
export function parametersBlock(): string {
  const { default: dev, prod } = parameterDefaults();
  const rows = PARAMETER_NAMES.map((name) => {
    const { words, form, setting } = describeParameter(name);
    const given = [dev[name], prod[name]].map((value) => (value === undefined ? '' : shown(value)));
    const laptop = setting === null ? '' : `\`${setting}\``;
    return `| \`${name}\` | ${given.join(' | ')} | ${form ?? 'a URL'} | ${words} | ${laptop} |`;
  });
  return [
    '| parameter | every stage | but prod | must be | what it is | on the laptop |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function shown(value: string | number | boolean): string {
  return value === '' ? 'none' : String(value);
}
