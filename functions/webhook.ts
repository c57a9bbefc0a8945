/** Lambda: signs the changes of a queue and sends them to the webhook that the deployment names. */
import * as v from 'valibot';
import { sendBatch, type WebhookBatchParts } from '../lib/events/webhook-batch.ts';
import { lazyHandler } from '../lib/runtime/lazy.ts';
import { webhookRuntimeFromEnv } from '../lib/runtime/webhook-runtime.ts';

const eventSchema = v.object({
  Records: v.array(
    v.object({
      messageId: v.string(),
      receiptHandle: v.string(),
      body: v.string(),
      attributes: v.object({
        ApproximateReceiveCount: v.pipe(v.string(), v.regex(/^\d{1,9}$/), v.transform(Number)),
      }),
    }),
  ),
});

/** Makes the handler of a batch; who is not named in its answer was taken. */
export const createHandler = (parts: WebhookBatchParts) => async (event: unknown) => {
  const { Records: records } = v.parse(eventSchema, event);
  const messages = records.map(({ attributes, ...message }) => ({
    ...message,
    receives: attributes.ApproximateReceiveCount,
  }));
  const left = await sendBatch(parts, messages);
  return { batchItemFailures: left.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};

export const handler = lazyHandler(createHandler, webhookRuntimeFromEnv);
