/** Which errors may be gone at the next attempt: tables of real shapes, and what no shape may do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BulkheadFullError,
  CircuitBreakerOpenError,
  isNetworkError,
  isRetryableAwsError,
  isRetryableHttpError,
  isRetryableMongoError,
  isRetryableRedisError,
  isTransient,
  TimeoutError,
} from '../../../lib/breaker/index.ts';

const PREDICATES = {
  isNetworkError,
  isRetryableHttpError,
  isRetryableAwsError,
  isRetryableMongoError,
  isRetryableRedisError,
  isTransient,
};

const made = (message: string, properties: object = {}) =>
  Object.assign(new Error(message), properties);
const coded = (code: string) => made(code, { code });
const fetchFailed = (code: string) => new TypeError('fetch failed', { cause: coded(code) });
const aws = (name: string, httpStatusCode: number, rest: object = {}) =>
  made(name, { name, $fault: 'client', $metadata: { httpStatusCode }, ...rest });
const mongo = (name: string, code?: number, labels: readonly string[] = []) =>
  made(name, {
    name,
    code,
    hasErrorLabel: (label: string) => labels.includes(label),
  });
const reply = (message: string) => made(message, { name: 'ReplyError' });

/** node-redis names its classes and not its errors. */
class ErrorReply extends Error {}

type Case = readonly [title: string, error: unknown, expected: boolean];

const NETWORK: readonly Case[] = [
  ['ECONNREFUSED', coded('ECONNREFUSED'), true],
  ['EAI_AGAIN', coded('EAI_AGAIN'), true],
  ['undici header time-out', coded('UND_ERR_HEADERS_TIMEOUT'), true],
  ['fetch that failed on the way', fetchFailed('ECONNRESET'), true],
  ['fetch that the other side closed', fetchFailed('UND_ERR_SOCKET'), true],
  ['fetch of a bad address', new TypeError('fetch failed', { cause: new Error('scheme') }), false],
  ['a bad certificate', fetchFailed('CERT_HAS_EXPIRED'), false],
  ['an aborted request', coded('UND_ERR_ABORTED'), false],
  ['a missing file', coded('ENOENT'), false],
  ['an answer 400 after all', made('x', { status: 400, cause: coded('ECONNRESET') }), false],
];

const HTTP: readonly Case[] = [
  ...[408, 425, 429, 500, 502, 503, 504, 522].map((s): Case => [`${s}`, { status: s }, true]),
  ...[301, 400, 401, 403, 404, 409, 422].map((s): Case => [`${s}`, { status: s }, false]),
  ['statusCode', { statusCode: 503 }, true],
  ['the status of the response', { code: 'ERR_BAD_RESPONSE', response: { status: 503 } }, true],
  ['the status of a cause', new Error('x', { cause: { status: 503 } }), true],
  ['a status that is a word', { status: 'ERROR' }, false],
  ['a status that is none', { status: 999 }, false],
  ['no status', coded('ECONNRESET'), false],
];

const AWS: readonly Case[] = [
  ['throttling with status 400', aws('ThrottlingException', 400), true],
  ['DynamoDB throughput', aws('ProvisionedThroughputExceededException', 400), true],
  ['the mark of the SDK', aws('Odd', 400, { $retryable: { throttling: true } }), true],
  ['retryable without throttling', aws('Odd', 400, { $retryable: {} }), true],
  ['a mark that is none', aws('Odd', 400, { $retryable: null }), false],
  ['503', aws('ServiceUnavailable', 503, { $fault: 'server' }), true],
  ['a time-out of the request', aws('RequestTimeout', 400), true],
  ['a lost connection', coded('ECONNRESET'), true],
  ['the time-out of its handler', made('x', { name: 'TimeoutError' }), true],
  ['a validation of connection', aws('ValidationException', 400), false],
  ['a failed condition', aws('ConditionalCheckFailedException', 400), false],
  ['denied', aws('AccessDeniedException', 403), false],
];

