/** A small server for the examples: it counts its requests and answers with the status it is told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export async function startServer() {
  const told = { status: 200, requests: 0 };
  const server = createServer((_request, response) => {
    told.requests += 1;
    response.writeHead(told.status, { 'content-type': 'application/json' }).end('{"total": 42}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { told, url: `http://127.0.0.1:${port}/`, stop: () => server.close() };
}
