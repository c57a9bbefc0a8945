/** The accounts of a face function: the AWS SDK behind them is loaded by the first call to the bank. */
import type { Accounts } from '../services/accounts.ts';

/** Gives a function that opens the accounts of a table once, and the same ones from then on; one that fails is tried again. */
export function accountsOnDemand(
  tableName: string,
  opening: (name: string) => Promise<Accounts> = open,
): () => Promise<Accounts> {
  let opened: Promise<Accounts> | undefined;
  return () =>
    (opened ??= opening(tableName).catch((error: unknown) => {
      opened = undefined;
      throw error;
    }));
}

async function open(tableName: string): Promise<Accounts> {
  const [{ createDocumentClient }, { DynamoAccounts }] = await Promise.all([
    import('../store/dynamo-client.ts'),
    import('../store/dynamo-accounts.ts'),
  ]);
  return new DynamoAccounts(createDocumentClient({}), tableName);
}
