/** What a million requests of a run cost, in us-east-1, by the prices of the runbook's table. */
import { FACE_PRICE, MUTATOR_PRICE, PRICES } from '../../lib/simulation/dollars.ts';
import type { ScaleRun } from './outcome.ts';

/** An HTTP API before a function of one's own: API Gateway pricing, the first 300 million. */
const HTTP_API = 1;

type Counted = Pick<ScaleRun, 'requests' | 'reads' | 'writes' | 'mutations'>;

/** Dollars per million requests: the form's own part, without what serves the requests in any form. */
export function ladderDollars({ requests, reads, writes, mutations }: Counted): number {
  const rows = (reads * PRICES.read + writes * PRICES.write) / requests;
  if (mutations === undefined) return rows;
  return PRICES.execution + rows + (mutations * MUTATOR_PRICE) / requests;
}

/** The same with the gateway and the function that serves. */
export function allDollars(run: Counted): number {
  const front = run.mutations !== undefined ? PRICES.gateway : HTTP_API;
  return front + FACE_PRICE + ladderDollars(run);
}
