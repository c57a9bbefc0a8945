/** A maintenance answer of one's own: what is taken, what it becomes, and what a client sees of it. */
import { expect, test } from 'vitest';
import { ConfigError } from '../../lib/runtime/settings.ts';
import {
  readerBelow,
  readMaintenanceAnswers,
  tryMaintenanceAnswers,
} from '../../lib/runtime/maintenance-answers.ts';
import { maintenanceFaceOf } from '../../lib/services/maintenance-answer.ts';
import { MAINTENANCE_MESSAGE } from '../../lib/services/maintenance.ts';
import { createServices } from '../../lib/services/registry.ts';
import { memoryLastGood } from '../../lib/services/last-good-memory.ts';
import { MAX_BODY_BYTES } from '../../lib/services/service.ts';
import { rememberingTelemetry } from '../functions/events.ts';
import { givenFront } from '../local/given.ts';
import { givenScopes } from '../runtime/given-scopes.ts';
import { BANK_MS, STEADY } from './banks.ts';
import { serviceRequest } from './requests.ts';

const HTML = 'text/html; charset=utf-8';
const PAGE = { status: 503, contentType: HTML, file: 'lib/pages/soon.html' };
const CONTEXT = { scope: 'default', executionId: 'x-1' };

const fileOf = (files: Readonly<Record<string, string>>) => async (file: string) => {
  const text = files[file];
  if (text === undefined) throw new Error(`ENOENT ${file}`);
  return text;
};

test('services.json has none: the demo and the bank keep their sentence', () => {
  expect(readMaintenanceAnswers()).toEqual({});
});

test('the defaults are a 503 of plain text', () => {
  const scopes = { default: { maintenance: { text: 'soon' } }, account: { policy: 'bank' } };
  const answer = { status: 503, contentType: 'text/plain; charset=utf-8', text: 'soon' };
  expect(readMaintenanceAnswers('dev', scopes)).toEqual({ default: answer });
  expect(givenScopes(scopes)['default']).toMatchObject({ maintenance: answer });
});

test('a stage may have another', () => {
  const stages = { prod: { maintenance: { text: 'in prod' } } };
  const file = { $schema: 'x', default: { maintenance: { text: 'soon' }, stages } };
  expect(readMaintenanceAnswers('dev', file)['default']?.text).toBe('soon');
  expect(readMaintenanceAnswers('prod', file)['default']?.text).toBe('in prod');
});

test.each([
  [{}, /maintenance must have either text or file/],
  [{ text: 'a', file: 'b' }, /maintenance must have either text or file/],
  [{ text: '' }, /maintenance\.text must not be empty/],
  [{ text: 'x'.repeat(16_385) }, /maintenance\.text must have at most 16384/],
  [{ text: 'a', status: 200 }, /maintenance\.status must be an integer from 400 to 599/],
  [{ text: 'a', status: 600 }, /maintenance\.status must be/],
  [{ text: 'a', status: 503.5 }, /maintenance\.status must be/],
  [{ text: 'a', status: '503' }, /maintenance\.status must be/],
  [{ text: 'a', contentType: 'html' }, /maintenance\.contentType must be as text\/html/],
  [{ text: 'a', contentType: 'text/html\r\nX: y' }, /maintenance\.contentType must be/],
  [{ file: '../secret' }, /maintenance\.file must be a path below the project/],
  [{ file: '/etc/passwd' }, /maintenance\.file must be a path/],
  [{ file: 'lib/../../x' }, /maintenance\.file must be a path/],
])('%j is refused, wherever it is read', (maintenance, words) => {
  const scopes = { default: { maintenance } };
  for (const read of [() => givenScopes(scopes), () => readMaintenanceAnswers('dev', scopes)]) {
    expect(read).toThrow(words);
    expect(read).toThrow(ConfigError);
  }
});

test('an unknown field is refused with the nearest known', () => {
  const scopes = { default: { maintenance: { txt: 'soon' } } };
  expect(() => givenScopes(scopes)).toThrow(/did you mean text/);
});

test('a file is read when it is first needed, once, and again after it could not be read', async () => {
  let reads = 0;
  const face = maintenanceFaceOf(PAGE, async () => {
    reads += 1;
    if (reads === 1) throw new Error('EMFILE');
    return '<h1>Soon</h1>';
  });
  expect(reads).toBe(0);
  const request = serviceRequest({});
  await expect(face(request, CONTEXT)).rejects.toThrow('EMFILE');
  const headers = { 'Content-Type': HTML };
  const answer = { outcome: 'none', statusCode: 503, headers, bodyText: '<h1>Soon</h1>' };
  expect(await face(request, CONTEXT)).toEqual(answer);
  expect(await face(request, CONTEXT)).toEqual(answer);
  expect(reads).toBe(2);
});

test('an answer that cannot be given is found before the level falls', async () => {
  const answers = { default: PAGE };
  const tried = (text: string) =>
    tryMaintenanceAnswers(answers, fileOf({ 'lib/pages/soon.html': text }));
  expect(await tried('<h1>Soon</h1>')).toEqual(['lib/pages/soon.html']);
  await expect(tried('x'.repeat(MAX_BODY_BYTES))).rejects.toThrow(
    /^services\.json: default\.maintenance: lib\/pages\/soon\.html: .*of at most/,
  );
  await expect(tryMaintenanceAnswers(answers, readerBelow())).rejects.toThrow(
    /^services\.json: default\.maintenance: lib\/pages\/soon\.html: cannot be read$/,
  );
});

test('a scope that has one gets it, the others keep that of their service', async () => {
  const serves = { default: { module: 'demo' }, account: { module: 'bank' } };
  const lastGood = memoryLastGood({ nowMs: () => BANK_MS });
  const services = await createServices(serves, {
    faultSwitch: true,
    lastGood: async () => lastGood,
    carriesBinary: false,
    readCredential: () => Promise.reject(new Error('not needed')),
    bank: STEADY,
    accounts: () => Promise.reject(new Error('not needed')),
    clock: { nowMs: () => BANK_MS },
    chance: { random: () => 0.5, pause: async () => {} },
    telemetry: rememberingTelemetry().telemetry,
    maintenance: readMaintenanceAnswers('dev', { account: { maintenance: { text: 'soon' } } }),
    readText: readerBelow(),
  });
  const request = serviceRequest({});
  expect(await services['account']?.maintenance(request, CONTEXT)).toMatchObject({
    statusCode: 503,
    bodyText: 'soon',
  });
  expect(await services['default']?.maintenance(request, CONTEXT)).toMatchObject({
    body: { message: MAINTENANCE_MESSAGE },
  });
});

test('a client gets its text, type and status, and when to come back', async () => {
  const maintenance = maintenanceFaceOf(PAGE, fileOf({ [PAGE.file]: '<h1>Até já</h1>' }));
  const { url } = await givenFront({ level: 3, service: { maintenance } });
  const headers = { 'Content-Type': 'application/json' };
  const reply = await fetch(`${url}/service-api`, { method: 'POST', headers, body: '{}' });
  expect(reply.status).toBe(503);
  expect(reply.headers.get('Content-Type')).toBe(HTML);
  expect(reply.headers.get('X-Service-Level')).toBe('3');
  expect(reply.headers.get('Retry-After')).toBe('60');
  expect(await reply.text()).toBe('<h1>Até já</h1>');
});
