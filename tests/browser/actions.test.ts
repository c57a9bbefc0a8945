/** What a person sends from the live page: a stream that runs until it is pressed again, and a request past the level. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { givenService } from '../flow/given.ts';
import { expectClean, openPage, press, sees, seesLevel, useChromium } from './given.ts';

useChromium();

/** The answers to what the page sends to a path, as they come. */
function answersTo(page: Page, path: string): number[] {
  const answers: number[] = [];
  page.on('response', (response) => {
    if (new URL(response.url()).pathname === path) answers.push(response.status());
  });
  return answers;
}

async function isPressed(page: Page, name: string, pressed: boolean): Promise<void> {
  await page.getByRole('button', { name, exact: true, pressed }).waitFor();
}

test.each([
  ['good', 200],
  ['bad', 500],
] as const)('sends a stream of %s until it is pressed again', async (kind, status) => {
  const { url } = await givenService();
  const watched = await openPage(url, {}, (page) => page.clock.install());
  const { page } = watched;
  const requests: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/service-api')) requests.push(request.method());
  });
  const answers = answersTo(page, '/service-api');
  const name = `stream of ${kind}`;
  await isPressed(page, name, false);
  await press(page, name);
  await isPressed(page, name, true);
  await page.clock.runFor(2_000);
  await expect.poll(() => answers.length).toBeGreaterThanOrEqual(5);
  expect(new Set(answers.slice(0, 4))).toEqual(new Set([status]));
  await sees(page, '#sent', `1 of 1 ${kind}: ${status}`);
  if (kind === 'bad') await seesLevel(page, 2);
  await press(page, name);
  await isPressed(page, name, false);
  const before = requests.length;
  // Ten intervals of a stream that went on.
  await page.clock.runFor(2_000);
  const last = page.waitForResponse((response) => response.url().endsWith('/service-api'));
  await press(page, '1 good');
  await last;
  expect(requests).toHaveLength(before + 1);
  expectClean(watched);
});

test('asks before one request passes by the level, which it leaves as it is', async () => {
  const service = await givenService();
  await service.postTimes(10, true);
  const watched = await openPage(service.url);
  const { page } = watched;
  await seesLevel(page, 3);
  const before = await service.status();
  const answers = answersTo(page, '/circuit-breaker/bypass/service-api');
  await press(page, 'Bypass');
  await sees(page, '#ask[open]', 'whatever the level. Its outcome counts for nothing.');
  await press(page, 'Cancel');
  await press(page, 'Bypass');
  await press(page, 'Send it');
  await sees(page, '#operated', '200: Full Capacity');
  expect(answers).toEqual([200]);
  expect(await service.status()).toEqual(before);
  await seesLevel(page, 3);
  expectClean(watched);
});
