/** The contract of the level store, held by the simulation. */
import { openSimulated } from './simulated-store.ts';
import { describeLevelStore } from './contract.ts';

describeLevelStore('simulated', openSimulated);
