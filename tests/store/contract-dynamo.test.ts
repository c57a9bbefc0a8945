/** The same contract, held by the table: in a file of its own, so that the two run side by side. */
import { openDynamo } from './backends.ts';
import { describeLevelStore } from './contract.ts';

describeLevelStore('DynamoDB', openDynamo);
