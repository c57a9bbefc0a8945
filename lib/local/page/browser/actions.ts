/** What a person does from the page: sends requests to the demo, and changes the level by hand. */
import type { DemoRequest } from '../about.ts';
import { ask } from './ask.ts';
import { call, messageOf } from './calls.ts';
import { button, byId, say } from './dom.ts';
import type { Model } from './model.ts';
import { own } from './places.ts';

/** How far apart the requests of a stream are, in milliseconds. */
const STREAM_EVERY_MS = 200;
const BYPASS = own('/circuit-breaker/bypass');

/** Puts the buttons there; each acts on the scope that is looked at when it is pressed. */
export function showActions(model: Model): void {
  showSenders(model);
  const path = (rest: string) =>
    own(`/circuit-breaker${rest}?scope=${encodeURIComponent(model.scope)}`);
  byId('operator').replaceChildren(
    button('Pin …', () => void pin(model, path('/override'))),
    button('Release', () => void release(model, path('/override'))),
    button('Reset', () => void reset(model, path('/reset'))),
    button('Bypass', () => void bypass(model), {
      hidden: Object.keys(model.about.requests).length === 0,
    }),
  );
}

/** Shows what may be sent to the scope that is looked at. */
export function showSendersOf(model: Model): void {
  byId('try').hidden = model.about.requests[model.scope] === undefined;
}

function showSenders(model: Model): void {
  const times = (count: number, kind: 'good' | 'bad') =>
    button(`${count} ${kind}`, () => void send(model, kind, count));
  byId('senders').replaceChildren(
    times(1, 'good'),
    times(10, 'good'),
    stream(model, 'good'),
    times(1, 'bad'),
    times(10, 'bad'),
    stream(model, 'bad'),
  );
  showSendersOf(model);
}

async function send(model: Model, kind: 'good' | 'bad', count: number): Promise<void> {
  const request = model.about.requests[model.scope]?.[kind];
  if (request === undefined) return;
  const said: string[] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const answered = await call(request.method, request.path, request.body);
    said.push(
      answered.level === null
        ? messageOf(answered)
        : `${messageOf(answered)} (level ${answered.level})`,
    );
    say(byId('sent'), `${sent + 1} of ${count} ${kind}: ${said.at(-1)}`);
  }
}

/** Sends one after the other for as long as it is pressed. */
function stream(model: Model, kind: 'good' | 'bad'): HTMLButtonElement {
  let timer: ReturnType<typeof setInterval> | undefined;
  const element = button(
    `stream of ${kind}`,
    () => {
      if (timer === undefined)
        timer = setInterval(() => void send(model, kind, 1), STREAM_EVERY_MS);
      else {
        clearInterval(timer);
        timer = undefined;
      }
      element.setAttribute('aria-pressed', String(timer !== undefined));
    },
    { 'aria-pressed': 'false' },
  );
  return element;
}

async function pin(model: Model, path: string): Promise<void> {
  const { scope, status } = model;
  const answer = await ask({
    title: `Pin ${scope}`,
    text: 'The level then stays as it is set: nothing counts, nothing climbs, until it is released.',
    fields: [
      {
        name: 'level',
        label: 'Level',
        value: String(status?.currentLevel ?? 1),
        options: ['1', '2', '3'],
      },
      { name: 'reason', label: 'Why', required: true },
      { name: 'minutes', label: 'For so many minutes (empty: until it is released)', min: 1 },
    ],
    act: 'Pin it',
  });
  if (answer === null) return;
  const minutes = Number(answer['minutes']);
  // By the server's time: this machine's may be another.
  const until =
    minutes > 0 ? { until: new Date(model.nowMs + minutes * 60_000).toISOString() } : {};
  await operate('PUT', path, {
    level: Number(answer['level']),
    reason: answer['reason'],
    ...until,
  });
}

async function release({ scope }: Model, path: string): Promise<void> {
  const text = 'The level stays where it is, and moves by evidence again.';
  if ((await ask({ title: `Release ${scope}`, text, act: 'Release it' })) === null) return;
  await operate('DELETE', path);
}

async function reset({ scope }: Model, path: string): Promise<void> {
  const answer = await ask({
    title: `Reset ${scope}`,
    text: 'Back to level 1, whatever is known. If the cause is not gone, it falls again.',
    fields: [{ name: 'reason', label: 'Why' }],
    act: 'Reset it',
  });
  if (answer !== null) await operate('POST', path, { reason: answer['reason'] });
}

async function bypass({ about, scope }: Model): Promise<void> {
  const request: DemoRequest | undefined = about.requests[scope]?.good;
  if (request === undefined) return;
  const text =
    'One request goes to the full face, whatever the level. Its outcome counts for nothing.';
  if ((await ask({ title: `Bypass the level of ${scope}`, text, act: 'Send it' })) === null) return;
  await operate(request.method, `${BYPASS}${request.path}`, request.body);
}

async function operate(method: string, path: string, body?: unknown): Promise<void> {
  const answered = await call(method, path, body);
  const isWell = answered.status >= 200 && answered.status < 300;
  const level = (answered.body as { readonly currentLevel?: unknown } | null)?.currentLevel;
  say(
    byId('operated'),
    isWell && level !== undefined ? `done: level ${JSON.stringify(level)}` : messageOf(answered),
    !isWell,
  );
}
