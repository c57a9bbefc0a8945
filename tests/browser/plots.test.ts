/** The plots of the live page, as they are drawn: answers by who gave them, the level as a band, how long they took. */
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { givenService } from '../flow/given.ts';
import { expectClean, openPage, press, sees, seesLevel, useChromium } from './given.ts';

useChromium();

/** The height of what is below the answers' plot: the band and the times, in CSS pixels. */
const BELOW = 50;

/** How many pixels of a canvas have the colour of a property of the page's style, above its foot or in it. */
function pixels(page: Page, plot: string, colour: string, part: 'plot' | 'below'): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('#${plot} canvas');
    const style = getComputedStyle(document.documentElement).getPropertyValue('--${colour}').trim();
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(style.slice(at, at + 2), 16));
    const foot = ${BELOW} * devicePixelRatio;
    const [top, height] = ${part === 'below'} ? [canvas.height - foot, foot] : [0, canvas.height - foot];
    const { data } = canvas.getContext('2d').getImageData(0, top, canvas.width, height);
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      const far = Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b);
      if (data[at + 3] > 128 && far < 24) count += 1;
    }
    return count;
  })()`);
}

/** Waits until a plot has so many pixels of a colour. */
async function drawn(
  page: Page,
  more: number,
  ...[plot, colour, part = 'plot']: [plot: string, colour: string, part?: 'plot' | 'below']
): Promise<void> {
  await expect
    .poll(() => pixels(page, plot, colour, part), { timeout: 20_000 })
    .toBeGreaterThan(more);
}

test('draws who answered, the level under it, and p50 and p99', async () => {
  const { url } = await givenService();
  const watched = await openPage(url);
  const { page } = watched;
  expect(await page.locator('#legend li').allTextContents()).toEqual([
    'full',
    'degraded',
    'maintenance',
    'error',
    "the client's mistake",
    'band: the level',
  ]);
  expect(await page.locator('.plot canvas').count()).toBe(2);
  for (const colour of ['full', 'error', 'maintenance']) {
    expect(await pixels(page, 'answers-plot', colour, 'plot')).toBe(0);
  }
  await sees(page, '#latency-plot[aria-label="Latency: none yet"]', '');

  await press(page, 'stream of good');
  await drawn(page, 50, 'answers-plot', 'full');
  await drawn(page, 50, 'answers-plot', 'full', 'below');
  await drawn(page, 3, 'latency-plot', 'accent');
  await drawn(page, 3, 'latency-plot', 'error');
  await press(page, 'stream of good');
  const label = (plot: string) => page.locator(`#${plot}`).getAttribute('aria-label');
  expect(await label('latency-plot')).toMatch(/^Latency: p50 [\d.]+ ms, p99 [\d.]+ ms$/);

  expect(await pixels(page, 'answers-plot', 'maintenance', 'below')).toBe(0);
  await press(page, '10 bad');
  await seesLevel(page, 3);
  await drawn(page, 50, 'answers-plot', 'error');
  await drawn(page, 50, 'answers-plot', 'maintenance', 'below');
  await press(page, '1 good');
  await drawn(page, 50, 'answers-plot', 'maintenance');
  await expect
    .poll(() => label('answers-plot'))
    .toMatch(/ [1-9]\d* full, .* 1 maintenance, 10 error, 0 other, level 3$/);
  expectClean(watched);
});
