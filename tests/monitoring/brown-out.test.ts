/** A real Prometheus scrapes `npm start` during a brown-out by k6: its rules fire and resolve, its figures are the others'. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ROWS } from '../../docs/monitoring/grafana/panels.ts';
import type { Kind } from '../../load/k6/contract.ts';
import { durationMs, SCENARIOS } from '../../load/k6/scenarios.ts';
import { findK6 } from '../../load/k6-binary.ts';
import { runK6 } from '../../load/k6-run.ts';
import { givenFolder, startProcess } from '../local/process.ts';
import { drawPanels } from './pictures.ts';
import { givenPrometheus } from './given.ts';

const SCALE = 0.75;

/** The codes of what k6 checks each answer against. */
const CODES: Readonly<Record<Exclude<Kind, 'outside'>, string>> = {
  full: '200',
  degraded: '200',
  maintenance: '503',
  refused: '503',
  error: '500',
};

const OUT = new URL('../../.cache/monitoring', import.meta.url).pathname;

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((all, one) => all + one, 0);

/** The lines of requests to the service, by code. */
function logged(output: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of output.split('\n').filter((it) => it.includes('"path":"/service-api"'))) {
    const { status } = JSON.parse(line) as { readonly status: number };
    counts[status] = (counts[status] ?? 0) + 1;
  }
  return counts;
}

test('a brown-out is seen, told, and over', { timeout: 400_000 }, async () => {
  const k6 = await findK6(process.env['K6_BIN']);
  const folder = await givenFolder();
  const server = await startProcess({ DATA_DIR: join(folder, 'data') });
  const prometheus = await givenPrometheus(server.url);
  const startedAt = Date.now() / 1_000;

  const fired = new Set<string>();
  const watching = setInterval(() => {
    void prometheus.firing().then((names) => names.forEach((name) => fired.add(name)));
  }, 500);
  const answered: Record<string, number> = {};
  const { exit } = await runK6(
    k6.binary,
    {
      scenario: 'brown-out',
      url: server.url,
      out: folder,
      scale: SCALE,
      log: null,
      allowFailOpen: false,
    },
    ({ kind }) => {
      const code = kind === 'outside' ? 'outside' : CODES[kind];
      answered[code] = (answered[code] ?? 0) + 1;
    },
  );
  expect(exit).toBe(0);
  const told = ['ServiceErrors', 'ServiceInMaintenance', 'ServiceFlapping'];
  expect([...fired]).toEqual(expect.arrayContaining(told));

  // An alert of the last 30 minutes or hour stays; those of the present end with it.
  const present = new Set(['ServiceErrors', 'ServiceInMaintenance', 'ServiceDegraded']);
  await vi.waitUntil(async () => (await prometheus.firing()).every((name) => !present.has(name)), {
    timeout: 120_000,
    interval: 500,
  });
  clearInterval(watching);

  const shown = Object.fromEntries(
    [...(await prometheus.ask('sum by (code) (service_requests_total)'))].map(([labels, count]) => [
      (JSON.parse(labels) as { readonly code: string }).code,
      count,
    ]),
  );
  expect(shown).toEqual(answered);
  expect(shown).toEqual(logged(server.output()));
  expect(sum(shown)).toBeGreaterThan(1_000);
  const measured = await prometheus.ask('sum(service_request_duration_seconds_count)');
  expect([...measured.values()]).toEqual([sum(shown)]);

  const changes = server.output().match(/"message":"level changed"/g)?.length;
  const counted = await prometheus.ask('sum(service_transitions_total)');
  expect([...counted.values()]).toEqual([changes]);

  await mkdir(OUT, { recursive: true });
  const until = startedAt + (durationMs(SCENARIOS['brown-out'], SCALE) / 1_000 + 10);
  await writeFile(join(OUT, 'panels.svg'), await drawPanels(ROWS, prometheus, startedAt, until));
  await writeFile(
    join(OUT, 'figures.json'),
    JSON.stringify({ shown, answered, changes, fired: [...fired] }, null, 2),
  );
});
