/** The embedded table behind an HTTP server, for clients that know nothing of this process. */
import type { EmbeddedTable } from '../../lib/local/table.ts';
import { answerJson, givenServer, type LocalServer, type Received } from './local-servers.ts';

/** Passes a request on to a table and returns what it answered. */
export async function passOn(
  { connection }: Pick<EmbeddedTable, 'connection'>,
  { request, body }: Received,
): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { 'x-amz-target': String(request.headers['x-amz-target']) };
  const { response } = await connection.requestHandler.handle({ headers, body: Buffer.from(body) });
  const { statusCode: status, body: answered } = response;
  return { status, body: JSON.parse(answered.toString()) as unknown };
}

/** Starts the server; it ends with the test. */
export function serveTable(table: Pick<EmbeddedTable, 'connection'>): Promise<LocalServer> {
  return givenServer(async (response, received) => {
    const { status, body } = await passOn(table, received);
    answerJson(response, status, body);
  });
}
