/** The scopes at a glance, the ladder with its level lit, and the way to the next step. */
import { byId, h } from './dom.ts';
import type { Model } from './model.ts';
import { LEVELS, waysOf } from './words.ts';

const MEANINGS = {
  1: 'every request gets the full answer',
  2: 'the degraded face answers with less',
  3: 'a message in place of an answer, and probes',
} as const;

let shown = '';

/** Shows them, where anything has changed. */
export function showLadder(model: Model, onScope: (scope: string) => void): void {
  const ways = model.status === null ? [] : waysOf(model.status, model.nowMs);
  const levels = model.scopes.map((scope) => levelOf(model, scope));
  const key = JSON.stringify([model.scope, levels, ways, model.status?.currentLevel]);
  if (key === shown) return;
  shown = key;
  showScopes(model, onScope);
  const level = model.status?.currentLevel;
  byId('rungs').replaceChildren(
    ...([1, 2, 3] as const).map((rung) =>
      h(
        'li',
        { class: LEVELS[rung], 'aria-current': rung === level ? 'step' : undefined },
        `${rung} ${LEVELS[rung]}: ${MEANINGS[rung]}`,
      ),
    ),
  );
  byId('ways').replaceChildren(
    ...ways.flatMap(({ kind, text, share }) => [
      h('p', { class: kind }, text),
      ...(share === undefined
        ? []
        : [h('progress', { max: 1, value: share.toFixed(3), 'aria-label': text })]),
    ]),
    ...(model.status === null ? [h('p', { class: 'problem' }, problemOf(model))] : []),
  );
  document.title = `Level ${level ?? '?'}: ${model.scope}`;
}

function showScopes(model: Model, onScope: (scope: string) => void): void {
  const nav = byId('scopes');
  const focused = document.activeElement?.getAttribute('data-scope');
  nav.replaceChildren(
    ...model.scopes.map((scope) => {
      const level = levelOf(model, scope);
      const element = h(
        'button',
        {
          type: 'button',
          class: `dot k-${level === null ? 'other' : LEVELS[level]}`,
          'data-scope': scope,
          'aria-pressed': String(scope === model.scope),
        },
        `${scope}: ${level ?? '?'}`,
      );
      element.addEventListener('click', () => onScope(scope));
      return element;
    }),
  );
  // What had the focus was made anew.
  for (const element of nav.children) {
    if (element.getAttribute('data-scope') === focused) (element as HTMLElement).focus();
  }
}

function levelOf(model: Model, scope: string): 1 | 2 | 3 | null {
  const status = model.statuses[scope];
  return status !== undefined && 'currentLevel' in status ? status.currentLevel : null;
}

function problemOf(model: Model): string {
  const status = model.statuses[model.scope];
  if (status === undefined) return 'The level is not known yet.';
  const problem = 'problem' in status ? status.problem : 'it cannot be read';
  return `The level row is malformed: ${problem}. Reset the scope to heal it.`;
}
