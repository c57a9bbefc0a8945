/** A fallback from a cache: the last forecast, marked as old, while the service cannot be asked. */
import {
  createExternalServiceCircuitBreaker,
  getAllCircuitBreakerStats,
} from 'resilient-service-system/service';

interface Forecast {
  readonly degrees: number;
  readonly isOld?: boolean;
}

const cache = new Map<string, Forecast>();
let isDown = false;

async function ask(city: string): Promise<Forecast> {
  if (isDown) throw new Error('the weather service is down');
  return { degrees: city.length };
}

// Made once, outside the handler. It knows no city, so the cache is asked by who calls it.
const weather = createExternalServiceCircuitBreaker('weather');

async function forecast(city: string): Promise<Forecast | null> {
  return weather.execute(
    async () => {
      const fresh = await ask(city);
      cache.set(city, fresh);
      return fresh;
    },
    {
      fallback: () => {
        const old = cache.get(city);
        return old === undefined ? null : { ...old, isOld: true };
      },
    },
  );
}

console.log(await forecast('Bern'));
isDown = true;
console.log(await forecast('Bern'), await forecast('Basel'));
for (let calls = 0; calls < 10; calls += 1) await forecast('Bern');

// What a publisher sends each minute.
for (const [name, { state, failureRate, totalRequests }] of Object.entries(
  getAllCircuitBreakerStats(),
)) {
  console.log(name, state, failureRate.toFixed(1), totalRequests);
}

/* prints
{ degrees: 4 }
{ degrees: 4, isOld: true } null
weather OPEN 0.9 10
*/
