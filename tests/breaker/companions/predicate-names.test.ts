/** The names, codes and labels by which clients say that another attempt may do, each by itself. */
import { describe, expect, test } from 'vitest';
import {
  BulkheadFullError,
  isNetworkError,
  isRetryableAwsError,
  isRetryableMongoError,
  isRetryableRedisError,
  isTransient,
} from '../../../lib/breaker/index.ts';

const made = (message: string, properties: object) => Object.assign(new Error(message), properties);

test.each(
  `ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENETRESET ENOTFOUND
  EAI_AGAIN UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT UND_ERR_SOCKET ESOCKETTIMEDOUT
  ERR_NETWORK`.split(/\s+/),
)('the code %s is the network', (code) => {
  expect(isNetworkError({ code })).toBe(true);
});

test.each(['ABORT_ERR', 'UND_ERR_ABORTED', 'ERR_CANCELED'])('the code %s is an abort', (code) => {
  expect(isTransient(made('x', { code, status: 503 }))).toBe(false);
});

test.each(
  `BandwidthLimitExceeded EC2ThrottledException LimitExceededException PriorRequestNotComplete
  ProvisionedThroughputExceededException RequestLimitExceeded RequestThrottled RequestThrottledException SlowDown
  ThrottledException Throttling ThrottlingException TooManyRequestsException TransactionInProgressException
  RequestTimeout RequestTimeoutException`.split(/\s+/),
)('AWS says %s', (name) => {
  expect(isRetryableAwsError(made('x', { name, $metadata: { httpStatusCode: 400 } }))).toBe(true);
});

test('a refusal is none that AWS marks', () => {
  const cause = new BulkheadFullError('db');
  expect(isRetryableAwsError(made('x', { name: 'ThrottlingException', cause }))).toBe(false);
});

describe('MongoDB', () => {
  test('has codes that are numbers, and others are of the network', () => {
    expect(isRetryableMongoError(made('x', { code: 'ECONNRESET' }))).toBe(true);
    expect(isRetryableMongoError(made('x', { code: 'ENOENT' }))).toBe(false);
  });

  test('has no label where it says so', () => {
    expect(isRetryableMongoError({ hasErrorLabel: () => false })).toBe(false);
  });

  test.each(['RetryableWriteError', 'TransientTransactionError'])('labels %s', (label) => {
    expect(isRetryableMongoError({ errorLabels: ['other', label] })).toBe(true);
    expect(isRetryableMongoError({ hasErrorLabel: (each: string) => each === label })).toBe(true);
    expect(isRetryableMongoError({ hasErrorLabel: () => 'yes' })).toBe(false);
  });

  test.each(
    `MongoNetworkError MongoNetworkTimeoutError MongoServerSelectionError MongoWaitQueueTimeoutError
    MongoPoolClearedError`.split(/\s+/),
  )('names %s', (name) => {
    expect(isRetryableMongoError(made('x', { name }))).toBe(true);
  });
});

describe('Redis', () => {
  test('has the last word as a cause too', () => {
    const cause = made('WRONGTYPE', { name: 'ReplyError' });
    expect(isRetryableRedisError(made('connection', { cause }))).toBe(false);
  });

  test.each(['LOADING', 'TRYAGAIN', 'CLUSTERDOWN', 'MASTERDOWN', 'READONLY', 'BUSY'])(
    'replies %s',
    (word) => {
      const replied = (message: string) => made(message, { name: 'ReplyError' });
      expect(isRetryableRedisError(replied(`${word} now`))).toBe(true);
      expect(isRetryableRedisError(replied(`ERR ${word} now`))).toBe(false);
      expect(isRetryableRedisError(replied(`${word}GROUP now`))).toBe(false);
    },
  );

  test.each(['ReplyError', 'ErrorReply', 'SimpleError', 'BlobError'])(
    'has the last word in a %s',
    (name) => {
      expect(isRetryableRedisError(made('connection', { name }))).toBe(false);
    },
  );
});
