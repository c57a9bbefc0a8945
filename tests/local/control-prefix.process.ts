/** The product's own paths behind a prefix that services.json names: server, page, contract, CLI and load follow it. */
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import services from '../../services.json' with { type: 'json' };
import { clientOf, json } from '../flow/given.ts';
import { endOf, givenFolder, startProcess } from './process.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const PREFIX = '/the-ops';
const NODE = process.execPath;

/** What `npm start`, the CLI and the load commands are made of. */
const PARTS = ['docs/openapi.yaml', 'functions', 'lib', 'load', 'services', 'statemachines'];

/** A project whose services have paths that are the product's without a prefix. */
const givenProject = async () => {
  const folder = await givenFolder();
  for (const part of [...PARTS, 'package.json']) {
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const { default: own } = services;
  const theirs = { routes: ['ANY /health', 'GET /page', 'GET /'], module: 'demo' };
  writeFileSync(
    join(folder, 'services.json'),
    JSON.stringify({ controlPrefix: PREFIX, default: own, theirs }),
  );
  return folder;
};

test('is where the laptop, the page, the contract, the CLI and the load commands look', async () => {
  const folder = await givenProject();
  const env = { SERVICES: '', DATA_DIR: join(folder, 'data') };
  const server = await startProcess(env, [NODE, join(folder, 'lib/local/main.ts')]);
  const { send, post } = clientOf(server.url);
  expect(server.output()).toContain(`curl ${server.url}${PREFIX}/circuit-breaker`);

  // What was ours is theirs, and what nobody has is nobody's.
  for (const path of ['/health', '/page', '/']) {
    expect((await send('GET', path)).body).toMatchObject({ msg: 'Full Capacity' });
  }
  expect((await send('GET', '/circuit-breaker')).status).toBe(404);
  expect((await send('GET', '/metrics')).status).toBe(404);

  const { body: contract } = await send('GET', `${PREFIX}/openapi.json`);
  const paths = Object.keys(contract['paths'] as object);
  const ours = paths.filter((path) => path.startsWith(PREFIX) && !path.includes('/bypass'));
  expect(ours.toSorted()).toEqual(
    [
      '/circuit-breaker',
      '/circuit-breaker/override',
      '/circuit-breaker/policy',
      '/circuit-breaker/reset',
      '/health',
      '/health/liveness',
      '/health/readiness',
      '/metrics',
      '/openapi.json',
    ].map((path) => `${PREFIX}${path}`),
  );
  const readable = ours.filter((path) => !/override|policy|reset/.test(path));
  for (const path of readable)
    expect([path, (await send('GET', path)).status]).toEqual([path, 200]);

  // The control plane, the way past the level, and what a page of another origin may read.
  const pin = await send(
    'PUT',
    `${PREFIX}/circuit-breaker/override`,
    json({ level: 2, reason: 'x' }),
  );
  expect(pin.body).toMatchObject({ currentLevel: 2 });
  expect((await post({ error: false })).body).toMatchObject({ level: 2 });
  const past = await send('POST', `${PREFIX}/circuit-breaker/bypass/service-api`, json({}));
  expect(past.body).toMatchObject({ level: 1 });
  const status = await send('GET', `${PREFIX}/circuit-breaker`, {
    headers: { Origin: 'https://elsewhere.example' },
  });
  expect(status.headers.get('Access-Control-Allow-Origin')).toBe('*');

  // The page finds its files beside itself, and its script what it asks for.
  const page = await fetch(`${server.url}${PREFIX}/page`);
  const links = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, to]) => to);
  expect(links).toEqual([`${PREFIX}/page/page.css`, `${PREFIX}/page/page.js`]);
  for (const link of [...links, `${PREFIX}/page/about`]) {
    expect((await fetch(`${server.url}${link}`)).status).toBe(200);
  }
  const greeting = await fetch(`${server.url}${PREFIX}`);
  expect(await greeting.text()).toContain(`GET ${PREFIX}/circuit-breaker`);

  const at = ['--endpoint', server.url];
  const ctl = await endOf(env, [NODE, join(folder, 'lib/local/ctl/main.ts'), 'status', ...at]);
  expect(ctl.stdout).toContain('PINNED until released: x');
  const look = `import { readStatus } from ${JSON.stringify(join(folder, 'load/status.ts'))};
    console.log(await readStatus(${JSON.stringify(server.url)}));`;
  const load = await endOf(env, [NODE, '--input-type=module', '-e', look]);
  expect(load.stdout).toContain('currentLevel: 2');
}, 60_000);
