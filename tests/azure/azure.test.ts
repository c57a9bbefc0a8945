/** A process with the example's preload, and what comes to Application Insights of a request that makes the level fall. */
import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { clientOf } from '../flow/given.ts';
import { givenListening } from '../listen.ts';
import { givenFolder, START, startProcess } from '../local/process.ts';
import { givenIngestion } from './ingestion.ts';
import { setupFile } from './install.ts';

const KEY = '00000000-0000-4000-8000-000000000001';
const CLIENT_SPAN = 'b7ad6b7169203331';

async function givenApi() {
  const server = createServer((_request, response) => response.writeHead(500).end('{}'));
  return (await givenListening(server)).url;
}

test('a request, its dependency, its error and the change of level arrive, each under its parent', async () => {
  const [ingestion, api] = await Promise.all([givenIngestion(await givenFolder()), givenApi()]);
  const [node = '', ...main] = START;
  const server = await startProcess(
    {
      DATA_DIR: await givenFolder(),
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=${KEY};IngestionEndpoint=${ingestion.url}/`,
      NODE_EXTRA_CA_CERTS: ingestion.certFile,
      // Nothing of the SDK's own goes anywhere else.
      APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
      APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL: 'true',
      APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true',
      OTEL_SERVICE_NAME: 'resilient-service',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      FULL_UPSTREAM_URL: `${api}/full`,
      DEGRADED_UPSTREAM_URL: `${api}/lite`,
      PROBE_URL: `${api}/health`,
      POLICY: 'classic',
    },
    [node, '--import', await setupFile(), ...main],
  );
  const { send } = clientOf(server.url);
  const traceIds = Array.from({ length: 5 }, (_none, index) => `a${index + 1}`.padStart(32, '0'));
  for (const traceId of traceIds) {
    const headers = {
      'Content-Type': 'application/json',
      traceparent: `00-${traceId}-${CLIENT_SPAN}-01`,
    };
    expect((await send('POST', '/service-api', { body: '{}', headers })).status).toBe(500);
  }
  const items = await ingestion.trace(traceIds[4] ?? '', 'RequestData', 3);
  expect(items.every(({ iKey }) => iKey === KEY)).toBe(true);
  expect(new Set(items.map(({ tags }) => tags['ai.cloud.role']))).toEqual(
    new Set(['resilient-service']),
  );
  const of = (type: string) => items.filter(({ data }) => data.baseType === type);
  const named = (type: string, name: RegExp) =>
    of(type).find(({ data: { baseData: it } }) => name.test(it.name ?? it.message ?? ''));
  const idOf = (type: string, name: RegExp) => named(type, name)?.data.baseData.id;
  const parentOf = (type: string, name: RegExp) => named(type, name)?.tags['ai.operation.parentId'];

  const edge = named('RequestData', /service-api/);
  expect(edge).toMatchObject({
    tags: { 'ai.operation.parentId': CLIENT_SPAN },
    data: { baseData: { success: false, responseCode: '500' } },
  });
  expect(parentOf('RequestData', /^full-service$/)).toBe(edge?.data.baseData.id);
  expect(parentOf('RequestData', /^mutator$/)).toBe(edge?.data.baseData.id);
  expect(of('RemoteDependencyData')[0]).toMatchObject({
    tags: { 'ai.operation.parentId': idOf('RequestData', /^full-service$/) },
    data: { baseData: { success: false, resultCode: '500' } },
  });
  expect(named('MessageData', /^resilience\.level_changed$/)).toMatchObject({
    tags: { 'ai.operation.parentId': idOf('RequestData', /^mutator$/) },
    data: {
      baseData: {
        properties: {
          'resilience.level.from': '1',
          'resilience.level.to': '2',
          'resilience.reason': 'errors',
        },
      },
    },
  });
  expect([...ingestion.paths]).toEqual(['/v2.1/track']);
  expect((await server.stop('SIGTERM')).code).toBe(0);
});
