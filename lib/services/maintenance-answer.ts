/** What a scope answers in maintenance where its configuration has words of its own. */
import * as v from 'valibot';
import { checkAnswer } from './check-answer.ts';
import type { FaceOf, TextAnswer } from './service.ts';

/** A page may say more than a line, and is still no site. */
const MAX_TEXT = 16 * 1_024;

const STATUS = 'must be an integer from 400 to 599';

/**
 * The fields of such an answer, each as it must be alone. The status is that of a failure, since whoever
 * is told otherwise takes the page for the real thing, and keeps it; a 503 says when to come back.
 */
export const MAINTENANCE_FIELDS = {
  status: v.optional(
    v.pipe(v.number(STATUS), v.integer(STATUS), v.minValue(400, STATUS), v.maxValue(599, STATUS)),
    503,
  ),
  contentType: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z]+\/[a-z0-9.+-]+(; ?[a-z]+=[\w-]+)?$/, 'must be as text/html; charset=utf-8'),
    ),
    'text/plain; charset=utf-8',
  ),
  text: v.optional(
    v.pipe(
      v.string(),
      v.nonEmpty('must not be empty'),
      v.maxLength(MAX_TEXT, `must have at most ${MAX_TEXT} characters`),
    ),
  ),
  /** From the project's folder. */
  file: v.optional(
    v.pipe(
      v.string(),
      v.regex(
        /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/,
        'must be a path below the project, as lib/x.html',
      ),
    ),
  ),
};

/** A status, a content type, and either text or the file that holds it. */
export type MaintenanceAnswer = v.InferOutput<v.ObjectSchema<typeof MAINTENANCE_FIELDS, undefined>>;

/** Whether it has its words from one place. */
export function hasOneText({ text, file }: MaintenanceAnswer): boolean {
  return (text === undefined) !== (file === undefined);
}

/** What says so. */
export const ONE_TEXT = 'must have either text or file';

/** Reads a file of the project as text. */
export type ReadText = (file: string) => Promise<string>;

/**
 * The answer with its text.
 *
 * @throws what readText throws; TypeError for a text that is too long to travel.
 */
export async function maintenanceAnswer(
  { status, contentType, text, file }: MaintenanceAnswer,
  readText: ReadText,
): Promise<TextAnswer> {
  const bodyText = text ?? (await readText(file ?? ''));
  const headers = { 'Content-Type': contentType };
  const answer: TextAnswer = { outcome: 'none', statusCode: status, headers, bodyText };
  checkAnswer(answer);
  return answer;
}

/** The maintenance face with these words. The file is read when it is first needed, and kept. */
export function maintenanceFaceOf(answer: MaintenanceAnswer, readText: ReadText): FaceOf {
  let read: Promise<TextAnswer> | undefined;
  return async () => {
    try {
      return await (read ??= maintenanceAnswer(answer, readText));
    } catch (error) {
      read = undefined;
      throw error;
    }
  };
}