const MONGO: readonly Case[] = [
  ['a label', mongo('MongoServerError', 1, ['RetryableWriteError']), true],
  ['a label in a list', { errorLabels: ['TransientTransactionError'] }, true],
  ['a stepped-down primary', mongo('MongoServerError', 189), true],
  ['a server time limit', mongo('MongoServerError', 50), true],
  ['a duplicate key, whatever it says', made('E11000 connection', { code: 11_000 }), false],
  ['a network error by name', mongo('MongoNetworkError'), true],
  ['server selection', mongo('MongoServerSelectionError'), true],
  ['a message: connection', made('Connection pool closed'), true],
  ['a message: timed out', made('Server selection timed out after 30000 ms'), true],
  ['a message: temporary', made('temporary failure in name resolution'), true],
  ['a message of another kind', made('cannot read field'), false],
  ['a cause', new Error('repository', { cause: made('network unreachable') }), true],
  ['a 400 that says connection', made('connection is required', { status: 400 }), false],
];

const REDIS: readonly Case[] = [
  ['loading', reply('LOADING Redis is loading the dataset in memory'), true],
  ['a cluster that is down', reply('CLUSTERDOWN The cluster is down'), true],
  ['try again', new ErrorReply('TRYAGAIN Multiple keys request during rehashing'), true],
  ['a replica', reply('READONLY You cannot write against a read only replica.'), true],
  ['a wrong type, whatever it says', reply('WRONGTYPE connection'), false],
  ['a reply of node-redis', new ErrorReply('ERR no such connection'), false],
  ['a closed connection', made('Connection is closed.'), true],
  ['a closed socket', made('Socket closed unexpectedly'), true],
  ['EOF', made('unexpected EOF'), true],
  ['a word with eof in it', made('typeof is not allowed'), false],
  ['a broken pipe', made('write: broken pipe'), true],
  ['a code', coded('EPIPE'), true],
  ['a 422 that says timeout', made('timeout must be a number', { statusCode: 422 }), false],
];

const TRANSIENT: readonly Case[] = [
  ['a time-out', new TimeoutError('the call', 1), true],
  ['the time-out of a signal', new DOMException('x', 'TimeoutError'), true],
  ['a network error', fetchFailed('ECONNREFUSED'), true],
  ['503', { response: { statusCode: 503 } }, true],
  ['throttling', aws('ThrottlingException', 400), true],
  ['the mark of an AWS SDK', aws('Odd', 400, { $retryable: {} }), true],
  ['a refusal', new CircuitBreakerOpenError('b'), false],
  ['a refusal as cause', made('x', { status: 503, cause: new BulkheadFullError('b') }), false],
  ['an abort', new DOMException('x', 'AbortError'), false],
  ['an abort as cause', made('x', { cause: coded('ABORT_ERR'), status: 503 }), false],
  ['a mistake', new TypeError('x is not a function'), false],
  ['a message alone', made('connection'), false],
];

describe.each([
  ['isNetworkError', NETWORK],
  ['isRetryableHttpError', HTTP],
  ['isRetryableAwsError', AWS],
  ['isRetryableMongoError', MONGO],
  ['isRetryableRedisError', REDIS],
  ['isTransient', TRANSIENT],
] as const)('%s', (name, cases) => {
  test.each(cases)('%s', (_title, error, expected) => {
    expect(PREDICATES[name](error)).toBe(expected);
  });
});

const hostile = new Proxy(
  {},
  {
    get: () => {
      throw new Error('no');
    },
  },
);
const circle = made('circle');
circle.cause = circle;
const labelled = {
  hasErrorLabel: () => {
    throw new Error('no');
  },
};

describe.each(Object.entries(PREDICATES))('%s', (_name, predicate) => {
  test.each([undefined, null, 0, '', 'connection', Symbol('s'), hostile, circle, labelled, []])(
    'says no to odd input %#',
    (error) => {
      expect(predicate(error)).toBe(false);
    },
  );

  test('answers anything with yes or no', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (error) => {
        expect(typeof predicate(error)).toBe('boolean');
        expect(typeof predicate({ cause: error, response: error, errorLabels: error })).toBe(
          'boolean',
        );
      }),
    );
  });

  test('says no to a refusal, to an abort and to a request that was rejected', () => {
    const rejected = made('connection timeout', { status: 400, code: 'ECONNRESET' });
    const aborted = made('connection', { name: 'AbortError' });
    for (const error of [new CircuitBreakerOpenError('connection'), aborted, rejected]) {
      expect(predicate(error)).toBe(false);
    }
  });
});

test('a request that was rejected is not transient, whatever it is called', () => {
  const named = (status: number) =>
    Object.assign(new Error('no'), { name: 'TimeoutError', status });
  expect([400, 499].map((status) => isTransient(named(status)))).toEqual([false, false]);
  expect([302, 408, 500].map((status) => isTransient(named(status)))).toEqual([true, true, true]);
});
