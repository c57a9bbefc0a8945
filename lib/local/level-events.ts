/** Who hears of a change on a laptop: the record in the data folder, and the webhook that the settings name. */
import type { LevelEvents } from '../events/level-events.ts';
import { createWebhook } from '../events/webhook.ts';
import { createWebhookQueue } from '../events/webhook-queue.ts';
import { readWebhookKeys, WEBHOOK_SECRET_FORM } from '../events/webhook-message.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Config } from '../runtime/config.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { createChangeRecord } from './change-record.ts';
import { StartError } from './errors.ts';

/** Where the events of this process go. */
export interface LocalEvents {
  /** null where nobody hears of them. */
  readonly events: LevelEvents | null;
  close(): Promise<void>;
}

/**
 * Makes them.
 *
 * @param given.dataDir null: nothing is recorded.
 * @throws StartError where a webhook has no secret, or a secret no webhook.
 */
export function createLocalEvents(
  given: Pick<Config, 'tableName' | 'durability' | 'stage' | 'webhookUrl' | 'webhookSecret'> & {
    readonly dataDir: string | null;
    readonly telemetry: Telemetry;
  },
): LocalEvents {
  const { dataDir, tableName, durability } = given;
  const flush = durability === 'fsync';
  const record = dataDir === null ? null : createChangeRecord(dataDir, tableName, { flush });
  const queue = queueOf(given);
  if (record === null && queue === null) return { events: null, close: async () => {} };
  return {
    events: {
      async publish(changes, whenTold) {
        await record?.add(changes);
        await (queue === null ? whenTold() : queue.publish(changes, whenTold));
      },
    },
    close: async () => queue?.close(),
  };
}

function queueOf({
  stage,
  webhookUrl,
  webhookSecret,
  telemetry,
}: Parameters<typeof createLocalEvents>[0]) {
  if (webhookUrl === undefined && webhookSecret === undefined) return null;
  if (webhookUrl === undefined || webhookSecret === undefined) {
    const missing = webhookUrl === undefined ? 'WEBHOOK_URL' : 'WEBHOOK_SECRET';
    throw new StartError(`${missing} is missing; WEBHOOK_URL and WEBHOOK_SECRET go together`);
  }
  const keys = readWebhookKeys(webhookSecret);
  if (keys === null) throw new StartError(`WEBHOOK_SECRET must be ${WEBHOOK_SECRET_FORM}`);
  const parts = { url: webhookUrl, stage, readKeys: async () => keys, clock: systemClock };
  return createWebhookQueue({ webhook: createWebhook(parts), telemetry });
}
