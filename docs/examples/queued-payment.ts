/** A payment that is queued while the breaker is open, and made when it has closed again. */
import { logger } from 'resilient-service-system/utils';
import { CircuitBreakerOpenError } from 'resilient-service-system/breaker';
import { stripeCircuitBreaker } from 'resilient-service-system/presets';

interface Payment {
  readonly id: string;
  readonly amount: number;
}

const queued: Payment[] = [];
const stripe = { isDown: false, paid: [] as string[] };

async function createPaymentIntent({ id }: Payment): Promise<string> {
  if (stripe.isDown) throw new Error('502 from the payment provider');
  stripe.paid.push(id);
  return id;
}

async function processPayment(payment: Payment) {
  try {
    const result = await stripeCircuitBreaker.execute(async () => {
      return await createPaymentIntent(payment);
    });
    return { success: true, result };
  } catch (error) {
    // What is refused was not sent, so it can be made later. What failed may have been made.
    if (error instanceof CircuitBreakerOpenError) {
      queued.push(payment);
      return { success: false, queued: true };
    }
    logger.debug('Payment processing failed', error);
    throw error;
  }
}

stripeCircuitBreaker.on('stateChange', ({ to }) => {
  if (to !== 'CLOSED') return;
  for (const payment of queued.splice(0)) void processPayment(payment);
});

console.log(await processPayment({ id: 'p1', amount: 5 }));
stripe.isDown = true;
for (let calls = 0; calls < 9; calls += 1) {
  await processPayment({ id: 'down', amount: 5 }).catch(() => {});
}
console.log(await processPayment({ id: 'p2', amount: 7 }));

stripe.isDown = false;
// Its open time is a minute; here somebody who knows better closes it.
stripeCircuitBreaker.close();
await new Promise(setImmediate);
console.log(stripe.paid, queued);

/* prints
{ success: true, result: 'p1' }
{ success: false, queued: true }
[ 'p1', 'p2' ] []
*/
