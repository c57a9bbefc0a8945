/** The steps of the tests of the shared breaker: a table in memory with its troubles, a clock by hand, environments. */
import { applyRowWrite } from '../../lib/simulation/breaker-table.ts';
import { SharedCircuitBreaker, type FleetEvent } from '../../lib/entries/shared.ts';
import type {
  BreakerStore,
  RowItem,
  RowWrite,
  SharedBreakerOptions,
} from '../../lib/entries/shared.ts';
import { HandClock, patiently } from '../guard/given.ts';

/** Rows in memory. */
export class MemoryBreakers implements BreakerStore {
  readonly items = new Map<string, RowItem>();
  reads = 0;
  writes = 0;
  /** In place of an answer, where it is there. */
  trouble: ((operation: 'read' | 'write') => Promise<never>) | null = null;

  async read(key: string): Promise<RowItem | undefined> {
    this.reads += 1;
    if (this.trouble !== null) return this.trouble('read');
    return this.items.get(key);
  }

  async write(key: string, write: RowWrite): Promise<RowItem | null> {
    this.writes += 1;
    if (this.trouble !== null) return this.trouble('write');
    const after = applyRowWrite(this.items.get(key), write);
    if (after !== null) this.items.set(key, after);
    return after;
  }
}

/** Some environments on one row. */
export function givenFleet(environments: number, options: Partial<SharedBreakerOptions> = {}) {
  const [clock, store] = [new HandClock(), new MemoryBreakers()];
  const events: FleetEvent[] = [];
  let hash = 0;
  const make = () => {
    // The first draw is the environment's hash; later ones spread reads and ramps.
    let isFirst = true;
    const own = (hash += 1) / 64;
    return new SharedCircuitBreaker({
      service: 'payments',
      operation: 'charge',
      store,
      timeout: false,
      clock: () => clock.ms,
      wall: () => clock.ms,
      random: () => {
        if (!isFirst) return 0.5;
        isFirst = false;
        return own % 1;
      },
      within: patiently,
      registry: false,
      onFleet: (event) => events.push(event),
      ...options,
    });
  };
  const fleet = Array.from({ length: environments }, make);
  const at = (index: number): SharedCircuitBreaker => {
    const breaker = fleet[index];
    if (breaker === undefined) throw new Error(`expected environment ${index}, there is none`);
    return breaker;
  };
  /** One call of an environment, and what it was told: ok, the error's message, or who refused. */
  const call = async (breaker: SharedCircuitBreaker, fails = false): Promise<string> => {
    const result = await breaker.tryExecute(async () => {
      if (fails) throw new Error('down');
      return 'ok';
    });
    await breaker.settled();
    if (result.ok) return result.value;
    return result.reason === 'rejected'
      ? `refused by ${(result.error as { readonly by?: string }).by ?? 'itself'}`
      : (result.error as Error).message;
  };
  const round = async (fails = false): Promise<readonly string[]> => {
    const told: string[] = [];
    for (const breaker of fleet) told.push(await call(breaker, fails));
    return told;
  };
  const row = () => store.items.get('BREAKER#payments#charge') ?? {};
  /** Opens it by what the fleet has seen. */
  const opened = async (): Promise<void> => {
    for (let rounds = 0; row()['state'] !== 'OPEN'; rounds += 1) {
      if (rounds > 30) throw new Error('expected the fleet to open, it did not');
      await round(true);
      clock.on(1_000);
    }
  };
  return { clock, store, events, fleet, at, make, call, round, row, opened };
}
