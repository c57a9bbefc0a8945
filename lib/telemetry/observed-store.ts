/** The level store with an eye on it: what it fails with is counted, and thrown as it was. */
import type { LevelStore } from '../store/level-store.ts';
import type { Meters } from './meters.ts';

/** The same store, whose failures the meters are told. */
export function observedStore(store: LevelStore, meters: Pick<Meters, 'storeFailed'>): LevelStore {
  const watched = async <T>(operation: 'read' | 'write', work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const { code } = (error ?? {}) as { readonly code?: unknown };
      meters.storeFailed(operation, typeof code === 'string' ? code : 'UNKNOWN');
      throw error;
    }
  };
  return {
    read: (stateKey, how) => watched('read', store.read(stateKey, how)),
    write: (stateKey, write) => watched('write', store.write(stateKey, write)),
  };
}
