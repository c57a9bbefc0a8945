/** What the bank simulates: shares of failures and ranges of time, whatever chance brings. */
import { setImmediate as settled } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BankSettings } from '../../lib/services/bank-simulation.ts';
import { accountRequest, CONTEXT, givenBank, STEADY, callOf } from './banks.ts';

const anyRange = fc
  .tuple(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 0, max: 1_000 }))
  .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

const anyBank: fc.Arbitrary<BankSettings> = fc.record({
  latencies: fc.record({ full: anyRange, degraded: anyRange, maintenance: anyRange }),
  failureRates: fc.record({
    full: fc.constantFrom(0, 1),
    degraded: fc.constantFrom(0, 1),
    probe: fc.constantFrom(0, 1),
  }),
});

const anyRandom = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const REQUEST = accountRequest('12345');

describe('the latency', () => {
  test('of every call is one pause within the range of its face, whatever is drawn', async () => {
    const calls = fc.constantFrom('full', 'degraded', 'maintenance', 'probe');
    await fc.assert(
      fc.asyncProperty(anyBank, anyRandom, calls, async (bank, drawn, call) => {
        const { service, pausesMs } = givenBank({ bank, random: () => drawn });
        await callOf(service, call)(REQUEST, CONTEXT);
        const { min, max } = bank.latencies[call === 'probe' ? 'degraded' : call];
        expect(pausesMs).toHaveLength(max === 0 ? 0 : 1);
        for (const ms of pausesMs) {
          expect(Number.isInteger(ms)).toBe(true);
          expect(ms).toBeGreaterThanOrEqual(min);
          expect(ms).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  test.each([
    [0, 50],
    [0.999_999_999, 150],
  ])('takes in both ends of its range: %d is %i ms', async (drawn, ms) => {
    const bank = { ...STEADY, latencies: { ...STEADY.latencies, full: { min: 50, max: 150 } } };
    const { service, pausesMs } = givenBank({ bank, random: () => drawn });
    await service.full(REQUEST, CONTEXT);
    expect(pausesMs).toEqual([ms]);
  });

  test.each([
    ['pause', 'read'],
    ['read', 'pause'],
  ] as const)(
    'passes beside the query: when the %s is over, the %s is awaited',
    async (...ends) => {
      const [pause, read] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const begun: string[] = [];
      const { service } = givenBank({
        bank: { ...STEADY, latencies: { ...STEADY.latencies, degraded: { min: 9, max: 9 } } },
        async pause() {
          begun.push('pause');
          await pause.promise;
        },
        accounts: {
          async readCached() {
            begun.push('read');
            await read.promise;
            return undefined;
          },
        },
      });
      let answered = false;
      const answer = (async () => {
        await service.degraded(REQUEST, CONTEXT);
        answered = true;
      })();
      await settled();
      expect(begun.toSorted()).toEqual(['pause', 'read']);
      for (const end of ends) {
        expect(answered).toBe(false);
        (end === 'pause' ? pause : read).resolve();
        await settled();
      }
      await answer;
      expect(answered).toBe(true);
    },
  );
});

describe('the failures', () => {
  test.each(['full', 'degraded', 'probe'] as const)(
    'of %s are its share of the draws',
    async (call) => {
      await fc.assert(
        fc.asyncProperty(
          fc.double({ min: 0, max: 1, noNaN: true }),
          anyRandom,
          async (rate, drawn) => {
            const failureRates = { full: 0, degraded: 0, probe: 0, [call]: rate };
            const { service } = givenBank({
              bank: { ...STEADY, failureRates },
              random: () => drawn,
              cached: { balance: { cents: 0, currency: 'EUR' }, cachedAtMs: 0 },
            });
            const answer = await callOf(service, call)(REQUEST, CONTEXT);
            const outcome = typeof answer === 'string' ? answer : answer.outcome;
            expect(outcome).toBe(drawn < rate ? 'error' : 'success');
          },
        ),
      );
    },
  );

  test.each([
    [0, false],
    [1, true],
  ])('with a rate of %i happen always: %s, whatever is drawn', async (rate, always) => {
    const bank = { ...STEADY, failureRates: { full: rate, degraded: rate, probe: rate } };
    await fc.assert(
      fc.asyncProperty(anyRandom, async (drawn) => {
        const { service } = givenBank({ bank, random: () => drawn });
        expect(await service.probe('degraded', REQUEST, CONTEXT)).toBe(
          always ? 'error' : 'success',
        );
      }),
    );
  });
});
