/** Who reads what operators said and who they are: on a laptop itself, or who shows its key; over HTTP, in the feed, by the CLI. */
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../lib/runtime/config.ts';
import { localUser } from '../../lib/local/local-user.ts';
import { runCtl } from '../local/process.ts';
import { givenService, json, type RunningService } from './given.ts';

const WORDS = 'migration of the ledger';
const KEY = 'a-key-of-12-characters';

/** A service whose level was pinned by the user of this machine. */
const givenPinned = async (env: Readonly<Record<string, string>> = {}) => {
  const service = await givenService(env);
  const pin = { level: 2, reason: WORDS };
  const pinned = await service.send('PUT', '/circuit-breaker/override', json(pin));
  // Whoever changes it reads what has changed.
  expect(pinned.body).toMatchObject({ override: { reason: WORDS }, by: localUser() });
  return service;
};

const READ = ['/circuit-breaker', '/circuit-breaker?scope=default', '/health'] as const;

/** All that is said to a caller with these headers, as text. */
const saidTo = async (service: RunningService, headers: Readonly<Record<string, string>>) => {
  const answers = await Promise.all(READ.map((path) => service.send('GET', path, { headers })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  return JSON.stringify(answers.map(({ body }) => body));
};

/** The first status that the page is told. */
const fedTo = async ({ url }: RunningService, headers: Readonly<Record<string, string>>) => {
  const stop = new AbortController();
  const response = await fetch(`${url}/page/events`, { headers, signal: stop.signal });
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk);
    if (/event: status[^]*\n\n/.test(text)) break;
  }
  stop.abort();
  return text;
};

const FOREIGN = { Origin: 'https://evil.example' };

describe('without a key, what operators said', () => {
  test('is read on this machine', async () => {
    const service = await givenPinned();
    for (const said of [await saidTo(service, {}), await fedTo(service, {})]) {
      expect(said).toContain(WORDS);
      expect(said).toContain(localUser());
    }
  });

  test('is not read by a page of somebody else, who reads the level', async () => {
    const service = await givenPinned();
    for (const said of [await saidTo(service, FOREIGN), await fedTo(service, FOREIGN)]) {
      expect(said).not.toContain(WORDS);
      expect(said).not.toContain(localUser());
      expect(said).toContain('"currentLevel":2');
      expect(said).toContain('"redacted":true');
    }
  });
});

describe('with a key', () => {
  test('it is read by who shows it, and by nobody else', async () => {
    const service = await givenPinned({ API_KEY: KEY });
    for (const headers of [{}, FOREIGN, { 'X-Api-Key': 'another-key-of-25-characters' }]) {
      expect(await saidTo(service, headers)).not.toContain(WORDS);
    }
    expect(await fedTo(service, {})).not.toContain(WORDS);
    const shown = await saidTo(service, { 'X-Api-Key': KEY });
    expect(shown).toContain(WORDS);
    expect(shown).toContain(localUser());
  });

  test('the CLI says what it may not tell, and tells it with the key', async () => {
    const { url } = await givenPinned({ API_KEY: KEY });
    const status = ['status', '--endpoint', url, '--scope', 'default'];
    const { stdout: without } = await runCtl(status, { API_KEY: '' });
    expect(without).not.toContain(WORDS);
    expect(without).toMatch(/PINNED until released\n/);
    expect(without).toContain('set the API_KEY of that server');
    const { stdout: told } = await runCtl(status, { API_KEY: KEY });
    expect(told).toContain(`PINNED until released: ${WORDS}`);
    expect(told).not.toContain('API_KEY');
  });

  test('is long enough, or refused', () => {
    expect(() => readConfig({ API_KEY: 'short' }, {})).toThrow(/^API_KEY must be 8 to 128/);
  });
});
