/** The changes of level: when, from where to where, and why. */
import { byId, h } from './dom.ts';
import type { Change, Model } from './model.ts';
import { whenOf } from './words.ts';

const REASONS: Readonly<Record<string, string>> = {
  errors: 'as many errors as the policy bears',
  'error-rate': 'the rate of errors reached its threshold',
  'error-deviation': 'far more errors than are ordinary here',
  'consecutive-errors': 'errors in a row',
  successes: 'good answers in a row',
  ramp: 'every step of the ramp went well',
  probes: 'good probes in a row',
  pin: 'pinned by an operator',
  release: 'released by an operator',
  'override-expired': 'the pin ran out',
  policy: 'another policy',
  reset: 'reset by an operator',
  'alarm-error-rate': 'an alarm: too many errors',
  'alarm-recovery': 'an alarm: all is well',
};

let shown = '';

/** Shows them, where there are others than before. */
export function showHistory(model: Model): void {
  const { changes } = model;
  const key = `${model.scope} ${changes.length} ${changes[0]?.epoch ?? ''} ${changes[0]?.at ?? ''}`;
  if (key === shown) return;
  shown = key;
  const none = h('tr', {}, h('td', { colspan: 4 }, 'no change yet'));
  byId('changes').replaceChildren(
    ...(changes.length === 0 ? [none] : changes.map((change) => rowOf(change, model.nowMs))),
  );
}

function rowOf({ at, from, to, reason, note, epoch, by }: Change, nowMs: number): HTMLElement {
  const time = h('time', { datetime: at }, whenOf(at, nowMs));
  const change = from === to ? `stays ${to}` : `${from} → ${to} ${to > from ? '▼' : '▲'}`;
  const known = Object.hasOwn(REASONS, reason) ? ` (${reason})` : '';
  const said = `${note === undefined ? '' : `: ${note}`}${by === undefined ? '' : `, by ${by}`}`;
  return h(
    'tr',
    {},
    h('td', { class: 'number' }, time),
    h('td', { class: 'number' }, change),
    h('td', {}, `${REASONS[reason] ?? reason}${known}${said}`),
    h('td', { class: 'number' }, String(epoch)),
  );
}
