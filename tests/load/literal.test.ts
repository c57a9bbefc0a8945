/** What a healthy request costs by each form, beside the literal workflow of the first source. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openTable } from '../../lib/local/table.ts';
import {
  dollarsOf,
  guardForm,
  literalForm,
  ownForm,
  storedBreakerForm,
  type Form,
} from '../../load/bench/literal-forms.ts';

const TABLE = 'Levels';
const REQUESTS = 30;

async function givenTable() {
  const table = await openTable({ tableName: TABLE, region: 'us-east-1' });
  onTestFinished(() => table.close());
  return table;
}

async function played(form: Form, isError = false): Promise<Form> {
  for (let request = 0; request < REQUESTS; request += 1) await form.request(isError);
  return form;
}

describe('a healthy request', () => {
  test('asks of functions and table what each form says', async () => {
    const table = await givenTable();
    const forms = [
      literalForm(table, TABLE),
      await ownForm(table, TABLE),
      guardForm(table, TABLE),
      storedBreakerForm(table, TABLE),
    ];
    for (const form of forms) await played(form);
    expect(
      forms.map(({ counts: { invocations, reads, writes } }) => ({ invocations, reads, writes })),
    ).toEqual([
      { invocations: 3 * REQUESTS, reads: REQUESTS, writes: REQUESTS },
      { invocations: REQUESTS, reads: REQUESTS, writes: 0 },
      { invocations: REQUESTS, reads: 1, writes: 0 },
      { invocations: REQUESTS, reads: REQUESTS, writes: REQUESTS },
    ]);
  });

  test('costs at most a quarter of its functions and table; the guard a tenth of its total', async () => {
    const table = await givenTable();
    const literal = dollarsOf(await played(literalForm(table, TABLE)), REQUESTS);
    const own = dollarsOf(await played(await ownForm(table, TABLE)), REQUESTS);
    const guard = dollarsOf(await played(guardForm(table, TABLE)), REQUESTS);
    expect(own.own / literal.own).toBeLessThanOrEqual(0.25);
    expect(guard.total / literal.total).toBeLessThanOrEqual(0.1);
  });
});

test("the peer's breaker refuses after five failures, and asks the table all the same", async () => {
  const { counts } = await played(storedBreakerForm(await givenTable(), TABLE), true);
  expect(counts).toMatchObject({ reads: REQUESTS, writes: 5 });
});
