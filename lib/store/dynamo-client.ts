/** The DynamoDB client of a request path: short time-outs, no retries of its own. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** How long a connection may take to open, in milliseconds. */
const CONNECTION_TIMEOUT_MS = 500;

/** How long a request may take, in milliseconds: below the time-out of the task that waits for it. */
const REQUEST_TIMEOUT_MS = 1_500;

/**
 * Makes the client; one per process is enough, and its connections are kept alive.
 *
 * There is one attempt: retries live in the workflow, and a write whose result is unknown must not
 * be repeated at all, which the SDK's retries would do.
 *
 * @param config.requestHandler Replaces the network, for a table in this process.
 */
export function createDocumentClient(
  config: Pick<DynamoDBClientConfig, 'region' | 'endpoint' | 'credentials' | 'requestHandler'>,
): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpsAgent: { keepAlive: true, maxSockets: 50 },
      httpAgent: { keepAlive: true, maxSockets: 50 },
    },
    ...config,
    maxAttempts: 1,
  });
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
    // A hand-edited number beyond the safe integers must reach the row's validation, not throw here.
    unmarshallOptions: { wrapNumbers: Number },
  });
}
