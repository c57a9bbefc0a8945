/** A guard by itself, on a table and a clock of its own. */
import { vi } from 'vitest';
import { Guard } from '../../lib/guard/guard.ts';
import type { GuardOptions } from '../../lib/guard/options.ts';
import { StoreUnavailableError } from '../../lib/store/errors.ts';
import type { Item } from '../../lib/store/level-store.ts';
import { Counts, CountingStore, HandClock, patiently } from './given.ts';

/** The table does not answer. */
export const AWAY = new StoreUnavailableError('write', { cause: new Error('away') });
/** A request that may be served again. */
export const SAFE = { safe: true, bypass: false };

/** A guard on a row that a hand wrote, under classic. */
export function given(row: Item | null = null, options: GuardOptions = {}) {
  const [clock, store, telemetry] = [new HandClock(), new CountingStore(), new Counts()];
  if (row !== null) store.inner.put('SYSTEM_STATE', row);
  const errors = vi.spyOn(telemetry, 'error');
  const warnings = vi.spyOn(telemetry, 'warn');
  const guard = new Guard({
    store,
    clock,
    telemetry,
    random: () => 0.5,
    within: patiently,
    policy: 'classic',
    ...options,
  });
  const begin = (asked = SAFE) => guard.begin(asked);
  const item = async () => (await store.inner.read('SYSTEM_STATE')) ?? {};
  return { clock, store, telemetry, errors, warnings, guard, begin, item };
}

/** What was counted, by its name. */
export const eventsOf = ({ events }: Counts) => Object.fromEntries(events);
