/** A batch of the webhook's queue: each message is sent once, and one that is not taken comes again later. */
import * as v from 'valibot';
import type { ChangeReason } from '../level/state.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { LevelChanged } from './level-events.ts';
import type { Webhook } from './webhook.ts';

/** A message of the queue, as Lambda hands it over. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** JSON: the event as EventBridge wrote it. */
  readonly body: string;
  /** How often it was handed over, from 1. */
  readonly receives: number;
}

/** What sends a batch. */
export interface WebhookBatchParts {
  readonly webhook: Webhook;
  readonly telemetry: Telemetry;
  /** Hides a message for so many seconds before it comes again. */
  readonly hide: (message: QueuedMessage, seconds: number) => Promise<void>;
  /** 0 up to but not including 1. */
  readonly random: () => number;
}

/** What a wait begins with, and the longest one, in seconds. A queue hides a message for 12 h at most. */
const WAIT = { first: 30, most: 10_800 };

const level = v.picklist([1, 2, 3]);

const eventSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    detail: v.object({
      scope: v.string(),
      from: level,
      to: level,
      reason: v.custom<ChangeReason>((value) => typeof value === 'string'),
      epoch: v.number(),
      at: v.pipe(v.string(), v.isoTimestamp()),
      note: v.optional(v.string()),
      by: v.optional(v.string()),
    }),
  }),
);

/**
 * How long a message waits after it was handed over so often, in seconds: half of a bound that doubles, and up to
 * the other half by chance, so that what failed together does not come together. 16 tries are about a day.
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog, equal jitter.
 *
 * @param random 0 up to but not including 1.
 */
export function waitAfter(receives: number, random: number): number {
  const bound = Math.min(WAIT.most, WAIT.first * 2 ** (receives - 1));
  return Math.round(bound / 2 + (random * bound) / 2);
}

/**
 * Sends the messages side by side.
 *
 * @returns Those that were not taken. It does not reject.
 */
export async function sendBatch(
  parts: WebhookBatchParts,
  messages: readonly QueuedMessage[],
): Promise<readonly QueuedMessage[]> {
  const taken = await Promise.all(messages.map((message) => sendOne(parts, message)));
  return messages.filter((_message, index) => taken[index] === false);
}

async function sendOne(
  { webhook, telemetry, hide, random }: WebhookBatchParts,
  message: QueuedMessage,
): Promise<boolean> {
  const { messageId, receives } = message;
  try {
    await webhook.post(changeIn(message));
    return true;
  } catch (error) {
    const waitS = Math.max(waitAfter(receives, random()), askedS(error));
    telemetry.warn('webhook not taken', {
      messageId,
      attempt: receives,
      nextDelay: waitS * 1_000,
      error,
    });
    // Otherwise it comes when the queue's own time is over.
    await hide(message, waitS).catch((cause: unknown) =>
      telemetry.warn('webhook not delayed', { messageId, error: cause }),
    );
    return false;
  }
}

function changeIn({ body }: QueuedMessage): LevelChanged {
  const { note, by, ...change } = v.parse(eventSchema, body).detail;
  return { ...change, ...(note !== undefined && { note }), ...(by !== undefined && { by }) };
}

function askedS(error: unknown): number {
  const { retryAfterMs = 0 } = error as { readonly retryAfterMs?: number };
  return Math.ceil(retryAfterMs / 1_000);
}
