/** The maintenance answers of services.json: read here alone, so that no face has to know what a scope is. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import {
  hasOneText,
  MAINTENANCE_FIELDS,
  maintenanceAnswer,
  ONE_TEXT,
  type MaintenanceAnswer,
  type ReadText,
} from '../services/maintenance-answer.ts';
import given from '../../services.json' with { type: 'json' };
import { issueWords } from '../store/issue-words.ts';
import { serviceEntries } from './service-entries.ts';
import { ConfigError } from './settings.ts';

/** The answer of each scope that has one of its own. */
export type MaintenanceAnswers = Readonly<Record<string, MaintenanceAnswer>>;

const own = v.optional(v.pipe(v.object(MAINTENANCE_FIELDS), v.check(hasOneText, ONE_TEXT)));

// What else an entry has is checked where all of it is read, which a face has no use for.
const schema = v.record(
  v.string(),
  v.object({
    maintenance: own,
    stages: v.optional(v.record(v.string(), v.object({ maintenance: own })), {}),
  }),
);

/**
 * Reads them.
 *
 * @param file What services.json holds.
 * @throws ConfigError
 */
export function readMaintenanceAnswers(stage = 'dev', file: unknown = given): MaintenanceAnswers {
  const entries = serviceEntries(file as object);
  const parsed = v.safeParse(schema, Object.fromEntries(entries));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new ConfigError(`services.json: ${v.getDotPath(issue) ?? ''} ${issueWords(issue)}`);
  }
  const answers = Object.entries(parsed.output).flatMap(([scope, entry]) => {
    const answer = entry.stages[stage]?.maintenance ?? entry.maintenance;
    return answer === undefined ? [] : [[scope, answer] as const];
  });
  return Object.fromEntries(answers);
}

/** Reads below a folder; by default where the process runs, which on Lambda is the function's archive. */
export function readerBelow(folder: string = process.cwd()): ReadText {
  return (file) => readFile(join(folder, file), 'utf8');
}

/**
 * Tries every answer, so that one that cannot be given is found before the level falls.
 *
 * @returns the files that they need.
 * @throws ConfigError naming the scope.
 */
export async function tryMaintenanceAnswers(
  answers: MaintenanceAnswers,
  readText: ReadText,
): Promise<readonly string[]> {
  const files = Object.entries(answers).map(async ([scope, answer]) => {
    try {
      await maintenanceAnswer(answer, readText);
    } catch (cause) {
      const why = cause instanceof TypeError ? cause.message : 'cannot be read';
      const words = `services.json: ${scope}.maintenance: ${answer.file ?? 'text'}: ${why}`;
      throw new ConfigError(words, { cause });
    }
    return answer.file === undefined ? [] : [answer.file];
  });
  return (await Promise.all(files)).flat();
}
