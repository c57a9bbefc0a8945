/** What can go wrong between the protocol and the table, by its names, codes and words. */
import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { asStoreError } from '../../lib/store/dynamo-errors.ts';
import * as errors from '../../lib/store/errors.ts';

describe('what goes wrong', () => {
  const cause = (name: string) =>
    new DynamoDBServiceException({ name, message: '', $fault: 'server', $metadata: {} });

  test.each([
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'ThrottlingException',
  ])('%s has surely done nothing', (name) => {
    const error = asStoreError('write', cause(name));
    expect(error).toBeInstanceOf(errors.StoreThrottledError);
    expect(error).toMatchObject({ cause: { name }, code: 'STORE_THROTTLED' });
  });

  test.each<[unknown, string]>([
    [cause('InternalServerError'), 'InternalServerError'],
    [Object.assign(new Error('x'), { name: 'ThrottlingException' }), 'ThrottlingException'],
    ['text', 'an unknown error'],
  ])('of anything else nobody knows: %o', (given, got) => {
    expect(asStoreError('write', given)).toMatchObject({
      name: 'StoreUnavailableError',
      code: 'STORE_UNAVAILABLE',
      operation: 'write',
      cause: given,
      message: `expected the level table to answer a write, got ${got}`,
    });
  });

  test('says its name, code and words', () => {
    const throttled = new errors.StoreThrottledError({ cause: 1 });
    const malformed = new errors.RowMalformedError('SYSTEM_STATE', ['a', 'b']);
    const conflict = new errors.WriteConflictError('SYSTEM_STATE', 3);
    const told = [throttled, malformed, conflict].map(({ name, code, message }) => ({
      name,
      code,
      message,
    }));
    expect(told).toEqual([
      {
        name: 'StoreThrottledError',
        code: 'STORE_THROTTLED',
        message: 'expected the level table to accept the request, but it was throttled',
      },
      {
        name: 'RowMalformedError',
        code: 'ROW_MALFORMED',
        message: 'row SYSTEM_STATE is malformed (a; b); POST /circuit-breaker/reset heals it',
      },
      {
        name: 'WriteConflictError',
        code: 'WRITE_CONFLICT',
        message: 'row SYSTEM_STATE changed under each of 3 tries; read the status and try again',
      },
    ]);
  });
});
