/** What every service answers in maintenance, depending on nothing. */
import type { Answer } from './service.ts';

/** What clients are told in maintenance. */
export const MAINTENANCE_MESSAGE = 'Nivel 3: Sistema bajo mantenimiento, intente más tarde';

/** The maintenance face; the workflow has the same answer for when its function fails. */
export async function maintenance(): Promise<Answer> {
  return {
    outcome: 'none',
    statusCode: 503,
    headers: {},
    body: { status: 503, message: MAINTENANCE_MESSAGE },
  };
}
