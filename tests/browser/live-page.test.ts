/** The live page in Chromium: what a person sees and does without having read anything. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { readConfig } from '../../lib/runtime/config.ts';
import { createLog } from '../../lib/local/log.ts';
import { startServer } from '../../lib/local/server.ts';
import { givenService } from '../flow/given.ts';
import { PLENTY } from '../local/plenty.ts';
import { givenFolder } from '../local/process.ts';
import { expectClean, keep, openPage, press, sees, seesLevel, useChromium } from './given.ts';

useChromium();

/** Keeps how long each task took that took over 50 ms. */
const NOTE_LONG_TASKS = `
  globalThis.tasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.tasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
`;

/** What axe finds. */
async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe('the live page', () => {
  test('shows the walk 1 → 2 → 3 → 2 → 1, by its own buttons', async () => {
    const { url } = await givenService();
    const watched = await openPage(url);
    const { page } = watched;
    await seesLevel(page, 1);
    await press(page, '10 good');
    await sees(page, '#sent', '10 of 10 good: 200: Full Capacity (level 1)');
    for (let sent = 0; sent < 5; sent += 1) await press(page, '1 bad');
    await seesLevel(page, 2);
    await sees(page, '#ways', '5 of 10 errors: at 10 it steps down to level 3');
    await press(page, '10 bad');
    await seesLevel(page, 3);
    await sees(page, '#sent', '10 of 10 bad');
    await sees(page, '#ways', '0 of 10 good probes in a row');
    await sees(page, '#walked', /Route → MaintenanceAndProbe → /);
    await press(page, '10 good');
    await seesLevel(page, 2);
    await sees(page, '#sent', '10 of 10 good');
    await press(page, '10 good');
    await seesLevel(page, 1);
    await sees(page, '#changes tr:first-child', /2 → 1/);
    expect(await page.locator('#changes tr').count()).toBe(4);
    await page.locator('.lit rect').first().waitFor();
    await sees(page, '#feed', 'live');
    await keep(page, 'live-page');
    await page.emulateMedia({ colorScheme: 'dark' });
    await keep(page, 'live-page-dark');
    expectClean(watched);
  });

  test('tells a second tab what the first one did', async () => {
    const { url } = await givenService();
    const [first, second] = [await openPage(url), await openPage(url)];
    await press(first.page, '10 bad');
    await seesLevel(second.page, 3);
    await sees(second.page, '#changes', '1 → 2');
    await first.page.getByRole('button', { name: /^account/ }).click();
    await press(first.page, '10 bad');
    await second.page.getByRole('button', { name: 'account: 3' }).waitFor();
    await seesLevel(second.page, 3);
    expectClean(first);
    expectClean(second);
  });

  test('pins with a reason by the keyboard alone, and releases', async () => {
    const { url } = await givenService();
    const watched = await openPage(url);
    const { page } = watched;
    await page.getByRole('button', { name: 'Pin …' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#ask[open]').waitFor();
    expect(await findings(page)).toEqual([]);
    await page.keyboard.press('3');
    await page.keyboard.press('Tab');
    const reason = '<img src=x onerror=alert(1)> ‮tfel';
    await page.keyboard.type(reason);
    await page.keyboard.press('Tab');
    await page.keyboard.type('10');
    await page.keyboard.press('Enter');
    await seesLevel(page, 3);
    await sees(page, '#ways', `pinned for 10 min: ${reason}. Nothing counts meanwhile.`);
    expect(await page.locator('#ways img').count()).toBe(0);
    await sees(page, '#changes', `pinned by an operator (pin): ${reason}`);
    await press(page, 'Release');
    await press(page, 'Release it');
    await sees(page, '#changes', 'released by an operator');
    await press(page, 'Reset');
    await press(page, 'Cancel');
    await seesLevel(page, 3);
    await press(page, 'Reset');
    await press(page, 'Reset it');
    await seesLevel(page, 1);
    expectClean(watched);
  });

  test('pins for some minutes before the feed told the time', async () => {
    const { url } = await givenService();
    const status = await (await fetch(`${url}/circuit-breaker`)).text();
    const body = `event: status\ndata: ${status}\n\n`;
    const watched = await openPage(url, {}, async (page) => {
      await page.route('**/page/events', (route) =>
        route.fulfill({ contentType: 'text/event-stream', body }),
      );
    });
    const { page } = watched;
    await press(page, 'Pin …');
    await page.getByLabel('Why').fill('drill');
    const minutes = page.getByLabel('For so many minutes');
    for (const wrong of ['-1', '0.5']) {
      await minutes.fill(wrong);
      await press(page, 'Pin it');
      expect(await page.locator('#ask[open]').count()).toBe(1);
    }
    await minutes.fill('');
    await minutes.pressSequentially('1o0m');
    expect(await minutes.inputValue()).toBe('10');
    await minutes.fill('10');
    await press(page, 'Pin it');
    await sees(page, '#operated', 'done: level 1');
    expectClean(watched);
  });

  test('says that the server is gone, and comes back with it', async () => {
    const dataDir = await givenFolder();
    const start = async (port: string) => {
      const config = readConfig({ PORT: port, TICK_SECONDS: '0' }, {});
      const telemetry = createLog({ level: 'silent', pretty: false });
      return startServer({ ...config, dataDir, engine: 'local', limits: PLENTY, telemetry });
    };
    const before = await start('0');
    const watched = await openPage(before.url);
    const { page } = watched;
    await press(page, '10 bad');
    await seesLevel(page, 3);
    await before.close();
    await sees(
      page,
      '#feed',
      /The feed is down for \d+ s: what you see is old\. Is the server running/,
    );
    const after = await start(new URL(before.url).port);
    try {
      await sees(page, '#feed', 'live');
      await press(page, '10 good');
      await seesLevel(page, 2);
      await sees(page, '#changes', '3 → 2');
    } finally {
      await after.close();
    }
    expectClean(watched);
  });

  test('tries a change of the policy, applies it, and drops it', async () => {
    const { url } = await givenService({ POLICY: 'production' });
    const watched = await openPage(url);
    const { page } = watched;
    await sees(page, '#policy-about', 'production');
    await press(page, 'Apply the change …');
    await sees(page, '#policy-said', 'nothing was changed');
    await page.getByLabel('dwellMs', { exact: true }).fill('2000');
    await press(page, 'Try the change');
    await sees(page, '#previewed', /→/);
    await page.locator('#policy').scrollIntoViewIfNeeded();
    await keep(page, 'live-page-policy');
    await press(page, 'Apply the change …');
    await press(page, 'Change it');
    await sees(page, '#policy-about', '1 of its fields changed on the row');
    expect(await page.getByLabel('dwellMs', { exact: true }).inputValue()).toBe('2000');
    await page.getByLabel('dwellMs', { exact: true }).fill('-1');
    await press(page, 'Apply the change …');
    await press(page, 'Change it');
    await sees(page, '#policy-said', /400: dwellMs must be an integer from 0 to/);
    await press(page, 'Back to the deployed policy …');
    await press(page, 'Drop the changes');
    await sees(page, '#policy-about', 'production. A change');
    expectClean(watched);
  });

  test('has no finding of axe, in the light and in the dark', async () => {
    const { url } = await givenService();
    for (const colorScheme of ['light', 'dark'] as const) {
      const watched = await openPage(url, { colorScheme });
      await press(watched.page, '1 bad');
      await sees(watched.page, '#sent', '500');
      expect(await findings(watched.page)).toEqual([]);
      expectClean(watched);
    }
  });

  test('fits a phone', async () => {
    const { url } = await givenService();
    const watched = await openPage(url, { viewport: { width: 360, height: 740 }, hasTouch: true });
    const { page } = watched;
    await press(page, '10 bad');
    await seesLevel(page, 3);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await keep(page, 'live-page-phone');
    expectClean(watched);
  });

  test('weighs at most 150 KB, all of it its own', async () => {
    const { url } = await givenService();
    const sizes = new Map<string, number>();
    const watched = await openPage(url, {}, async (page) => {
      page.on('response', (response) => {
        const { pathname, origin } = new URL(response.url());
        if (pathname === '/page/events') return;
        void response.body().then(
          (body) => sizes.set(`${origin}${pathname}`, body.length),
          () => {},
        );
      });
    });
    await watched.page.waitForLoadState('load');
    await sees(watched.page, '#feed', 'live');
    expect([...sizes.keys()].filter((each) => !each.startsWith(url))).toEqual([]);
    expect(sizes.size).toBeGreaterThanOrEqual(4);
    expect([...sizes.values()].reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000);
    expectClean(watched);
  });

  test('shows what is hostile as text, and a thousand rows without a stall', async () => {
    const service = await givenService();
    const { url } = service;
    const hostile = '"><script>alert(1)</script>';
    const history = Array.from({ length: 1_000 }, (_, index) => ({
      epoch: index + 1,
      from: (index % 2) + 1,
      to: ((index + 1) % 2) + 1,
      at: new Date(1_700_000_000_000 + index * 1_000).toISOString(),
      reason: `<b>${index}</b>`,
    }));
    const circuitBreakers = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [
        `${hostile}${index}`,
        { state: 'OPEN', failureRate: 0.5, totalRequests: index, lastStateChange: null },
      ]),
    );
    const body = { ...(await service.status()), scope: hostile, epoch: 1_000, history };
    const watched = await openPage(url, {}, async (page) => {
      await page.addInitScript(NOTE_LONG_TASKS);
      await page.route('**/page/about', async (route) => {
        const about = (await (await route.fetch()).json()) as object;
        await route.fulfill({ json: { ...about, scopes: [hostile, 'default'] } });
      });
      await page.route('**/health', (route) => route.fulfill({ json: { circuitBreakers } }));
      await page.route('**/page/events', (route) =>
        route.fulfill({
          contentType: 'text/event-stream',
          body: `event: status\ndata: ${JSON.stringify({ scopes: { [hostile]: body } })}\n\n`,
        }),
      );
    });
    const { page } = watched;
    await sees(page, '#scopes', `${hostile}: 1`);
    await page.locator('#changes tr:nth-child(1000)').waitFor();
    await page.locator('#breaker-rows tr:nth-child(1000)').waitFor();
    await sees(page, '#changes tr:nth-child(1000)', '<b>0</b>');
    expect(await page.locator('td b, td script, button script').count()).toBe(0);
    const longest = (await page.evaluate('Math.max(0, ...globalThis.tasks)')) as number;
    expect(longest).toBeLessThan(1_500);
    expectClean(watched);
  });
});
