/** A Prometheus of this machine that scrapes a server each second, and the questions it is asked. */
import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished, vi } from 'vitest';
import { freePort } from '../listen.ts';
import { givenFolder } from '../local/process.ts';
import { PROMETHEUS_BIN } from './install.ts';

export const RULES = new URL('../../docs/monitoring/prometheus/rules.yml', import.meta.url)
  .pathname;

/** A series of a range query. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [atSeconds: number, value: string])[];
}

/** A running Prometheus. */
export interface Prometheus {
  /** The samples of an instant query, by their labels as JSON. */
  ask(expr: string): Promise<ReadonlyMap<string, number>>;
  range(expr: string, fromSeconds: number, toSeconds: number): Promise<readonly Series[]>;
  exemplars(expr: string, fromSeconds: number, toSeconds: number): Promise<readonly unknown[]>;
  firing(): Promise<readonly string[]>;
}

/** Runs promtool; its words where it says no. */
export async function promtool(args: readonly string[], input = ''): Promise<string> {
  const child = promisify(execFile)(join(PROMETHEUS_BIN, 'promtool'), [...args]);
  child.child.stdin?.end(input);
  return child.then(
    () => '',
    (error: { readonly stdout: string; readonly stderr: string }) => error.stdout + error.stderr,
  );
}

/** Starts one with the rules of the docs; it ends with the test. */
export async function givenPrometheus(target: string): Promise<Prometheus> {
  const folder = await givenFolder();
  const port = await freePort();
  const config = join(folder, 'prometheus.yml');
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [RULES],
      scrape_configs: [
        { job_name: 'resilient-service', static_configs: [{ targets: [new URL(target).host] }] },
      ],
    }),
  );
  const child = spawn(
    join(PROMETHEUS_BIN, 'prometheus'),
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const get = async (path: string, query: Readonly<Record<string, string>> = {}) => {
    const url = `http://127.0.0.1:${port}/api/v1/${path}?${new URLSearchParams(query).toString()}`;
    const answer = (await (await fetch(url)).json()) as { readonly data: unknown };
    return answer.data;
  };
  const isUp = async () => {
    const { result } = (await get('query', { query: 'up == 1' })) as { result: unknown[] };
    return result.length === 1;
  };
  await vi.waitUntil(() => isUp().catch(() => false), { timeout: 30_000, interval: 200 });
  const rangeOf = (from: number, to: number) => ({ start: String(from), end: String(to) });
  return {
    async ask(query) {
      const { result } = (await get('query', { query })) as {
        result: { metric: object; value: [number, string] }[];
      };
      return new Map(result.map(({ metric, value }) => [JSON.stringify(metric), Number(value[1])]));
    },
    async range(query, from, to) {
      const asked = { query, step: '1', ...rangeOf(from, to) };
      return ((await get('query_range', asked)) as { result: Series[] }).result;
    },
    async exemplars(query, from, to) {
      return (await get('query_exemplars', { query, ...rangeOf(from, to) })) as unknown[];
    },
    async firing() {
      const { alerts } = (await get('alerts')) as {
        alerts: { state: string; labels: { alertname: string } }[];
      };
      return alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
    },
  };
}
