/** `GET /metrics` of a running service: its figures are those of the log, of the level row and of the breakers. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import project from '../../package.json' with { type: 'json' };
import { givenService, type RunningService } from './given.ts';

const { version } = project;

async function scrape(service: RunningService): Promise<ReadonlyMap<string, number>> {
  const reply = await service.send('GET', '/metrics');
  expect(reply.status).toBe(200);
  const lines = String(reply.body['text']).split('\n');
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const sumOf = (samples: ReadonlyMap<string, number>, start: string, part = '') =>
  [...samples].reduce(
    (sum, [name, value]) => (name.startsWith(start) && name.includes(part) ? sum + value : sum),
    0,
  );

test('a brown-out is seen as the clients and the row saw it', async () => {
  const service = await givenService();
  const replies = [
    ...(await service.postTimes(11, true)),
    ...(await service.postTimes(11, false)),
    await service.post({ error: 'yes' }),
  ];
  const samples = await scrape(service);
  expect(samples.get(`service_info{service="resilient-service-dev",version="${version}"}`)).toBe(1);
  expect(sumOf(samples, 'service_requests_total{')).toBe(replies.length);
  expect(sumOf(samples, 'service_request_duration_seconds_count{')).toBe(replies.length);
  for (const code of [200, 400, 500, 503]) {
    const seen = replies.filter(({ status }) => status === code).length;
    const counted = sumOf(samples, 'service_requests_total{', `code="${code}"`);
    expect({ code, counted }).toEqual({ code, counted: seen });
  }
  expect(sumOf(samples, 'service_requests_total{', 'level="none",code="400"')).toBe(1);
  const { currentLevel, history } = await service.status();
  expect(samples.get('service_level{scope="default"}')).toBe(currentLevel);
  expect(samples.get('service_level{scope="account"}')).toBe(1);
  expect(sumOf(samples, 'service_transitions_total{')).toBe(history.length);
  for (const { from, to } of history) {
    const moved = sumOf(samples, 'service_transitions_total{', `from="${from}",to="${to}"`);
    expect(moved).toBe(history.filter((it) => it.from === from && it.to === to).length);
  }
  const probes = service.telemetry.countOf('ProbeResult', 'default');
  expect(samples.get('service_probes_total{scope="default",result="success"}')).toBe(probes);
});

test("the requests of other routes are not the service's", async () => {
  const service = await givenService();
  await service.send('GET', '/circuit-breaker');
  await service.send('GET', '/nowhere');
  expect(sumOf(await scrape(service), 'service_requests_total')).toBe(0);
});

test('without its table a service shows no level, its fail-open answers and the errors', async () => {
  const service = await givenService();
  await service.server.table?.close();
  await service.post({ error: false });
  await service.send('GET', '/circuit-breaker');
  const samples = await scrape(service);
  expect(sumOf(samples, 'service_level')).toBe(0);
  expect(samples.get('service_fail_open_total{scope="default"}')).toBe(1);
  expect(sumOf(samples, 'service_store_errors_total{operation="read"')).toBeGreaterThan(0);
});

test('an API of your own is seen with its breakers, bulkheads, retries and their budget', async () => {
  const server = createServer((_request, response) => response.writeHead(503).end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const service = await givenService({
    FULL_UPSTREAM_URL: `${url}/full`,
    DEGRADED_UPSTREAM_URL: `${url}/lite`,
    PROBE_URL: `${url}/health`,
  });
  for (let times = 0; times < 3; times += 1) await service.post({});
  const samples = await scrape(service);
  const full = 'service="resilient-service-dev",breaker="full upstream"';
  const failures = samples.get(`circuit_breaker_failures_total{${full}}`) ?? 0;
  const retries = 'retry_attempts_total{service="resilient-service-dev",operation="full upstream"}';
  expect(failures).toBeGreaterThanOrEqual(3);
  expect(samples.get(`circuit_breaker_state{${full}}`)).toBe(failures >= 5 ? 1 : 0);
  expect(samples.get(`circuit_breaker_calls_total{${full},outcome="failure"}`)).toBe(failures);
  // Each further try has failed, too: 3 requests and their retries are all the calls.
  expect((samples.get(retries) ?? 0) + 3).toBeGreaterThanOrEqual(failures);
  const named = 'service="resilient-service-dev"';
  expect(samples.get(`bulkhead_running{${named},bulkhead="degraded upstream"}`)).toBe(0);
  expect(samples.has(`retry_budget_remaining{${named},budget="full upstream"}`)).toBe(true);
});
