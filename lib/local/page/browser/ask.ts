/** Asks before something is changed: a dialog with the fields that it needs. */
import { button, byId, h } from './dom.ts';

/** A field of a dialog. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly options?: readonly string[];
  readonly required?: boolean;
  /** A number from this on; what is none is refused by the browser. */
  readonly min?: number;
}

/** What is asked. */
export interface Question {
  readonly title: string;
  readonly text: string;
  readonly fields?: readonly Field[];
  /** What the button says that does it. */
  readonly act: string;
}

/** Asks; null where the answer is no. */
export function ask({
  title,
  text,
  fields = [],
  act,
}: Question): Promise<Readonly<Record<string, string>> | null> {
  const dialog = byId('ask') as HTMLDialogElement;
  const { promise, resolve } = Promise.withResolvers<Readonly<Record<string, string>> | null>();
  const inputs = fields.map(inputOf);
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'ask-title' }, title),
    h('p', {}, text),
    ...inputs.map(({ label, input }) => h('label', {}, label, input)),
    h(
      'div',
      { class: 'buttons' },
      h('button', { type: 'submit', class: 'main' }, act),
      button('Cancel', () => dialog.close('')),
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    dialog.close('yes');
  });
  dialog.replaceChildren(form);
  dialog.returnValue = '';
  dialog.addEventListener(
    'close',
    () => {
      const values = inputs.map(({ name, input }) => [name, input.value] as const);
      resolve(dialog.returnValue === 'yes' ? Object.fromEntries(values) : null);
    },
    { once: true },
  );
  dialog.showModal();
  return promise;
}

function inputOf({ name, label, value = '', options, required = false, min }: Field) {
  if (options === undefined) {
    const kind = min === undefined ? { maxlength: 120 } : { type: 'number', min, step: 'any' };
    return { name, label, input: h('input', { name, value, required, ...kind }) };
  }
  const input = h(
    'select',
    { name },
    ...options.map((option) => h('option', { value: option }, option)),
  );
  input.value = value;
  return { name, label, input };
}
