/** The live page of a deployed stage in Chromium: its function behind a small gateway, the status polled. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, onTestFinished, test } from 'vitest';
import asl from '../../statemachines/service-resiliency.asl.json' with { type: 'json' };
import { createHandler } from '../../functions/live-page.ts';
import { writeStaticPage } from '../../lib/local/page/static-page.ts';
import { pageRuntimeFromEnv } from '../../lib/runtime/page-runtime.ts';
import { givenService } from '../flow/given.ts';
import { givenListening } from '../listen.ts';
import { expectClean, keep, openPage, sees, seesLevel, useChromium } from './given.ts';

useChromium();

/** As the gateway has it: everything below the name of the stage. */
const STAGE = '/dev';
const POLL_MS = 400;

interface Gateway {
  readonly url: string;
  /** What was asked, with the method. */
  readonly asked: string[];
  /** What the status answers in place of what it says. */
  refuse: number | null;
}

/** The page's function, and the status of a running service, on one host. */
async function givenGateway(statusUrl: string): Promise<Gateway> {
  const folder = mkdtempSync(join(tmpdir(), 'page-'));
  await writeStaticPage(folder, asl, POLL_MS);
  const handler = createHandler(pageRuntimeFromEnv(folder));
  const gateway = { url: '', asked: [] as string[], refuse: null as number | null };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname } = new URL(request.url ?? '/', 'http://gateway');
    const resource = pathname.slice(STAGE.length);
    gateway.asked.push(`${request.method} ${pathname}`);
    if (!pathname.startsWith(`${STAGE}/`)) {
      response.writeHead(403).end();
    } else if (resource === '/circuit-breaker') {
      const status = await fetch(`${statusUrl}/circuit-breaker`);
      response.writeHead(gateway.refuse ?? status.status, { 'Content-Type': 'application/json' });
      response.end(await status.text());
    } else if (resource.startsWith('/circuit-breaker/page')) {
      const [, , , file] = resource.split('/');
      const { statusCode, headers, body } = await handler({
        httpMethod: 'GET',
        pathParameters: file === undefined ? null : { file },
      });
      response.writeHead(statusCode, headers).end(body);
    } else {
      response.writeHead(404).end();
    }
  };
  const server = createServer((request, response) => void answer(request, response));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  gateway.url = `${(await givenListening(server)).url}${STAGE}`;
  return gateway;
}

test('shows what the status says, at a constant rate, and changes nothing', async () => {
  const service = await givenService();
  const gateway = await givenGateway(service.url);
  const watched = await openPage(`${gateway.url}/circuit-breaker/page`);
  const { page } = watched;
  await seesLevel(page, 1);
  await sees(page, '#place', 'stage dev on AWS');
  await service.postTimes(10, true);
  await seesLevel(page, 3);
  await sees(page, '#changes tr:first-child', /2 → 3/);
  await sees(page, '#ways', /0 of 10 good probes in a row/);
  await sees(page, '#feed', 'read every 0.4 s');
  await sees(page, '#scopes', /default: 3.*account: 1/);
  for (const id of ['#operate', '#try', '#policy-tools', '#legend']) {
    expect(await page.locator(id).isVisible()).toBe(false);
  }
  expect(await page.locator('#fields input, #fields select').count()).toBe(0);
  await sees(page, '#fields', 'errorsToDegrade');
  await sees(page, '#elsewhere', /CloudWatch dashboard.*npm run ctl/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  expect(gateway.asked.filter((line) => !line.startsWith(`GET ${STAGE}/`))).toEqual([]);
  await keep(page, 'polled-page');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await keep(page, 'polled-page-phone');
  expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(
    true,
  );
  expectClean(watched);
});

test('says when the status cannot be read, and comes back', async () => {
  const gateway = await givenGateway((await givenService()).url);
  const { page } = await openPage(`${gateway.url}/circuit-breaker/page`);
  await seesLevel(page, 1);
  gateway.refuse = 403;
  await sees(page, '#feed', /cannot be read \(it answers 403\): what you see is older than \d+ s/);
  gateway.refuse = null;
  await sees(page, '#feed', 'read every 0.4 s');
});
