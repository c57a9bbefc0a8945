/** control behind API Gateway's proxy integration: answers, conflicts, a table that fails. */
import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { createHandler as createControl } from '../../functions/control.ts';
import { createHandler as createGetState } from '../../functions/get-state.ts';
import { givenLevelRuntime, NOW_MS, proxyEvent, toldInto } from './events.ts';

const staleError = () => new ConditionalCheckFailedException({ message: 'no', $metadata: {} });
const AT = new Date(NOW_MS).toISOString();
const STATUS = proxyEvent('GET', '/circuit-breaker');
const RESET = proxyEvent('POST', '/circuit-breaker/reset');
const PIN = '/circuit-breaker/override';
const MUST_BE_A_TIME = 'must be an ISO 8601 time such as 2026-01-31T12:00:00Z';
const pinEvent = (until: string) => proxyEvent('PUT', PIN, { level: 2, reason: 'drill', until });
const serviceError = (name: string) =>
  new DynamoDBServiceException({ name, message: 'no', $fault: 'server', $metadata: {} });
const bodyOf = (answer: { body: string }) => JSON.parse(answer.body) as Record<string, unknown>;

describe('control', () => {
  test('announces the change of level that it makes, and an epoch at the same level', async () => {
    const published: unknown[] = [];
    const publish = toldInto(published);
    const { dynamo, runtime } = givenLevelRuntime({ publish });
    const change = { epoch: 4, from: 3, to: 1, at: AT, reason: 'reset' };
    dynamo.on(GetCommand).resolves({ Item: { currentLevel: 3, epoch: 3 } });
    dynamo
      .on(UpdateCommand)
      .resolvesOnce({ Attributes: { currentLevel: 1, epoch: 4, history: [change] } })
      .resolvesOnce({ Attributes: {} });
    await createControl(runtime)(RESET);
    expect(published).toEqual([{ scope: 'default', ...change }]);
    const same = { ...change, from: 1, epoch: 5 };
    dynamo.on(UpdateCommand).resolves({ Attributes: { epoch: 5, history: [same] } });
    await createControl(runtime)(RESET);
    expect(published.slice(1)).toEqual([{ scope: 'default', ...same }]);
  });

  test.each([
    [{ userArn: 'arn:aws:iam::1:user/ana', user: 'AIDA' }, 'arn:aws:iam::1:user/ana'],
    [{ userArn: null, user: 'ana@laptop' }, 'ana@laptop'],
    [{ userArn: 'x'.repeat(201) }, 'x'.repeat(200)],
    [null, undefined],
  ])('tells log, event, row and answer who it was: %o', async (identity, by) => {
    const published: unknown[] = [];
    const publish = toldInto(published);
    const { dynamo, runtime, told } = givenLevelRuntime({ publish });
    const who = by === undefined ? {} : { by };
    dynamo.on(GetCommand).resolves({});
    dynamo.on(UpdateCommand).callsFake(({ Key: key, ExpressionAttributeValues: values }) => ({
      Attributes: key.PK === 'SYSTEM_STATE' ? attributesOf(values) : {},
    }));
    const event = { ...pinEvent('2026-06-01T12:00:00Z'), requestContext: { identity } };
    const answer = await createControl(runtime)(event);
    const change = { from: 1, to: 2, epoch: 1, reason: 'pin', note: 'drill', ...who };
    expect(told[0]).toEqual(['warn', 'level changed', { scope: 'default', ...change }]);
    expect(published).toEqual([{ scope: 'default', at: AT, ...change }]);
    expect(bodyOf(answer)).toMatchObject({ changes: [{ at: AT, ...change }], ...who });
  });

  test('answers 409 when the row changed under each of three tries', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({});
    dynamo.on(UpdateCommand).rejects(staleError());
    const answer = await createControl(runtime)(RESET);
    expect(answer.statusCode).toBe(409);
    expect(bodyOf(answer)['message']).toContain('changed under each of 3 tries');
    expect(dynamo.commandCalls(UpdateCommand)).toHaveLength(3);
  });

  test('tells the log once of the epoch it began', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const history = [{ epoch: 1, from: 1, to: 1, at: AT, reason: 'reset' }];
    dynamo.on(GetCommand).resolves({});
    dynamo.on(UpdateCommand).resolves({ Attributes: { epoch: 1, history } });
    expect((await createControl(runtime)(RESET)).statusCode).toBe(200);
    expect(told.map(([, what]) => what)).toEqual(['epoch began', 'LevelChanged']);
  });

  test.each([
    ['PUT', '/circuit-breaker/override', { level: 2, reason: 'x' }],
    ['DELETE', '/circuit-breaker/override', undefined],
    ['PUT', '/circuit-breaker/policy', { errorsToDegrade: 3 }],
  ])('%s %s refuses a malformed row and says what heals it', async (method, resource, body) => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({ Item: { currentLevel: 9 } });
    const answer = await createControl(runtime)(proxyEvent(method, resource, body));
    expect(answer.statusCode).toBe(500);
    expect(bodyOf(answer)['message']).toContain('POST /circuit-breaker/reset heals it');
    expect(dynamo.commandCalls(UpdateCommand)).toHaveLength(0);
  });

  test.each([
    ['2026-02-31T12:00:00Z', MUST_BE_A_TIME],
    ['2027-02-29T12:00:00Z', MUST_BE_A_TIME],
    ['2026-04-31 12:00:00+02:00', MUST_BE_A_TIME],
    ['2026-13-01T12:00:00Z', MUST_BE_A_TIME],
    ['2026-06-01T24:00:00Z', MUST_BE_A_TIME],
    ['2026-06-01T12:00:00+01', MUST_BE_A_TIME],
    ['2026-06-01T12:00:00', MUST_BE_A_TIME],
    ['2026-06-01', MUST_BE_A_TIME],
    ['+010000-01-01T00:00:00Z', MUST_BE_A_TIME],
    ['', MUST_BE_A_TIME],
    ['9999-12-31T23:59:59-01:00', 'must be before the year 10000'],
  ])('refuses a pin until %j, and says what came', async (until, problem) => {
    const { dynamo, runtime } = givenLevelRuntime();
    const answer = await createControl(runtime)(pinEvent(until));
    expect(answer.statusCode).toBe(400);
    expect(bodyOf(answer)['message']).toBe(`until ${problem}, got "${until}"`);
    expect(dynamo.calls()).toHaveLength(0);
  });

  test.each([
    ['2028-02-29T12:00:00Z', Date.UTC(2028, 1, 29, 12)],
    ['2026-04-30T23:30:00.250-02:00', Date.UTC(2026, 4, 1, 1, 30, 0, 250)],
    ['2026-12-31 12:00:00+0130', Date.UTC(2026, 11, 31, 10, 30)],
    ['9999-12-31T23:59:59.999Z', Date.UTC(9999, 11, 31, 23, 59, 59, 999)],
  ])('takes a pin until %s', async (until, untilMs) => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({});
    dynamo.on(UpdateCommand).resolves({ Attributes: {} });
    expect(await createControl(runtime)(pinEvent(until))).toMatchObject({ statusCode: 200 });
    const { input } = dynamo.commandCalls(UpdateCommand)[0]?.args[0] ?? {};
    expect(input?.ExpressionAttributeValues).toMatchObject({ ':set_override': { untilMs } });
  });

  test.each([
    ['x'.repeat(120), 200],
    ['x'.repeat(121), 400],
    ['☂'.repeat(40), 200],
    ['☂'.repeat(40) + 'x', 400],
  ])('a reason has at most 120 bytes: %s is %i', async (reason, statusCode) => {
    const { dynamo, runtime } = givenLevelRuntime();
    dynamo.on(GetCommand).resolves({});
    dynamo.on(UpdateCommand).resolves({ Attributes: {} });
    const control = createControl(runtime);
    const events = [
      proxyEvent('PUT', PIN, { level: 2, reason }),
      proxyEvent('POST', RESET.resource, { reason }),
    ];
    for (const event of events) expect(await control(event)).toMatchObject({ statusCode });
  });

  test('asks the table nine times at most, which the timeout in serverless.yml is made for', async () => {
    const { dynamo, runtime } = givenLevelRuntime();
    const history = [{ epoch: 1, from: 1, to: 1, at: AT, reason: 'release' }];
    dynamo.on(GetCommand).resolves({ Item: { errorCount: 6, override: { reason: 'drill' } } });
    dynamo
      .on(UpdateCommand)
      .rejectsOnce(staleError())
      .rejectsOnce(staleError())
      .resolvesOnce({ Attributes: { errorCount: 6, epoch: 1, history } })
      .resolvesOnce({})
      .resolvesOnce({
        Attributes: {
          currentLevel: 2,
          epoch: 2,
          lastTransition: AT,
          changedFrom: 1,
          changedBy: 'errors',
        },
      })
      .resolves({});
    const answer = await createControl(runtime)(proxyEvent('DELETE', PIN));
    expect(answer.statusCode).toBe(200);
    // Three reads, three tries to release, the move that follows, and a history for each change.
    expect(dynamo.calls()).toHaveLength(9);
  });

  test('cuts a long value in its refusal', async () => {
    const { runtime } = givenLevelRuntime();
    const answer = await createControl(runtime)(pinEvent('x'.repeat(1_000)));
    const message = `until ${MUST_BE_A_TIME}, got "${'x'.repeat(39)}…`;
    expect(bodyOf(answer)).toEqual({ status: 400, message });
  });

  test('cuts the name of an unknown field and of an unknown scope', async () => {
    const { runtime } = givenLevelRuntime();
    const long = 'x'.repeat(1_000);
    const field = await createControl(runtime)(proxyEvent('POST', RESET.resource, { [long]: 1 }));
    expect(bodyOf(field)['message']).toMatch(/^x{40}… is not a field of a reset; /);
    const queryStringParameters = { scope: long };
    const scope = await createControl(runtime)({ ...RESET, queryStringParameters });
    expect(bodyOf(scope)['message']).toMatch(/^unknown scope "x{39}…; there is /);
  });

  test('logs that a release could not finish what the row was waiting for', async () => {
    const { dynamo, runtime, told } = givenLevelRuntime();
    const row = { errorCount: 6, override: { reason: 'drill' } };
    const history = [{ epoch: 1, from: 1, to: 1, at: AT, reason: 'release' }];
    dynamo.on(GetCommand).resolves({ Item: row });
    dynamo
      .on(UpdateCommand)
      .resolvesOnce({ Attributes: { errorCount: 6, epoch: 1, history } })
      .rejects(new Error('lost'));
    const answer = await createControl(runtime)(proxyEvent('DELETE', PIN));
    expect(answer.statusCode).toBe(200);
    expect(told.map(([kind, what]) => [kind, what])).toEqual([
      ['info', 'epoch began'],
      ['count', 'LevelChanged'],
      ['error', 'transition unfinished'],
    ]);
  });

  test('answers 404 to a route that it does not have', async () => {
    const { runtime } = givenLevelRuntime();
    const answer = await createControl(runtime)(proxyEvent('GET', '/circuit-breaker/reset'));
    expect(answer.statusCode).toBe(404);
    expect(bodyOf(answer)['message']).toBe('no such route: GET /circuit-breaker/reset');
  });
});

