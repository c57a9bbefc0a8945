/** From opossum: the same service, the same calls and the same outcomes, side by side. */
import Opossum from 'opossum';
import { CircuitBreakerService } from 'resilient-service-system/opossum';

interface User {
  readonly id: string;
}

let isDown = false;
async function findUser(id: string): Promise<User> {
  if (isDown) throw new Error('the directory is down');
  return { id };
}

const options = { timeout: 3_000, errorThresholdPercentage: 50, resetTimeout: 30_000 };

// Before.
const before = new Opossum(findUser, { ...options, volumeThreshold: 5, name: 'users' });
before.fallback((id: string) => ({ id, isGuest: true }));
before.on('open', () => console.log('before: open'));

// After: the breaker is found by its name, and the type of fire() knows the fallback.
const breakers = new CircuitBreakerService();
const after = breakers
  .getBreaker('users', findUser, { ...options, volumeThreshold: 5 })
  .fallback((id) => ({ id, isGuest: true }))
  .on('open', () => console.log('after:  open'));

for (const [name, breaker] of [
  ['before:', before],
  ['after: ', after],
] as const) {
  isDown = false;
  console.log(name, await breaker.fire('ada'));
  isDown = true;
  for (let calls = 0; calls < 5; calls += 1) await breaker.fire('ada');
  console.log(name, await breaker.fire('ada'), breaker.opened, breaker.stats.rejects > 0);
}
before.shutdown();

/* prints
before: { id: 'ada' }
before: open
before: { id: 'ada', isGuest: true } true true
after:  { id: 'ada' }
after:  open
after:  { id: 'ada', isGuest: true } true true
*/
