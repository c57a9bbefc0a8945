/** From an error of DynamoDB's client to what it means for a write. */
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { StoreThrottledError, StoreUnavailableError } from './errors.ts';

/** The errors with which DynamoDB says that it did nothing, so that a repeat is safe. */
const REFUSALS = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
]);

/** Whether it surely did nothing, or nobody knows. */
export function asStoreError(operation: 'read' | 'write', cause: unknown): Error {
  return cause instanceof DynamoDBServiceException && REFUSALS.has(cause.name)
    ? new StoreThrottledError({ cause })
    : new StoreUnavailableError(operation, { cause });
}
