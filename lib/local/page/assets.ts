/** The files of the live page, made from their sources when the page is asked for the first time. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What the page consists of. */
export interface Assets {
  readonly html: string;
  readonly css: string;
  readonly js: string;
}

const folder = new URL('./browser/', import.meta.url);
const UPLOT_CSS = import.meta.resolve('uplot/dist/uPlot.min.css');

/**
 * Bundles the script, for browsers of the last two years.
 *
 * @param prefix What stands before the paths of the page.
 */
export async function buildAssets(prefix: string): Promise<Assets> {
  // A server that shows nobody a page never loads it.
  const { build, transform } = await import('esbuild');
  const [html, own, plot, bundle] = await Promise.all([
    readFile(new URL('page.html', folder), 'utf8'),
    readFile(new URL('page.css', folder), 'utf8'),
    readFile(new URL(UPLOT_CSS), 'utf8'),
    build({
      entryPoints: [fileURLToPath(new URL('main.ts', folder))],
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      legalComments: 'none',
    }),
  ]);
  const css = await transform(`${plot}\n${own}`, { loader: 'css', minify: true });
  // What the script asks for it finds beside itself.
  const placed = html.replaceAll('"/page/', `"${prefix}/page/`);
  return { html: placed, css: css.code, js: bundle.outputFiles[0]?.text ?? '' };
}
