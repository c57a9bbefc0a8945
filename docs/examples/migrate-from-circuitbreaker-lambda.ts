/** From circuitbreaker-lambda: a breaker that outlives its environment, and asks the table only to begin. */
import { CircuitBreaker, type SavedBreaker } from 'resilient-service-system/breaker';

/* Before, with a read and a write for every call:

import { CircuitBreaker } from 'circuitbreaker-lambda';
const circuitBreaker = new CircuitBreaker(unreliableFunction, {
  failureThreshold: 5,
  successThreshold: 2,
  timeout: 10000, // how long it stays open
  fallback: fallbackFunction,
});
export const handler = async () => circuitBreaker.fire();
*/

/** Stands for a table in DynamoDB: one item for each breaker. */
const table = new Map<string, string>();
let io = 0;
const get = async (id: string) => (io++, table.get(id));
const put = async (id: string, item: string) => void (io++, table.set(id, item));

let isDown = false;
async function unreliableFunction(): Promise<string> {
  if (isDown) throw new Error('down');
  return 'fresh';
}

/** A cold start: what another environment has learnt is taken over, with its age. */
async function coldStart() {
  const circuitBreaker = new CircuitBreaker({
    name: 'unreliable',
    trip: 'consecutive',
    failureThreshold: 5,
    minimumRequests: 0,
    resetTimeout: 10_000,
    halfOpen: { successesToClose: 2 },
    fallback: () => 'from the fallback',
  });
  const item = await get(circuitBreaker.name);
  if (item !== undefined) {
    const { saved, savedAt } = JSON.parse(item) as { saved: SavedBreaker; savedAt: number };
    circuitBreaker.restore(saved, { savedAt });
  }
  let isChanged = false;
  circuitBreaker.on('stateChange', () => (isChanged = true));
  return async () => {
    const answer = await circuitBreaker.execute(unreliableFunction);
    if (isChanged) {
      isChanged = false;
      await put(
        circuitBreaker.name,
        JSON.stringify({ saved: circuitBreaker, savedAt: Date.now() }),
      );
    }
    return answer;
  };
}

const first = await coldStart();
for (let calls = 0; calls < 100; calls += 1) await first();
console.log('100 healthy calls:', io, 'read');

isDown = true;
for (let calls = 0; calls < 100; calls += 1) await first();
console.log('100 failing calls:', io - 1, 'write');

isDown = false;
const second = await coldStart();
console.log('another environment:', await second());

/* prints
100 healthy calls: 1 read
100 failing calls: 1 write
another environment: from the fallback
*/
