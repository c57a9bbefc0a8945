/** docs/monitoring against the code: nothing is asked for that is not shown, and every alert is tested. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { makeDashboard } from '../../docs/monitoring/grafana/dashboard.ts';
import { ROWS } from '../../docs/monitoring/grafana/panels.ts';
import { BreakerRegistry } from '../../lib/breaker/vocabularies/registry.ts';
import { Companions } from '../../lib/telemetry/companions.ts';
import { prometheusMeters } from '../../lib/telemetry/prometheus.ts';

const read = (name: string) =>
  readFile(new URL(`../../docs/monitoring/${name}`, import.meta.url), 'utf8');

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

const rules = (
  parse(await read('prometheus/rules.yml')) as { groups: readonly { rules: readonly Rule[] }[] }
).groups.flatMap((group) => group.rules);

async function shownNames(): Promise<ReadonlySet<string>> {
  const { observe, expose } = prometheusMeters('service');
  observe({
    version: '1',
    scopes: [],
    breakers: new BreakerRegistry(),
    companions: new Companions(),
    levels: async () => ({}),
  });
  const { body } = await expose('');
  const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name],
    ),
  );
}

/** The metrics that a query names: words before a brace, a range or a bracket that closes. */
const metricsIn = (expr: string) =>
  [...expr.matchAll(/\b(?:service|circuit_breaker|retry|bulkhead|rate_limiter)_\w+/g)].map(
    ([it]) => it,
  );

test('dashboard.json is what its maker makes (npm run docs)', async () => {
  expect(JSON.parse(await read('grafana/dashboard.json'))).toEqual(
    JSON.parse(JSON.stringify(makeDashboard())),
  );
});

test('every metric of the dashboard and of the rules is shown, and every one that is shown is in the dashboard', async () => {
  const shown = await shownNames();
  const recorded = new Set(rules.flatMap(({ record }) => record?.split(':')[1] ?? []));
  const panels = ROWS.flatMap((row) => row.panels.flatMap(({ queries }) => queries));
  const inPanels = new Set(panels.flatMap(({ expr }) => metricsIn(expr)));
  const asked = new Set([...inPanels, ...rules.flatMap(({ expr }) => metricsIn(expr))]);
  expect([...asked].filter((name) => !shown.has(name) && !recorded.has(name))).toEqual([]);
  const left = new Set(['service_info', 'circuit_breaker_failures_total']);
  const isDrawn = (name: string) => inPanels.has(name) || /_(sum|count)$/.test(name);
  expect([...shown].filter((name) => !isDrawn(name) && !left.has(name))).toEqual([]);
});

test('every alert has a test that makes it fire, a severity and a runbook', async () => {
  const tests = parse(await read('prometheus/rules.test.yml')) as {
    tests: { alert_rule_test: { alertname: string; exp_alerts: unknown[] }[] }[];
  };
  const firing = tests.tests
    .flatMap((it) => it.alert_rule_test)
    .filter((it) => it.exp_alerts.length > 0);
  const fired = new Set(firing.map((it) => it.alertname));
  const alerts = rules.flatMap(({ alert }) => alert ?? []);
  expect(alerts.filter((name) => !fired.has(name))).toEqual([]);
  for (const rule of rules.filter(({ alert }) => alert !== undefined)) {
    expect(rule).toMatchObject({
      labels: { severity: expect.stringMatching(/^(warning|critical)$/) as string },
      annotations: {
        summary: expect.any(String) as string,
        runbook: expect.stringMatching(/^docs\//) as string,
      },
    });
  }
});
