/** A change of level as a webhook says it, and the signature that shows who sent it. */
import { createHmac } from 'node:crypto';
import type { LevelChanged } from './level-events.ts';

/** One message; its id stays the same however often it is sent. */
export interface WebhookMessage {
  readonly id: string;
  /** JSON: `{type, timestamp, data}`, where data is the event with its stage. */
  readonly body: string;
}

/** What `type` says. */
const WEBHOOK_TYPE = 'level.changed';

/**
 * Makes the message of a change.
 * Source of the form: Standard Webhooks 1.0, "Payload structure".
 */
export function webhookMessage(stage: string, event: LevelChanged): WebhookMessage {
  const { scope, epoch, at } = event;
  return {
    // The time is in it, since a table that was deleted counts its epochs from 1 again.
    id: `level_${stage}_${scope}_${epoch}_${Date.parse(at)}`,
    body: JSON.stringify({ type: WEBHOOK_TYPE, timestamp: at, data: { stage, ...event } }),
  };
}

/** The secrets that messages are signed with. */
export type WebhookKeys = readonly Buffer[];

/** The sizes of a secret, in bytes. Source: Standard Webhooks 1.0, "Signature scheme". */
const KEY_BYTES = { least: 24, most: 64 };

/** What a secret must be, for a refusal. */
export const WEBHOOK_SECRET_FORM =
  'whsec_ and 24 to 64 bytes in base64, or two of these with a space between while one follows the other';

/**
 * Reads one secret or, while receivers change from one to the next, two with a space between them.
 *
 * @returns null where the text is no such thing.
 */
export function readWebhookKeys(text: string): WebhookKeys | null {
  const parts = text.trim().split(/\s+/);
  const keys = parts.map((part) => {
    const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(part) ?? [];
    return Buffer.from(base64 ?? '', 'base64');
  });
  return parts.length <= 2 && keys.every(isKey) ? keys : null;
}

function isKey({ length }: Buffer): boolean {
  return length >= KEY_BYTES.least && length <= KEY_BYTES.most;
}

/**
 * The headers of one try at sending a message.
 * Source: Standard Webhooks 1.0, "Webhook headers" and "Signature scheme": HMAC-SHA256 over id, time and body.
 *
 * @param atMs Of the try, in epoch milliseconds: a receiver refuses what is minutes old.
 */
export function signedHeaders(
  keys: WebhookKeys,
  { id, body }: WebhookMessage,
  atMs: number,
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(atMs / 1_000));
  const signatures = keys.map((key) => {
    const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`);
    return `v1,${hmac.digest('base64')}`;
  });
  return {
    'content-type': 'application/json',
    'user-agent': 'resilient-service',
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
