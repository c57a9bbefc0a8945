/** The table of the level rules (policy classic), written a second time to test the first against. */

/** The row as the rules count it. */
export interface BookRow {
  readonly level: 1 | 2 | 3;
  readonly errorCount: number;
  readonly successCount: number;
  readonly epoch: number;
}

/** A service that was never called. */
export const BY_THE_BOOK: BookRow = { level: 1, errorCount: 0, successCount: 0, epoch: 0 };

/** What a request is answered at a row. */
export function answerOf(row: BookRow, error: boolean) {
  if (row.level === 3) {
    const message = 'Nivel 3: Sistema bajo mantenimiento, intente más tarde';
    return { status: 503, body: { status: 503, message } };
  }
  if (error) return { status: 500, body: { status: 500, message: 'Internal Server Error' } };
  const msg = row.level === 1 ? 'Full Capacity' : 'Degraded Mode';
  return { status: 200, body: { status: 200, level: row.level, msg } };
}

/** The row after one request. */
export function stepByTheBook(row: BookRow, error: boolean): BookRow {
  const { level, errorCount, successCount } = row;
  const enter = (to: 1 | 2 | 3, errors: number): BookRow => ({
    level: to,
    errorCount: errors,
    successCount: 0,
    epoch: row.epoch + 1,
  });
  if (error) {
    if (level === 1 && errorCount + 1 >= 5) return enter(2, 5);
    if (level === 2 && errorCount + 1 >= 10) return enter(3, 10);
    return { ...row, errorCount: level === 3 ? errorCount : errorCount + 1, successCount: 0 };
  }
  if (level === 1 && errorCount === 0) return row;
  if (successCount + 1 < 10) return { ...row, successCount: successCount + 1 };
  if (level === 1) return { ...row, errorCount: 0, successCount: 0 };
  return level === 2 ? enter(1, 0) : enter(2, 5);
}
