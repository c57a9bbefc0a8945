/** Which errors of the AWS SDK, MongoDB's and Redis's clients may be gone at the next attempt. */
import { chainOf, read, readText } from './error-chain.ts';
import {
  isAbort,
  isNetworkError,
  isRefusal,
  isRejectedRequest,
  isRetryableHttpError,
  isTimeout,
} from './retryable.ts';

/** Source: the AWS SDK for JavaScript's own list (@smithy/core/retry); some come with status 400. */
const AWS_THROTTLING: ReadonlySet<string> = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

const AWS_TRANSIENT: ReadonlySet<string> = new Set(['RequestTimeout', 'RequestTimeoutException']);

const MONGO_LABELS = ['RetryableWriteError', 'TransientTransactionError'] as const;

const MONGO_NAMES: ReadonlySet<string> = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoWaitQueueTimeoutError',
  'MongoPoolClearedError',
]);

/** Source: the retryable codes of MongoDB's "Retryable Reads" and "Retryable Writes", and 50. */
const MONGO_CODES: ReadonlySet<unknown> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  50, // MaxTimeMSExpired
  89, // NetworkTimeout
  91, // ShutdownInProgress
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  262, // ExceededTimeLimit
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
]);

const MONGO_MESSAGE = /connection|timeout|timed out|network|temporary/i;

/** The replies by which a server says that another moment, or another server, would do. */
const REDIS_REPLY = /^(LOADING|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|BUSY)\b/;
const REDIS_MESSAGE = /connection|timeout|timed out|\bEOF\b|broken pipe|socket closed/i;
const REDIS_REPLY_NAMES: ReadonlySet<string> = new Set([
  'ReplyError',
  'ErrorReply',
  'SimpleError',
  'BlobError',
]);

/** Whether AWS says so itself: throttling by name, or the mark of its SDK, whatever the status. */
export function isMarkedByAws(error: unknown): boolean {
  return chainOf(error).some((it) => {
    const mark = read(it, '$retryable');
    return (typeof mark === 'object' && mark !== null) || AWS_THROTTLING.has(readText(it, 'name'));
  });
}

/** Whether an AWS SDK's error is throttling, marked retryable, a time-out, the network or a 5xx. */
export function isRetryableAwsError(error: unknown): boolean {
  if (endsIt(error)) return false;
  if (isMarkedByAws(error)) return true;
  if (chainOf(error).some((it) => AWS_TRANSIENT.has(readText(it, 'name')))) return true;
  return !isRejectedRequest(error) && isLost(error);
}

/**
 * Whether a MongoDB error says so by label, code or name. Only one without a code is judged by its
 * message (connection, timeout, network, temporary).
 */
export function isRetryableMongoError(error: unknown): boolean {
  if (endsIt(error)) return false;
  const chain = chainOf(error);
  if (chain.some((it) => MONGO_LABELS.some((label) => hasLabel(it, label)))) return true;
  if (isRejectedRequest(error)) return false;
  const code = chain.map((it) => read(it, 'code')).find((it) => typeof it === 'number');
  if (code !== undefined) return MONGO_CODES.has(code);
  return (
    isLost(error) ||
    chain.some(
      (it) => MONGO_NAMES.has(readText(it, 'name')) || MONGO_MESSAGE.test(readText(it, 'message')),
    )
  );
}

/**
 * Whether a Redis server replied that it is not ready, or the connection was lost (by code, or by
 * message: connection, timeout, EOF, broken pipe). Any other reply is final, whatever it says.
 */
export function isRetryableRedisError(error: unknown): boolean {
  if (endsIt(error)) return false;
  const chain = chainOf(error);
  if (chain.some((it) => REDIS_REPLY.test(readText(it, 'message')))) return true;
  if (isRejectedRequest(error) || chain.some(isReply)) return false;
  return isLost(error) || chain.some((it) => REDIS_MESSAGE.test(readText(it, 'message')));
}

/** Nobody wants another attempt. */
const endsIt = (error: unknown): boolean => isRefusal(error) || isAbort(error);

/** The call, its answer or the server was lost on the way. */
const isLost = (error: unknown): boolean =>
  isTimeout(error) || isNetworkError(error) || isRetryableHttpError(error);

function hasLabel(error: unknown, label: string): boolean {
  const labels = read(error, 'errorLabels');
  if (Array.isArray(labels)) return labels.includes(label);
  const has = read(error, 'hasErrorLabel');
  if (typeof has !== 'function') return false;
  try {
    return has.call(error, label) === true;
  } catch {
    return false;
  }
}

/** A reply of the server: ioredis names it, node-redis has a class that names nothing. */
function isReply(error: unknown): boolean {
  const name = readText(error, 'name');
  return (
    REDIS_REPLY_NAMES.has(name) ||
    REDIS_REPLY_NAMES.has(readText(read(error, 'constructor'), 'name'))
  );
}
