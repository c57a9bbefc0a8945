/** The bank's accounts on the laptop: a table of their own, seeded where they are missing. */
import { systemClock } from '../runtime/clock.ts';
import type { Accounts } from '../services/accounts.ts';
import { createDocumentClient } from '../store/dynamo-client.ts';
import { DynamoAccounts } from '../store/dynamo-accounts.ts';
import { seedAccounts } from '../store/seed-accounts.ts';
import { openTable } from './table.ts';

/** The accounts, as long as they are open. */
export interface LocalAccounts {
  readonly accounts: Accounts;
  close(): Promise<void>;
}

/** Opens them; with a table of their own, an operation on the level row is never theirs. */
export async function openLocalAccounts(
  options: Parameters<typeof openTable>[0],
): Promise<LocalAccounts> {
  const { tableName } = options;
  const table = await openTable(options);
  const client = createDocumentClient(table.connection);
  const close = async () => {
    client.destroy();
    await table.close();
  };
  try {
    await seedAccounts(client, tableName, systemClock.nowMs());
  } catch (error) {
    await close();
    throw error;
  }
  return { accounts: new DynamoAccounts(client, tableName), close };
}
