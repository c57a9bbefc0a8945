/** What the function of the webhook is made of. */
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as v from 'valibot';
import type { WebhookBatchParts } from '../events/webhook-batch.ts';
import {
  readWebhookKeys,
  WEBHOOK_SECRET_FORM,
  type WebhookKeys,
} from '../events/webhook-message.ts';
import { createWebhook } from '../events/webhook.ts';
import { readValue } from '../store/aws-values.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';
import { systemClock } from './clock.ts';
import { readConfig, SETTINGS, webhookUrl } from './config.ts';
import { ConfigError, described, readSettings } from './settings.ts';
import { systemChance } from './simulation.ts';

/** What it is told besides what every function is. */
const WEBHOOK_SETTINGS = {
  AWS_ENDPOINT_URL: SETTINGS.AWS_ENDPOINT_URL,
  WEBHOOK_URL: webhookUrl,
  WEBHOOK_SECRET_PARAMETER: described(v.string(), 'the parameter of SSM that has the secret'),
  WEBHOOK_QUEUE_URL: described(v.string(), 'the queue that the changes wait in'),
};

/** A secret is read again after this time, in milliseconds. */
const REFRESH_MS = 5 * 60_000;

/**
 * Makes it from the environment.
 *
 * @throws ConfigError
 */
export function webhookRuntimeFromEnv(): WebhookBatchParts {
  const settings = readSettings(WEBHOOK_SETTINGS);
  const { AWS_ENDPOINT_URL: endpoint, WEBHOOK_SECRET_PARAMETER: name } = settings;
  const config = readConfig();
  const sqs = new SQSClient({ maxAttempts: 2, useQueueUrlAsEndpoint: false });
  return {
    webhook: createWebhook({
      url: settings.WEBHOOK_URL,
      stage: config.stage,
      readKeys: keptFor(REFRESH_MS, async () =>
        keysIn(await readValue('ssm', name, endpoint), name),
      ),
      clock: systemClock,
    }),
    telemetry: powertoolsTelemetry(config),
    async hide({ receiptHandle: ReceiptHandle }, VisibilityTimeout) {
      const QueueUrl = settings.WEBHOOK_QUEUE_URL;
      await sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }),
      );
    },
    random: systemChance.random,
  };
}

function keysIn(text: string, name: string): WebhookKeys {
  const keys = readWebhookKeys(text);
  if (keys === null) throw new ConfigError(`parameter ${name} must hold ${WEBHOOK_SECRET_FORM}`);
  return keys;
}

/** Reads once in so long; what fails is read again. */
function keptFor<T>(keptMs: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly value: T; readonly untilMs: number } | null = null;
  return async () => {
    const nowMs = systemClock.monotonicMs();
    if (kept === null || nowMs >= kept.untilMs)
      kept = { value: await read(), untilMs: nowMs + keptMs };
    return kept.value;
  };
}
