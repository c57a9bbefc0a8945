/** A function behind a policy keeps its signature: parameters, this, name, length and answer. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { CircuitBreaker, fallback, pipeline, retry, wrap } from '../../lib/breaker/index.ts';
import { DOWN, given } from './given.ts';

interface Forecast {
  readonly city: string;
  readonly days: number;
}

async function forecast(city: string, days = 1): Promise<Forecast> {
  if (city === 'down') throw DOWN;
  return { city, days };
}

describe('wrap', () => {
  test('passes the arguments and the answer of each call', async () => {
    const { breaker } = given();
    const guarded = breaker.wrap(forecast);
    expect(await guarded('Bern')).toEqual({ city: 'Bern', days: 1 });
    expect(await guarded('Bern', 3)).toEqual({ city: 'Bern', days: 3 });
    await expect(guarded('down')).rejects.toBe(DOWN);
    expect(breaker.getStats()).toMatchObject({ successCount: 2, failureCount: 1 });
  });

  test('keeps the type, the name and the length of the function', () => {
    const guarded = new CircuitBreaker().wrap(forecast);
    expectTypeOf(guarded).parameters.toEqualTypeOf<Parameters<typeof forecast>>();
    expectTypeOf(guarded).returns.resolves.toEqualTypeOf<Forecast>();
    expect([guarded.name, guarded.length]).toEqual(['forecast', 1]);
    for (const name of ['name', 'length']) {
      expect(Object.getOwnPropertyDescriptor(guarded, name)?.configurable).toBe(true);
    }
  });

  test('keeps a type parameter', async () => {
    const same = <T>(value: T): T => value;
    const guarded = new CircuitBreaker().wrap(same);
    const answer = await guarded('text' as const);
    expectTypeOf(answer).toEqualTypeOf<'text'>();
    expect(answer).toBe('text');
  });

  test('knows what the policy answers by itself', () => {
    const guarded = wrap(
      pipeline(
        fallback(() => null),
        retry(),
      ),
      forecast,
    );
    expectTypeOf(guarded).returns.resolves.toEqualTypeOf<Forecast | null>();
  });

  test('passes on this', async () => {
    class Weather {
      readonly #unit = 'C';
      readonly today = wrap(new CircuitBreaker(), async function (this: Weather, degrees: number) {
        return `${degrees} ${this.#unit}`;
      });
    }
    expect(await new Weather().today(21)).toBe('21 C');
  });

  test('answers what the function throws at once as a rejection', async () => {
    const thrower = (): number => {
      throw DOWN;
    };
    await expect(wrap(retry(), thrower)()).rejects.toBe(DOWN);
  });
});
