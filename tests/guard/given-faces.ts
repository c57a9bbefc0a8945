/** A Lambda's faces by themselves, on a table and a clock of their own. */
import { middyLevels } from '../../lib/entries/guard.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { Counts, CountingStore, HandClock, patiently, requestOf } from './given.ts';

/** What a face answers. */
export interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

export const DOWN = new Error('down');
export const LESS: Answer = { statusCode: 200, body: 'less' };

/** What the faces do; an error is thrown. */
export interface Faces {
  readonly degraded?: Answer | Error;
  readonly maintenance?: Answer;
}

/** A handler's faces on a row that a hand wrote; the full one takes 11 ms, the degraded one 7. */
export function given(row: Item = {}, { degraded = LESS, maintenance }: Faces = {}, options = {}) {
  const [clock, store, telemetry] = [new HandClock(), new CountingStore(), new Counts()];
  store.inner.put('SYSTEM_STATE', row);
  let [probes, calls] = [0, 0];
  const common = {
    store,
    clock,
    telemetry,
    random: () => 0,
    within: patiently,
    policy: 'classic' as const,
    degraded: async (): Promise<Answer> => {
      calls += 1;
      clock.on(7);
      if (degraded instanceof Error) throw degraded;
      return degraded;
    },
    ...(maintenance !== undefined && { maintenance: async () => maintenance }),
    probe: () => void (probes += 1),
    ...options,
  };
  const levels = middyLevels<object, object, Answer>(common);
  const request = {
    event: requestOf('GET') as object,
    context: {},
    response: undefined as unknown,
  };
  /** As Middy runs a handler. */
  async function run(full: Answer | Error): Promise<unknown> {
    const early = await levels.before(request);
    if (early !== undefined) return early;
    clock.on(11);
    if (full instanceof Error) {
      const answer = await levels.onError(Object.assign(request, { error: full }));
      if (answer === undefined) throw full;
      return answer;
    }
    request.response = full;
    await levels.after(request);
    return request.response;
  }
  const item = async () => (await store.inner.read('SYSTEM_STATE')) ?? {};
  return { run, item, telemetry, levels, request, common, seen: () => ({ probes, calls }) };
}

/** What is published of a face that served. */
export const told = (level: string, ok: number, error: number, ms: number) =>
  `{"Scope":"default","Level":"${level}"} {"Success":${ok},"Error":${error},"ResponseTime":${ms}}`;

/** An answer with the level of its face. */
export const headed = (answer: Answer, level: number, more = {}) => ({
  ...answer,
  headers: { 'X-Service-Level': String(level), ...more },
});

export const FULL: Answer = { statusCode: 200, body: 'all' };
export const FAILED: Answer = { statusCode: 500, body: 'sorry' };
export const SHIELD = { shield: 'all' };
export const SHIELDED = { 'X-Service-Shielded': 'true' };
