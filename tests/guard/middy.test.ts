/** The ladder's middleware by itself: what it answers in place of the handler, what it leaves, and what is counted. */
import { describe, expect, test } from 'vitest';
import { middyLevels, withLevels } from '../../lib/entries/guard.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { Counts, CountingStore, HandClock, patiently, requestOf } from './given.ts';

interface Answer {
  readonly statusCode: number;
  readonly body: string;
}

const DOWN = new Error('down');
const LESS: Answer = { statusCode: 200, body: 'less' };

/** What the faces do; an error is thrown. */
interface Faces {
  readonly degraded?: Answer | Error;
  readonly maintenance?: Answer;
}

function given(row: Item = {}, { degraded = LESS, maintenance }: Faces = {}, options = {}) {
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

const told = (level: string, ok: number, error: number, ms: number) =>
  `{"Scope":"default","Level":"${level}"} {"Success":${ok},"Error":${error},"ResponseTime":${ms}}`;

const headed = (answer: Answer, level: number, more = {}) => ({
  ...answer,
  headers: { 'X-Service-Level': String(level), ...more },
});

const FULL: Answer = { statusCode: 200, body: 'all' };
const FAILED: Answer = { statusCode: 500, body: 'sorry' };
const SHIELD = { shield: 'all' };
const SHIELDED = { 'X-Service-Shielded': 'true' };

describe('the full face', () => {
  test.each<[string, Item, Faces, Answer | Error, object, string[], number]>([
    ['that succeeds', {}, {}, FULL, headed(FULL, 1), [told('1', 1, 0, 11)], 0],
    ['that fails', {}, {}, FAILED, headed(FAILED, 1), [told('1', 0, 1, 11)], 1],
    [
      'that fails, with another in its place',
      SHIELD,
      {},
      FAILED,
      headed(LESS, 2, SHIELDED),
      [told('1', 0, 1, 11), told('shield', 1, 0, 7)],
      1,
    ],
    [
      'that throws, with another in its place',
      SHIELD,
      {},
      DOWN,
      headed(LESS, 2, SHIELDED),
      [told('1', 0, 1, 11), told('shield', 1, 0, 7)],
      1,
    ],
    [
      'that fails, and no better one in its place',
      SHIELD,
      { degraded: FAILED },
      { ...FAILED, body: 'own' },
      headed({ ...FAILED, body: 'own' }, 1),
      [told('1', 0, 1, 11), told('shield', 0, 1, 7)],
      1,
    ],
    [
      'that fails, and one that throws',
      SHIELD,
      { degraded: DOWN },
      FAILED,
      headed(FAILED, 1),
      [told('1', 0, 1, 11), told('shield', 0, 1, 7)],
      1,
    ],
    [
      'that rejects its input, in whose place nobody serves',
      SHIELD,
      {},
      { statusCode: 400, body: '' },
      headed({ statusCode: 400, body: '' }, 1),
      [told('1', 0, 0, 11)],
      0,
    ],
  ])('%s', async (_what, row, faces, full, answer, served, errors) => {
    const { run, telemetry, item } = given(row, faces);
    expect(await run(full)).toEqual(answer);
    expect(telemetry.served).toEqual(served);
    expect((await item())['errorCount'] ?? 0).toBe(errors);
  });

  test.each<[string, Item, Error, number]>([
    ['counts', {}, DOWN, 1],
    ['counts where nothing better stands in its place', { shield: 'all' }, DOWN, 1],
    ['shows nothing by its status', {}, Object.assign(new Error('no'), { status: 404 }), 0],
  ])('what it throws is thrown, and %s', async (_what, row, error, errors) => {
    const { run, item } = given(row, { degraded: DOWN });
    await expect(run(error)).rejects.toBe(error);
    expect((await item())['errorCount'] ?? 0).toBe(errors);
  });

  test('is heard of once, and of no request that did not begin', async () => {
    const { levels, request, telemetry, run } = given();
    expect(await levels.onError({ ...request, error: DOWN })).toBeUndefined();
    await levels.after({ ...request, response: FULL });
    expect(telemetry.served).toEqual([]);
    await run(FULL);
    await levels.after(request);
    expect(telemetry.served).toHaveLength(1);
  });
});

describe('the degraded face', () => {
  test('serves at level 2', async () => {
    const { run, telemetry } = given({ currentLevel: 2 });
    expect(await run(FULL)).toEqual(headed(LESS, 2));
    expect(telemetry.served).toEqual([told('2', 1, 0, 7)]);
  });

  test('that fails there is an error of its own', async () => {
    const { run, item, telemetry } = given({ currentLevel: 2 }, { degraded: DOWN });
    await expect(run(FULL)).rejects.toBe(DOWN);
    expect(await item()).toMatchObject({ errorCount: 1 });
    expect(telemetry.served).toEqual([told('2', 0, 1, 7)]);
    const failed = given({ currentLevel: 2 }, { degraded: FAILED });
    expect(await failed.run(FULL)).toEqual(headed(FAILED, 2));
  });

  test.each<[string, Answer | Error, Answer, number]>([
    ['serves in an exercise', LESS, LESS, 2],
    ['leaves the full one where it fails', FAILED, FULL, 1],
    ['leaves it where it throws', DOWN, FULL, 1],
    ['leaves it where it knows nothing', { statusCode: 404, body: '' }, FULL, 1],
  ])('%s', async (_what, degraded, answer, level) => {
    const { run, item } = given({ exerciseBelow: 'g' }, { degraded });
    const answered = await run(FULL);
    expect(answered).toMatchObject(answer);
    if (level === 2) expect(answered).toEqual(headed(LESS, 2));
    expect(await item()).not.toHaveProperty('errorCount');
  });

  test('of what is not safe stands by its exercise', async () => {
    const options = { isSafe: () => false };
    const { run } = given({ exerciseBelow: 'g' }, { degraded: FAILED }, options);
    expect(await run(FULL)).toEqual(headed(FAILED, 2));
    const thrown = given({ exerciseBelow: 'g' }, { degraded: DOWN }, options);
    await expect(thrown.run(FULL)).rejects.toBe(DOWN);
  });
});

describe('maintenance', () => {
  test('is the page, beside a probe', async () => {
    const { run, seen, telemetry, item } = given({ currentLevel: 3 });
    expect(await run(FULL)).toMatchObject({
      statusCode: 503,
      headers: { 'X-Service-Level': '3', 'Retry-After': '60' },
    });
    expect(seen()).toEqual({ probes: 1, calls: 0 });
    expect(telemetry.served).toEqual([told('3', 0, 0, 0)]);
    expect(await item()).toMatchObject({ successCount: 1 });
  });

  test('is a face of its own', async () => {
    const maintenance = { statusCode: 503, body: 'back soon' };
    const { run } = given({ currentLevel: 3 }, { maintenance });
    expect(await run(FULL)).toEqual(headed(maintenance, 3));
  });
});

test('an operator passes, and what is open says so', async () => {
  const past = given({ currentLevel: 3 }, {}, { bypass: () => true });
  expect(await past.run(FULL)).toEqual(headed(FULL, 1));
  const open = given();
  open.common.store.fails = { read: DOWN };
  expect(await open.run(FULL)).toEqual(headed(FULL, 1, { 'X-Service-Fail-Open': 'true' }));
});

describe('the handler of its own says the same', () => {
  const call = async (row: Item, full: Answer | Error, faces: Faces = {}, options = {}) => {
    const { common, telemetry, seen, item } = given(row, faces, options);
    const handler = withLevels<object, object, Answer>({
      ...common,
      full: async () => {
        common.clock.on(11);
        if (full instanceof Error) throw full;
        return full;
      },
    });
    const answer = await handler(requestOf('GET'), {}).catch((error: unknown) => error);
    return { answer, served: telemetry.served, seen: seen(), item: await item() };
  };

  test.each<[string, Item, Answer | Error, Faces, unknown, string[]]>([
    ['of a success', {}, FULL, {}, headed(FULL, 1), [told('1', 1, 0, 11)]],
    ['of an error', {}, FAILED, {}, headed(FAILED, 1), [told('1', 0, 1, 11)]],
    ['of what is thrown', {}, DOWN, {}, DOWN, [told('1', 0, 1, 11)]],
    [
      'of a shield',
      SHIELD,
      DOWN,
      {},
      headed(LESS, 2, SHIELDED),
      [told('1', 0, 1, 11), told('shield', 1, 0, 7)],
    ],
    [
      'of none that is better',
      SHIELD,
      DOWN,
      { degraded: FAILED },
      DOWN,
      [told('1', 0, 1, 11), told('shield', 0, 1, 7)],
    ],
    ['of level 2', { currentLevel: 2 }, FULL, {}, headed(LESS, 2), [told('2', 1, 0, 7)]],
    [
      'of an exercise',
      { exerciseBelow: 'g' },
      FULL,
      {},
      headed(LESS, 2),
      [told('exercise', 1, 0, 7)],
    ],
    [
      'of one that knew nothing',
      { exerciseBelow: 'g' },
      FULL,
      { degraded: { statusCode: 404, body: '' } },
      headed(FULL, 1, SHIELDED),
      [told('exercise', 0, 0, 7), told('exercise', 1, 0, 11)],
    ],
  ])('%s', async (_what, row, full, faces, answer, served) => {
    const ended = await call(row, full, faces);
    expect(ended.answer).toEqual(answer);
    expect(ended.served).toEqual(served);
  });

  test('of maintenance', async () => {
    const page = await call({ currentLevel: 3 }, FULL);
    expect(page.answer).toMatchObject({ statusCode: 503, headers: { 'Retry-After': '60' } });
    expect(page.served).toEqual([told('3', 0, 0, 0)]);
    expect(page.seen).toEqual({ probes: 1, calls: 0 });
    expect(page.item).toMatchObject({ successCount: 1 });
    const maintenance = { statusCode: 503, body: 'back soon' };
    const own = await call({ currentLevel: 3 }, FULL, { maintenance });
    expect(own.answer).toEqual(headed(maintenance, 3));
  });

  test('of an operator, of what its user judges, and of what is open', async () => {
    const past = await call({ currentLevel: 3 }, FULL, {}, { bypass: () => true });
    expect(past.answer).toEqual(headed(FULL, 1));
    const judged = await call({}, FULL, {}, { outcomeOf: () => 'error' });
    expect(judged.served).toEqual([told('1', 0, 1, 11)]);
    const unsafe = await call(SHIELD, DOWN, {}, { isSafe: () => false });
    expect(unsafe.answer).toEqual(headed(LESS, 2, SHIELDED));
    const alone = await call({ shield: 'safe' }, DOWN, {}, { isSafe: () => false });
    expect(alone.answer).toBe(DOWN);
  });
});
