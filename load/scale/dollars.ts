/** What a million requests of a run cost, in us-east-1, by the prices of the runbook's table. */
import type { ScaleRun } from './outcome.ts';

const PER_MILLION = 1e-6;
/** docs/RUNBOOK.md, "What it costs". */
const GATEWAY = 3.5;
const EXPRESS = 1.1;
const INVOCATION = 0.2;
const FACE = 0.033;
const MUTATOR = 0.1;
const READ = 0.0625;
const WRITE = 0.625;
/** An HTTP API before a function of one's own: API Gateway pricing, the first 300 million. */
const HTTP_API = 1;

type Counted = Pick<ScaleRun, 'form' | 'requests' | 'reads' | 'writes'>;

/** Dollars per million requests: the form's own part, without what serves the requests in any form. */
export function ladderDollars({ form, requests, reads, writes }: Counted): number {
  const rows = (reads * READ + writes * WRITE) * PER_MILLION;
  const millions = requests * PER_MILLION;
  if (form !== 'workflow') return rows / millions;
  const mutations = writes * (INVOCATION + MUTATOR) * PER_MILLION;
  return EXPRESS + (rows + mutations) / millions;
}

/** The same with the gateway and the function that serves. */
export function allDollars(run: Counted): number {
  const front = run.form === 'workflow' ? GATEWAY : HTTP_API;
  return front + INVOCATION + FACE + ladderDollars(run);
}
