/** The steps of the browser tests: a running service, Chromium before it, what went wrong in the page. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

/** Debian's; CHROMIUM names another one. */
const EXECUTABLE = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Where screenshots go: to the README's pictures where PICTURES says so. */
const PICTURES = new URL(
  process.env['PICTURES'] === undefined ? '../../.cache/browser/' : '../../docs/pictures/',
  import.meta.url,
).pathname;

/** Without these Chromium looks for its maker's hosts at every start. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser: Browser;

/** One Chromium for all tests of a file. */
export function useChromium(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
  });
  afterAll(() => browser.close());
}

/** A page that listens for what must not happen. */
export interface WatchedPage {
  readonly page: Page;
  /** Violations of the content security policy, and errors that nobody caught. */
  readonly wrong: readonly string[];
}

/** Opens the live page in a context of its own. */
export async function openPage(
  url: string,
  options: BrowserContextOptions = {},
  before: (page: Page) => Promise<void> = async () => {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1_200, height: 1_000 },
    ...options,
  });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML/.test(message.text())) wrong.push(message.text());
  });
  await before(page);
  await page.goto(url);
  await page.locator('#rungs li[aria-current]').waitFor();
  return { page, wrong };
}

/** Waits until a level is lit. */
export async function seesLevel(page: Page, level: 1 | 2 | 3): Promise<void> {
  await page.locator(`#rungs li:nth-child(${level})[aria-current="step"]`).waitFor();
}

/** Waits until an element shows a text. */
export async function sees(page: Page, selector: string, text: string | RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor();
}

/** Presses a button of the page. */
export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
}

/** Keeps a picture. */
export async function keep(page: Page, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
}

/** Nothing went wrong in a page. */
export function expectClean({ wrong }: WatchedPage): void {
  expect(wrong).toEqual([]);
}
