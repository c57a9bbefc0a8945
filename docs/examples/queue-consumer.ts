/** A consumer that pauses while its dependency is down: no message is lost, and none is tried in vain. */
import { setTimeout as pause } from 'node:timers/promises';
import { CircuitBreaker, CircuitBreakerOpenError } from 'resilient-service-system/breaker';

const queue = Array.from({ length: 8 }, (_, id) => `message ${id + 1}`);
const done: string[] = [];

let isDown = false;
let tries = 0;
async function store(message: string): Promise<void> {
  tries += 1;
  // It goes down at the third message and is well again 100 ms later.
  if (tries === 3) {
    isDown = true;
    setTimeout(() => (isDown = false), 100);
  }
  if (isDown) throw new Error('the database is down');
  done.push(message);
}

const database = new CircuitBreaker({
  name: 'database',
  trip: 'consecutive',
  failureThreshold: 2,
  minimumRequests: 0,
  resetTimeout: 40,
});

let pauses = 0;
while (queue.length > 0) {
  const [message = ''] = queue;
  const result = await database.tryExecute(() => store(message));
  if (result.ok) {
    queue.shift();
  } else if (result.error instanceof CircuitBreakerOpenError) {
    // The message stays where it is, as it would in SQS without being received again.
    pauses += 1;
    await pause(result.error.retryAfterMs ?? 40);
  }
}

console.log('stored:', done.length, 'in order:', done.join() === done.toSorted().join());
console.log('tries in vain:', tries - done.length < 8 ? 'a few' : tries - done.length);
console.log('paused:', pauses > 0, 'state:', database.getStats().state);

/* prints
stored: 8 in order: true
tries in vain: a few
paused: true state: CLOSED
*/
