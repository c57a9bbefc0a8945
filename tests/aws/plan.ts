/** What a trial on an account makes, and the most that it can cost and take: constants, and what follows from them. */

/** What is asked for. */
export interface Wanted {
  readonly stage: string;
  readonly region: string;
  /** How many requests the load is. */
  readonly requests: number;
  /** An emulator's address; absent: AWS. */
  readonly endpoint?: string;
}

/** Whose account it is. */
export interface Caller {
  readonly account: string;
  readonly arn: string;
}

/** The most that the load may be, in requests. */
export const MOST_REQUESTS = 20_000;

/** How long the load may take, in seconds, and how many requests are on their way at once. */
export const LOAD_LIMITS = { seconds: 60, connections: 10 } as const;

/** How long everything before the removal may take, in minutes; what has not ended by then fails. */
export const CHECKS_MINUTES = 20;

/** How often the removal is tried, how long each time may take, and how long AWS's lists may be late between them. */
export const REMOVAL = { tries: 3, minutes: 10, pauseMs: 10_000 } as const;

/** The most requests of all checks together, each of them a check's own bound. */
const MOST_CHECKED = 200;

/**
 * Dollars per million requests with everything logged, as a stage that is not prod does: the dearest column and the
 * logs of docs/RUNBOOK.md ("What it costs"), prices of us-east-1, and a fifth more for other regions.
 */
const DOLLARS_PER_MILLION = 1.2 * (6.04 + 0.17 + 0.18 + 22.5);

/**
 * Dollars of what stands there for a started month whatever it does: the dashboard, nothing where an account has fewer
 * than three. CloudWatch pricing.
 */
const DASHBOARD_DOLLARS = 3;

/**
 * Dollars an hour of what is billed by the hour: a key at $1 a month, 60 custom metrics at $0.30, 40 alarmed metrics at
 * $0.10, of 730 hours. KMS and CloudWatch pricing.
 */
const DOLLARS_PER_HOUR = (1 + 60 * 0.3 + 40 * 0.1) / 730;

/** The most minutes from the deploy to the end of the removal. */
function mostMinutes(): number {
  return CHECKS_MINUTES + REMOVAL.tries * REMOVAL.minutes;
}

/** The most dollars that it can cost. */
export function mostDollars({ requests }: Pick<Wanted, 'requests'>): number {
  const asked = ((requests + MOST_CHECKED) * DOLLARS_PER_MILLION) / 1_000_000;
  const hours = Math.ceil(mostMinutes() / 60);
  const dollars = DASHBOARD_DOLLARS + hours * DOLLARS_PER_HOUR + asked;
  return Math.ceil(dollars * 100) / 100;
}

/** Why it cannot be asked for; null where it can. */
export function refusalOf({ stage, requests, endpoint }: Wanted): string | null {
  if (!/^[a-z][a-z0-9]{2,15}$/.test(stage) || ['dev', 'prod'].includes(stage)) {
    return `--stage must be a name of the trial's own: 3 to 16 small letters and digits, not dev or prod, got ${stage}`;
  }
  if (!Number.isInteger(requests) || requests < 1 || requests > MOST_REQUESTS) {
    return `--requests must be a whole number from 1 to ${MOST_REQUESTS}, got ${requests}`;
  }
  if (endpoint !== undefined && !/^http:\/\/127\.0\.0\.1:\d+$/.test(endpoint)) {
    return `--endpoint must be an emulator at http://127.0.0.1:PORT, got ${endpoint}`;
  }
  return null;
}

/** What is said before anything is made. */
export function sayPlan(wanted: Wanted, { account, arn }: Caller, leaves: string | null): string {
  const { stage, region, requests, endpoint } = wanted;
  return [
    `Account ${account} in ${region}${endpoint === undefined ? '' : ` at ${endpoint}`}, as ${arn}.`,
    `Makes the stack resilient-service-${stage}: an API, an Express workflow, functions, two tables, queues, alarms, a`,
    `dashboard, a key. Walks it through its levels, sends ${requests} requests, and removes all of it, also when a step fails.`,
    leaves ?? 'Leaves nothing but the days that AWS keeps a removed key.',
    `At most $${mostDollars(wanted).toFixed(2)}, of which $${DASHBOARD_DOLLARS} is a dashboard (the first three are free), and ${mostMinutes()} minutes; usually ten.`,
  ].join('\n');
}
