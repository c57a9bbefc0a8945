/** One request is one trace: from the client over the edge and the workflow's functions to the API behind them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { clientOf } from '../flow/given.ts';
import { givenFolder, START, startProcess } from '../local/process.ts';
import { givenReceiver } from './receiver.ts';

const SETUP = new URL('../../docs/monitoring/otel/otlp.ts', import.meta.url).pathname;

/** A start with an SDK loads twice as much. */
const LONG = { timeout: 60_000 };

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CLIENT_SPAN = 'b7ad6b7169203331';

async function givenApi() {
  const seen: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(request.url === '/fails' ? 500 : 200).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function givenTraced(full: string, api: { readonly url: string }) {
  const receiver = await givenReceiver();
  const [node = '', ...main] = START;
  const server = await startProcess(
    {
      DATA_DIR: await givenFolder(),
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      FULL_UPSTREAM_URL: `${api.url}${full}`,
      DEGRADED_UPSTREAM_URL: `${api.url}/lite`,
      PROBE_URL: `${api.url}/health`,
      POLICY: 'classic',
    },
    [node, '--import', SETUP, ...main],
  );
  return { receiver, server, ...clientOf(server.url) };
}

const post = {
  body: '{}',
  headers: {
    'Content-Type': 'application/json',
    traceparent: `00-${TRACE_ID}-${CLIENT_SPAN}-01`,
  },
};

test('a request is one trace with the right parents, and its API is told of it', LONG, async () => {
  const api = await givenApi();
  const { receiver, server, send } = await givenTraced('/fine', api);
  expect((await send('POST', '/service-api', post)).status).toBe(200);
  const spans = await receiver.trace(TRACE_ID, 3);
  const named = (name: string) => spans.find((span) => span.name === name);
  const [edge, face, call] = ['POST /service-api', 'full-service', 'POST'].map(named);
  expect(edge).toMatchObject({
    kind: 2,
    parentSpanId: CLIENT_SPAN,
    service: 'resilient-service',
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/service-api',
      'http.response.status_code': 200,
      'resilience.level.served': 1,
    },
  });
  expect(face).toMatchObject({
    kind: 2,
    parentSpanId: edge?.spanId,
    attributes: { 'resilience.scope': 'default', 'resilience.outcome': 'success' },
  });
  expect(face?.attributes['resilience.execution_id']).toBe(
    edge?.attributes['resilience.execution_id'],
  );
  expect(call).toMatchObject({
    kind: 3,
    parentSpanId: face?.spanId,
    attributes: { 'server.address': '127.0.0.1', 'http.response.status_code': 200 },
  });
  expect(api.seen[0]?.['traceparent']).toBe(`00-${TRACE_ID}-${call?.spanId ?? ''}-01`);
  expect(spans).toHaveLength(3);

  const metrics = await fetch(`${server.url}/metrics`, {
    headers: { Accept: 'application/openmetrics-text; version=1.0.0' },
  });
  expect(await metrics.text()).toContain(`# {trace_id="${TRACE_ID}"}`);
  await server.stop('SIGTERM');
  expect([...receiver.metrics]).toEqual(
    expect.arrayContaining(['http.server.request.duration', 'resilience.level']),
  );
  const line = server
    .output()
    .split('\n')
    .find((it) => it.includes('"message":"request"'));
  expect(line).toContain(`"traceId":"${TRACE_ID}"`);
});

test(
  'a failing API shows its error, the breaker that opens and the level that falls, in the traces of their requests',
  LONG,
  async () => {
    const api = await givenApi();
    const { receiver, send } = await givenTraced('/fails', api);
    const traceIds = Array.from({ length: 5 }, (_none, index) => `${index + 1}`.padStart(32, '0'));
    for (const traceId of traceIds) {
      const headers = { ...post.headers, traceparent: `00-${traceId}-${CLIENT_SPAN}-01` };
      expect((await send('POST', '/service-api', { ...post, headers })).status).toBe(500);
    }
    const spans = await receiver.trace(traceIds[4] ?? '', 4);
    const eventsOf = (name: string) =>
      spans.find((span) => span.name === name)?.events.map((event) => event.name);
    const mutator = spans.find((span) => span.name === 'mutator');
    expect(mutator?.attributes['resilience.recorded']).toBe('counted');
    expect(mutator?.parentSpanId).toBe(
      spans.find(({ name }) => name === 'POST /service-api')?.spanId,
    );
    expect(mutator?.events).toEqual([
      {
        name: 'resilience.level_changed',
        attributes: expect.objectContaining({
          'resilience.level.from': 1,
          'resilience.level.to': 2,
          'resilience.reason': 'errors',
        }) as object,
      },
    ]);
    expect(eventsOf('full-service')).toContain('circuit_breaker.state_changed');
    expect(eventsOf('POST')).toContain('exception');
  },
);