/** What an update sets, as the row then has it. */
function attributesOf(values: Readonly<Record<string, unknown>>) {
  const sets = Object.entries(values).filter(([name]) => name.startsWith(':set_'));
  return Object.fromEntries(sets.map(([name, value]) => [name.slice(':set_'.length), value]));
}

describe('a table that fails', () => {
  const failures = [
    [
      'does not answer a read',
      'read',
      new Error('lost'),
      'the level table did not answer; try again',
    ],
    [
      'does not answer a write',
      'write',
      serviceError('InternalServerError'),
      'the level table did not answer, so the change may have been made; read the status before you try again',
    ],
    [
      'refuses a read for a moment',
      'read',
      serviceError('ThrottlingException'),
      'the level table is throttled and did nothing; try again in a second',
    ],
    [
      'refuses a write for a moment',
      'write',
      serviceError('ProvisionedThroughputExceededException'),
      'the level table is throttled and did nothing; try again in a second',
    ],
  ] as const;

  test.each(failures)(
    'and %s is 503, with what to do',
    async (_what, operation, error, message) => {
      const { dynamo, runtime, told } = givenLevelRuntime();
      if (operation === 'read') dynamo.on(GetCommand).rejects(error);
      else dynamo.on(GetCommand).resolves({}).on(UpdateCommand).rejects(error);
      const answer = await createControl(runtime)(RESET);
      expect(answer.statusCode).toBe(503);
      expect(bodyOf(answer)).toEqual({ status: 503, message });
      expect(told.map(([kind, what]) => [kind, what])).toEqual([['error', 'control failed']]);
      expect(dynamo.commandCalls(UpdateCommand)).toHaveLength(operation === 'write' ? 1 : 0);
    },
  );
});

test('no answer shows a stack or a path, whatever fails', async () => {
  const { dynamo, runtime } = givenLevelRuntime();
  const control = createControl(runtime);
  dynamo.on(GetCommand).rejects(new TypeError('at open (/srv/app/table.ts:1:2)'));
  const events = [RESET, STATUS, proxyEvent('DELETE', PIN), { ...RESET, body: '{"a' }, null, {}];
  for (const event of events) {
    const answers = [await control(event), await createGetState(runtime)(event)];
    for (const { body } of answers) expect(body).not.toMatch(/\.ts|\/srv|\bat \w+ \(|Error:/);
  }
});
