/** The DynamoDB client of a request path: short time-outs, no retries of its own. */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, NumberValue } from '@aws-sdk/lib-dynamodb';

/** How long the table may take, in milliseconds. */
export interface Timeouts {
  /** To open a connection. */
  readonly connectionMs: number;
  /** To answer a request. */
  readonly requestMs: number;
}

/** For a request path: below the time-out of the task that waits for two writes. */
const REQUEST_PATH: Timeouts = { connectionMs: 500, requestMs: 1_500 };

/**
 * Makes the client; one per process is enough, and its connections are kept alive.
 *
 * There is one attempt: retries live in the workflow, and a write whose result is unknown must not
 * be repeated at all, which the SDK's retries would do.
 *
 * @param config.region Without one, that of the AWS configuration.
 * @param config.requestHandler Replaces the network; the time-outs are then its own.
 */
export function createDocumentClient(
  {
    region,
    ...config
  }: Pick<DynamoDBClientConfig, 'endpoint' | 'credentials' | 'signer' | 'requestHandler'> & {
    readonly region?: string | undefined;
  },
  { connectionMs, requestMs }: Timeouts = REQUEST_PATH,
): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    requestHandler: {
      connectionTimeout: connectionMs,
      // Up to the head of the answer, and then while its body stands still.
      requestTimeout: requestMs,
      socketTimeout: requestMs,
      throwOnRequestTimeout: true,
    },
    ...config,
    ...(region !== undefined && { region }),
    maxAttempts: 1,
  });
  return DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true },
    unmarshallOptions: { wrapNumbers: exactNumber },
  });
}

/**
 * A hand-edited number that a double cannot hold must reach the row's validation, and the fence of
 * the reset that heals it, as it is.
 */
export function exactNumber(text: string): number | NumberValue {
  const value = Number(text);
  return String(value) === text ? value : NumberValue.from(text);
}
