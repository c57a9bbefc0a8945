/** Lambda: GET /circuit-breaker/page and its files, the live page of a stage. It only reads: its script polls the status. */
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { PAGE_HEADERS } from '../lib/runtime/page-headers.ts';
import { pageRuntimeFromEnv, type PageRuntime } from '../lib/runtime/page-runtime.ts';
import type { ProxyAnswer } from '../lib/runtime/proxy.ts';

/** What is served, by the last part of its path; the page itself has none. */
const FILES: ReadonlyMap<unknown, { readonly file: string; readonly type: string }> = new Map([
  [undefined, { file: 'page.html', type: 'text/html' }],
  ['page.css', { file: 'page.css', type: 'text/css' }],
  ['page.js', { file: 'page.js', type: 'text/javascript' }],
  ['about', { file: 'about.json', type: 'application/json' }],
]);

/** Makes the handler of an API Gateway proxy event. */
export const createHandler =
  ({ readText, stage, dashboard, clock }: PageRuntime) =>
  async (event: unknown): Promise<ProxyAnswer> => {
    const { pathParameters } = event as ProxyEvent;
    const found = FILES.get(pathParameters?.file);
    if (found === undefined) {
      const body = JSON.stringify({ status: 404, message: 'there is no such file of the page' });
      return { statusCode: 404, headers: headersOf('application/json'), body };
    }
    const text = await readText(found.file);
    // All stages have the same files; which one this is, the function knows.
    const body =
      found.file === 'about.json'
        ? JSON.stringify({
            ...(JSON.parse(text) as object),
            stage,
            dashboard,
            nowMs: clock.nowMs(),
          })
        : text;
    return { statusCode: 200, headers: headersOf(found.type), body };
  };

interface ProxyEvent {
  readonly pathParameters?: { readonly file?: unknown } | null;
}

export const handler = lazyHandler(createHandler, pageRuntimeFromEnv);

const headersOf = (type: string) => ({
  ...PAGE_HEADERS,
  'Content-Type': `${type}; charset=utf-8`,
});
