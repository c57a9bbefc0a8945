/** One try at sending a change of level to a webhook. */
import { retryAfterMs, timeout } from '../breaker/index.ts';
import type { LevelChanged } from './level-events.ts';
import { signedHeaders, webhookMessage, type WebhookKeys } from './webhook-message.ts';

/** Where changes are sent to. */
export interface Webhook {
  /**
   * Sends one message once.
   *
   * @param signal Ends the try.
   * @throws WebhookError where the receiver did not take it; TimeoutError; what reading the secret throws.
   */
  post(event: LevelChanged, signal?: AbortSignal): Promise<void>;
}

/** A receiver that did not take a message; it shows nothing of the URL, which may be a secret. */
class WebhookError extends Error {
  override readonly name = 'WebhookError';
  readonly code = 'WEBHOOK_NOT_TAKEN';
  /** What it asks to wait before the next try, in milliseconds. */
  readonly retryAfterMs?: number;
  constructor(got: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(`expected the webhook's receiver to answer 2xx, got ${got}`, options);
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** How long a receiver may take. Source: Standard Webhooks 1.0, "Timeouts": 15 to 30 s; a level is sooner old. */
const ANSWER_MS = 10_000;

/** The longest wait that a receiver may ask for, in milliseconds. */
const MOST_ASKED_MS = 600_000;

/**
 * Makes it.
 *
 * @param options.readKeys Asked at each try, so that a secret may change.
 * @param options.answerMs How long a receiver may take, in milliseconds (10,000).
 */
export function createWebhook(options: {
  readonly url: string;
  readonly stage: string;
  readonly readKeys: () => Promise<WebhookKeys>;
  readonly clock: { readonly nowMs: () => number };
  readonly answerMs?: number;
}): Webhook {
  const { url, stage, readKeys, clock, answerMs = ANSWER_MS } = options;
  const inTime = timeout({ timeout: answerMs });
  const send = async (event: LevelChanged, signal: AbortSignal) => {
    const message = webhookMessage(stage, event);
    const headers = signedHeaders(await readKeys(), message, clock.nowMs());
    // A redirect would take the message to where nobody sent it.
    const init = {
      method: 'POST',
      headers,
      body: message.body,
      redirect: 'manual',
      signal,
    } as const;
    const response = await fetch(url, init).catch((cause: unknown) => {
      throw new WebhookError('no answer', { cause });
    });
    // What it says is nobody's, and may have no end.
    await response.body?.cancel();
    if (response.ok) return;
    const asked = retryAfterMs(response);
    const wait = asked === null ? {} : { retryAfterMs: Math.min(asked, MOST_ASKED_MS) };
    throw new WebhookError(String(response.status), wait);
  };
  return {
    post: (event, signal) =>
      inTime.execute((context) => send(event, context.signal), signal && { signal }),
  };
}
