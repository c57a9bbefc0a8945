/** What stands behind the upstream service: the AWS SDK, loaded by the first request that needs it. */
import * as v from 'valibot';
import type { LastGoodStore } from '../services/last-good.ts';
import type { CredentialSource } from '../services/upstream-settings.ts';
import type { BreakerStore } from '../shared/row-write.ts';
import { systemClock } from './clock.ts';
import { readSettings } from './settings.ts';

/** Gives a function that opens the last good answers of a table once, and the same ones from then on; one that fails is tried again. */
export function lastGoodOnDemand(tableName: string): () => Promise<LastGoodStore> {
  let opened: Promise<LastGoodStore> | undefined;
  return () =>
    (opened ??= openLastGood(tableName).catch((error: unknown) => {
      opened = undefined;
      throw error;
    }));
}

/** The breakers of a table, opened by the first that reads one; an opening that fails is tried again. */
export function breakersOnDemand(tableName: string): BreakerStore {
  let opened: Promise<BreakerStore> | undefined;
  const open = () =>
    (opened ??= openBreakers(tableName).catch((error: unknown) => {
      opened = undefined;
      throw error;
    }));
  return {
    read: async (key) => (await open()).read(key),
    write: async (key, write) => (await open()).write(key, write),
  };
}

async function openBreakers(table: string): Promise<BreakerStore> {
  const { dynamoBreakerStore } = await import('../store/dynamo-breaker-store.ts');
  return dynamoBreakerStore({ table });
}

async function openLastGood(tableName: string): Promise<LastGoodStore> {
  const [{ createDocumentClient }, { DynamoLastGood }] = await Promise.all([
    import('../store/dynamo-client.ts'),
    import('../store/dynamo-last-good.ts'),
  ]);
  return new DynamoLastGood(createDocumentClient({}), tableName, systemClock);
}

/**
 * Reads the value of a credential from where AWS is configured; it is kept nowhere.
 *
 * @throws Error that shows nothing of what was read.
 */
export async function readCredential(source: CredentialSource): Promise<string> {
  const { AWS_ENDPOINT_URL: endpoint } = readSettings({ AWS_ENDPOINT_URL: v.optional(v.string()) });
  const { readValue } = await import('../store/aws-values.ts');
  return 'ssm' in source
    ? readValue('ssm', source.ssm, endpoint)
    : readValue('secretsmanager', source.secret, endpoint);
}
