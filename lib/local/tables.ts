/** The tables of this process and the folder that keeps them: all open, or none and a reason. */
import type { Telemetry } from '../telemetry/telemetry.ts';
import { openLocalAccounts, type LocalAccounts } from './accounts.ts';
import { DEFAULT_REGION } from './aws-region.ts';
import { takeDataDir, type DataDir } from './data-dir.ts';
import { rootName, StartError } from './errors.ts';
import { syncWrites } from './level-faults.ts';
import { openTable, type EmbeddedTable } from './table.ts';

/** What is opened. */
export interface TableOptions {
  readonly tableName: string;
  readonly accountsTable: string;
  readonly region?: string;
  /** The folder; null keeps the tables in memory. */
  readonly dataDir: string | null;
  /** What a written row outlives. */
  readonly durability: 'kill' | 'fsync';
  readonly telemetry: Telemetry;
}

/** The open tables. */
export interface Tables {
  readonly table: EmbeddedTable;
  readonly bank: LocalAccounts;
  /** null where they are in memory. */
  readonly folder: DataDir | null;
}

/**
 * Opens them.
 *
 * @throws StartError
 */
export async function openTables(options: TableOptions): Promise<Tables> {
  const { tableName, accountsTable, dataDir, region = DEFAULT_REGION } = options;
  if (tableName === accountsTable) {
    throw new StartError(`TABLE_NAME and ACCOUNTS_TABLE must be two tables, both are ${tableName}`);
  }
  if (dataDir === null) return open({ tableName, accountsTable, region, folder: null });
  const folder = await takeDataDir(dataDir, tableName, (problem) =>
    options.telemetry.error('data may be lost', { problem }),
  );
  if (options.durability === 'fsync') syncWrites(dataDir);
  try {
    const tables = await open({ tableName, accountsTable, region, folder });
    folder.watch();
    return tables;
  } catch (cause) {
    await folder.release();
    if (cause instanceof StartError) throw cause;
    const what = rootName(cause);
    throw new StartError(
      `DATA_DIR ${dataDir} cannot be read (${what}); move it away, or choose another folder`,
      { cause },
    );
  }
}

async function open(given: {
  readonly tableName: string;
  readonly accountsTable: string;
  readonly region: string;
  readonly folder: DataDir | null;
}): Promise<Tables> {
  const { tableName, accountsTable, region, folder } = given;
  const place = folder && { path: await folder.placeOf(accountsTable) };
  const table = await openTable({ tableName, region, ...(folder && { path: folder.tablePath }) });
  try {
    const bank = await openLocalAccounts({ tableName: accountsTable, region, ...place });
    return { table, bank, folder };
  } catch (error) {
    await table.close();
    throw error;
  }
}
