/** The policy in force, field by field: what it is, where it comes from, and another one tried before it holds. */
import type { Account } from '../../../simulation/account.ts';
import type { PolicyField } from '../../../runtime/policy-schema.ts';
import type { PreviewResult } from '../about.ts';
import { ask } from './ask.ts';
import { call, messageOf } from './calls.ts';
import { button, byId, h, say } from './dom.ts';
import type { Model } from './model.ts';
import { own } from './places.ts';

type Policy = Readonly<Record<string, unknown>>;

let shown = '';
/** What was typed and is not applied, by field; null gives a field back to what is deployed. */
const edits = new Map<string, unknown>();

/** Shows it, where it is another than before; what was typed stays until it is applied or dropped. */
export function showPolicy(model: Model): void {
  const { status, scope } = model;
  const key = JSON.stringify([scope, status?.policy, status?.policySource]);
  if (key === shown) return;
  if (JSON.parse(shown || '[]')[0] !== scope) edits.clear();
  shown = key;
  byId('policy').hidden = status === null;
  if (status === null) return;
  const { policy, preset, policySource } = status;
  const changed = Object.values(policySource).filter((source) => source === 'row').length;
  const more = changed === 0 ? '' : `, ${changed} of its fields changed on the row`;
  const isFixed = model.about.poll !== undefined;
  const how = isFixed ? '' : ' A change holds at once, for this scope alone.';
  say(byId('policy-about'), `${preset}${more}.${how}`);
  byId('policy-tools').hidden = isFixed;
  byId('policy-tools').replaceChildren(
    button('Try the change', () => void tryOut(model)),
    button('Apply the change …', () => void apply(model), { class: 'main' }),
    button('Drop what was typed', () => redraw(model)),
    button('Back to the deployed policy …', () => void back(model)),
  );
  byId('fields').replaceChildren(
    ...Object.entries(model.about.fields).map(([name, field]) => {
      const value = (policy as unknown as Policy)[name];
      const source = policySource[name as keyof typeof policySource];
      const reason = model.about.reasons[name as keyof typeof model.about.reasons];
      const input = isFixed ? textOf(value) : inputOf(name, field, value);
      return h(
        'tr',
        {},
        h('th', { scope: 'row' }, h('code', {}, name)),
        h('td', {}, input),
        h('td', { class: 'number' }, source),
        h('td', {}, `${reason.replaceAll(/[`*]/g, '')} ${rangeOf(field)}`),
      );
    }),
  );
}

function redraw(model: Model): void {
  edits.clear();
  shown = '';
  say(byId('policy-said'), '');
  byId('previewed').replaceChildren();
  showPolicy(model);
}

function rangeOf(field: PolicyField): string {
  if (field.kind === 'words') return '';
  const off = field.orOff === true ? '0 is off; ' : '';
  return `(${off}${field.min} to ${field.max} ${field.unit})`;
}

const textOf = (value: unknown) => (Array.isArray(value) ? value.join(', ') : String(value));

function inputOf(name: string, field: PolicyField, value: unknown): HTMLElement {
  const text = textOf(value);
  const input =
    field.kind === 'words'
      ? h(
          'select',
          { 'aria-label': name },
          ...field.words.map((word) => h('option', { value: word }, word)),
        )
      : h('input', {
          'aria-label': name,
          value: text,
          inputmode: field.kind === 'list' ? 'text' : 'decimal',
        });
  input.value = text;
  input.addEventListener('input', () => {
    input.classList.toggle('changed', input.value !== text);
    if (input.value === text) edits.delete(name);
    else edits.set(name, valueOf(field, input.value));
  });
  return input;
}

const number = (word: string) => (/^-?\d+(\.\d+)?$/.test(word.trim()) ? Number(word) : word);

/** As JSON has it; what is no value of its field the server refuses in its words. */
function valueOf({ kind }: PolicyField, text: string): unknown {
  if (kind === 'words') return text;
  if (kind === 'number') return number(text);
  return text.trim() === '' ? [] : text.split(',').map(number);
}

const FIGURES: readonly (readonly [string, (account: Account) => string])[] = [
  ['errors and maintenance', (a) => percent(a.errors + a.maintenance, a.requests)],
  ['degraded needlessly', (a) => percent(a.needless, a.requests)],
  ['degrades after', ({ degradesAfterMs: ms }) => time(ms)],
  ['back after the end', ({ backAfterMs: ms }) => time(ms)],
  ['level changes', ({ changes }) => String(changes)],
  ['writes', ({ writes }) => String(writes)],
];

const percent = (value: number, of: number) => `${((100 * value) / Math.max(1, of)).toFixed(2)} %`;
const time = (ms: number | null) => (ms === null ? '–' : `${(ms / 1_000).toFixed(1)} s`);

async function tryOut({ scope }: Model): Promise<void> {
  const said = byId('policy-said');
  if (edits.size === 0) {
    say(said, 'nothing was changed: type another value first');
    return;
  }
  say(said, 'playing both policies …');
  const answered = await call('POST', own('/page/preview'), {
    scope,
    patch: Object.fromEntries(edits),
  });
  if (answered.status !== 200) {
    say(said, messageOf(answered), true);
    return;
  }
  const { results } = answered.body as { readonly results: readonly PreviewResult[] };
  say(said, `simulated at 10 requests a second, before → after`);
  byId('previewed').replaceChildren(tableOf(results));
}

function tableOf(results: readonly PreviewResult[]): HTMLElement {
  const head = ['', ...results.map(({ title }) => title)];
  return h(
    'table',
    {},
    h('thead', {}, h('tr', {}, ...head.map((text) => h('th', { scope: 'col' }, text)))),
    h(
      'tbody',
      {},
      ...FIGURES.map(([name, show]) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, name),
          ...results.map(({ before, after }) => {
            const [was, is] = [show(before), show(after)];
            return h(
              'td',
              { class: was === is ? 'number' : 'number changed' },
              was === is ? was : `${was} → ${is}`,
            );
          }),
        ),
      ),
    ),
  );
}

async function apply(model: Model): Promise<void> {
  if (edits.size === 0) {
    say(byId('policy-said'), 'nothing was changed: type another value first');
    return;
  }
  const changes = [...edits]
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}`)
    .join(', ');
  const text = `${changes}. It holds at once, and begins a new epoch.`;
  if (
    (await ask({ title: `Change the policy of ${model.scope}`, text, act: 'Change it' })) === null
  )
    return;
  await change(model, 'PATCH', Object.fromEntries(edits));
}

async function back(model: Model): Promise<void> {
  const text = 'What was changed on the row is dropped.';
  const title = `Back to the deployed policy of ${model.scope}`;
  if ((await ask({ title, text, act: 'Drop the changes' })) !== null)
    await change(model, 'PUT', {});
}

async function change(model: Model, method: string, body: unknown): Promise<void> {
  const path = own(`/circuit-breaker/policy?scope=${encodeURIComponent(model.scope)}`);
  const answered = await call(method, path, body);
  if (answered.status === 200) redraw(model);
  say(
    byId('policy-said'),
    answered.status === 200 ? 'done: the policy holds' : messageOf(answered),
    answered.status !== 200,
  );
}
