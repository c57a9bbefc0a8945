/** The webhook of one process: what waits is bounded, and nobody waits for it. */
import { retry, type RetryOptions } from '../breaker/index.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import {
  changeKeyOf,
  isLevelChange,
  LevelEventsError,
  type LevelChanged,
  type LevelEvents,
} from './level-events.ts';
import type { Webhook } from './webhook.ts';

/** Messages that wait at most. */
const MOST_WAITING = 100;

/** Twelve tries in half an hour on average, an hour at most: waits of up to 1, 3, 9 s … 10 min. */
const TRIES = { attempts: 12, delay: 1_000, factor: 3, maxDelay: 600_000 } as const;

/** Events for a webhook, sent beside everything else. */
export interface WebhookQueue extends LevelEvents {
  /** Ends what is being sent. What was not told is told after the next start. */
  close(): Promise<void>;
}

interface Waiting {
  readonly key: string;
  readonly event: LevelChanged;
  /** Of the last event of those published together. */
  readonly whenTold: (() => Promise<void>) | null;
}

/**
 * Makes it: one message after the other, so that they arrive in order. A message that was tried for long
 * enough is a dead letter: it is logged, and the next one's turn comes.
 *
 * @param options.tries How often a message is tried, and how far apart.
 * @throws BreakerOptionsError for tries that are none.
 */
export function createWebhookQueue(options: {
  readonly webhook: Webhook;
  readonly telemetry: Telemetry;
  readonly tries?: Pick<RetryOptions, 'attempts' | 'delay' | 'factor' | 'maxDelay' | 'jitter'>;
}): WebhookQueue {
  const { webhook, telemetry, tries = TRIES } = options;
  const ending = new AbortController();
  const waiting: Waiting[] = [];
  let sending = Promise.resolve();
  let isSending = false;
  const tried = retry({
    ...tries,
    retryOn: { error: () => true },
    onRetry: ({ error, attempt, delayMs }) =>
      telemetry.warn('webhook not taken', { attempt, nextDelay: delayMs, error }),
  });

  async function sendOne({ event, whenTold }: Waiting): Promise<void> {
    const { signal } = ending;
    try {
      await tried.execute((context) => webhook.post(event, context.signal), { signal });
    } catch (error) {
      if (signal.aborted) return;
      telemetry.error('webhook given up', { event, error });
      telemetry.count('AnnounceFailed', event.scope);
    }
    await whenTold?.();
  }

  async function sendAll(): Promise<void> {
    isSending = true;
    for (let next = waiting[0]; next !== undefined && !ending.signal.aborted; next = waiting[0]) {
      // A mark that is lost means that the event is told twice.
      await sendOne(next).catch((error: unknown) =>
        telemetry.warn('webhook not marked', { scope: next?.event.scope, error }),
      );
      waiting.shift();
    }
    isSending = false;
  }

  return {
    async publish(events, whenTold) {
      const changes = events.filter(isLevelChange);
      if (changes.length === 0) return whenTold();
      const known = new Set(waiting.map(({ key }) => key));
      const added = changes
        .map((event, index) => ({
          key: changeKeyOf(event),
          event,
          whenTold: index === changes.length - 1 ? whenTold : null,
        }))
        .filter(({ key }) => !known.has(key));
      if (waiting.length + added.length > MOST_WAITING) {
        throw new LevelEventsError(
          `expected the webhook to take ${added.length} more events, got ${waiting.length} that wait`,
        );
      }
      waiting.push(...added);
      if (!isSending) sending = sendAll();
    },
    async close() {
      ending.abort();
      await sending;
    },
  };
}
