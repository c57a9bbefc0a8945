/** The contract of the level store, held by the table and by the simulation alike. */
import { openDynamo, openSimulated } from './backends.ts';
import { describeLevelStore } from './contract.ts';

describeLevelStore('simulated', openSimulated);
describeLevelStore('DynamoDB', openDynamo);
