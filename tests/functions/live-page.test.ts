/** The live page as a function serves it: its files, their headers, and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import asl from '../../statemachines/service-resiliency.asl.json' with { type: 'json' };
import { createHandler } from '../../functions/live-page.ts';
import { writeStaticPage } from '../../lib/local/page/static-page.ts';
import { POLICY_NAMES } from '../../lib/runtime/policy-schema.ts';
import { pageRuntimeFromEnv } from '../../lib/runtime/page-runtime.ts';

const ask = (file?: string) =>
  handler({ httpMethod: 'GET', ...(file !== undefined && { pathParameters: { file } }) });
const folder = mkdtempSync(join(tmpdir(), 'page-'));
let handler: ReturnType<typeof createHandler>;

beforeAll(async () => {
  await writeStaticPage(folder, asl);
  vi.stubEnv('STAGE', 'prod');
  vi.stubEnv('DASHBOARD_URL', 'https://console.example/dashboards');
  handler = createHandler(pageRuntimeFromEnv(folder));
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  [undefined, 'text/html', '<!doctype html>'],
  ['page.css', 'text/css', ''],
  ['page.js', 'text/javascript', ''],
  ['about', 'application/json', '{"place":"aws"'],
])('%s is %s under a policy without exceptions', async (file, type, begins) => {
  const { statusCode, headers, body } = await ask(file);
  expect(statusCode).toBe(200);
  expect(headers['Content-Type']).toBe(`${type}; charset=utf-8`);
  expect(headers['Content-Security-Policy']).toMatch(/^default-src 'none'; script-src 'self';/);
  expect(headers['Content-Security-Policy']).not.toMatch(/unsafe|https?:|\*/);
  expect(headers['X-Content-Type-Options']).toBe('nosniff');
  expect(body.startsWith(begins)).toBe(true);
});

test('all of it is at most 150 KB, with no address of another host and none that forgets the stage', async () => {
  const files = [undefined, 'page.css', 'page.js', 'about'];
  const bodies = await Promise.all(files.map(async (file) => (await ask(file)).body));
  expect(bodies.join('').length).toBeLessThanOrEqual(150_000);
  const [html = '', , js = ''] = bodies;
  expect(html.match(/(?:src|href)="[^"#]*"/g)).toEqual([
    'href="data:,"',
    'href="./page/page.css"',
    'src="./page/page.js"',
  ]);
  // It finds what it asks for beside itself.
  expect(js).toContain('import.meta.url');
});

test('it says which stage it is, where the status is, and offers nothing that changes anything', async () => {
  const { body } = await ask('about');
  const about = JSON.parse(body) as Record<string, unknown>;
  expect(about).toMatchObject({
    place: 'aws',
    stage: 'prod',
    dashboard: 'https://console.example/dashboards',
    poll: { url: '../circuit-breaker', health: '../health', everyMs: 5_000 },
    nowMs: expect.any(Number) as number,
    requests: {},
  });
  expect(Object.keys(about['reasons'] as object)).toEqual(POLICY_NAMES);
});

test.each(['../secrets', 'page.html', 'about.json', ''])('%s is no file of it', async (file) => {
  const answer = await ask(file);
  expect(answer).toMatchObject({ statusCode: 404 });
  expect(JSON.parse(answer.body)).toEqual({
    status: 404,
    message: 'there is no such file of the page',
  });
});
