/** Which errors a retry tries again after, unless it is told otherwise. */
import { isMarkedByAws } from './retryable-clients.ts';
import {
  isAbort,
  isNetworkError,
  isRefusal,
  isRejectedRequest,
  isRetryableHttpError,
  isTimeout,
} from './retryable.ts';

/**
 * Time-outs, network errors, HTTP statuses to try again after, and what AWS throttles or marks. A
 * refusal or an abort is none, nor a rejected request, nor an error that says nothing of the kind.
 */
export function isTransient(error: unknown): boolean {
  if (isRefusal(error) || isAbort(error)) return false;
  if (isMarkedByAws(error)) return true;
  if (isRejectedRequest(error)) return false;
  return isTimeout(error) || isNetworkError(error) || isRetryableHttpError(error);
}
