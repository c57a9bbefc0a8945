/** What serves each scope, for the face functions: read without the schema, which packaging has held the file to. */
import { DEFAULT_SCOPE } from '../store/level-store.ts';
import given from '../../services.json' with { type: 'json' };

/** The fields that are read here. */
interface Entry {
  readonly module?: string;
  readonly stages?: Readonly<Record<string, Entry>>;
}

/**
 * What serves each scope of a stage.
 *
 * @param config.upstream Given: an API of one's own, alone unless others are listed.
 */
export function faceEntries({
  stage,
  services,
  upstream,
}: {
  readonly stage: string;
  readonly services?: readonly string[];
  readonly upstream?: unknown;
}): Readonly<Record<string, { readonly module?: string }>> {
  const { $schema: _schema, ...file } = given as unknown as Readonly<Record<string, Entry>>;
  const entries = Object.entries(file).map(([scope, { stages, ...entry }]) => [
    scope,
    { ...entry, ...stages?.[stage] },
  ]);
  const all = {
    ...(Object.fromEntries(entries) as Readonly<Record<string, Entry>>),
    ...(upstream !== undefined && { [DEFAULT_SCOPE]: {} }),
  };
  const listed = services ?? (upstream === undefined ? Object.keys(all) : [DEFAULT_SCOPE]);
  return Object.fromEntries(Object.entries(all).filter(([scope]) => listed.includes(scope)));
}
