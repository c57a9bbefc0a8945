/** What promtool and Grafana's own types say of the metrics, the rules and the dashboard. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROWS } from '../../docs/monitoring/grafana/panels.ts';
import { givenService } from '../flow/given.ts';
import { givenFolder } from '../local/process.ts';
import { promtool, RULES } from './given.ts';

const DOCS = new URL('../../docs/monitoring/', import.meta.url).pathname;
const GO_FOLDER = new URL('grafana', import.meta.url).pathname;

test('promtool finds nothing wrong with the metrics of a service that had a brown-out', async () => {
  const service = await givenService();
  await service.postTimes(11, true);
  await service.postTimes(11, false);
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toContain('service_transitions_total{');
  expect(await promtool(['check', 'metrics'], text)).toBe('');
  // It sees what is wrong.
  expect(
    await promtool(['check', 'metrics'], `${text}# TYPE bad_total gauge\nbad_total 1\n`),
  ).not.toBe('');
});

test('the configuration is valid, and its rules do what their tests say', async () => {
  const folder = join(DOCS, 'prometheus');
  expect(await promtool(['check', 'config', join(folder, 'prometheus.yml')])).toBe('');
  expect(await promtool(['check', 'rules', '--lint-fatal', RULES])).toBe('');
  expect(await promtool(['test', 'rules', join(folder, 'rules.test.yml')])).toBe('');
});

test('every query of the dashboard is one', async () => {
  const queries = ROWS.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
  const rules = queries.map(({ expr }, index) => ({
    record: `panel:query:${index}`,
    expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$scope', '.*'),
  }));
  const file = join(await givenFolder(), 'panels.yml');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  expect(await promtool(['check', 'rules', file])).toBe('');
});

test("the dashboard is valid for Grafana's own types, and a wrong one is not", async () => {
  const go = (file: string) =>
    promisify(execFile)('go', ['run', '.', file], { cwd: GO_FOLDER, timeout: 400_000 });
  const dashboard = join(DOCS, 'grafana/dashboard.json');
  expect((await go(dashboard)).stdout).toContain('is valid');
  const wrong = join(await givenFolder(), 'wrong.json');
  await writeFile(wrong, '{"panels": [{"type": "timeseries", "tittle": "x"}]}');
  await expect(go(wrong)).rejects.toThrow('tittle');
}, 420_000);
