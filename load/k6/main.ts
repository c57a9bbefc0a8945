/** What k6 runs: the scenario that SCENARIO names against TARGET, its durations times SCALE. */
import { sleep } from 'k6';
import { scenario as running } from 'k6/execution';
import http from 'k6/http';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { ask } from './answer.ts';
import { createErrorSource } from './errors.ts';
import {
  durationMs,
  isScenarioName,
  scaledStages,
  SCENARIOS,
  thresholdsOf,
  type Scenario,
} from './scenarios.ts';

const { SCENARIO = '', TARGET = '', SCALE = '1', ALLOW_FAIL_OPEN, SUMMARY_FILE } = __ENV;
if (!isScenarioName(SCENARIO)) throw new Error(`SCENARIO: there is no ${SCENARIO}`);
if (TARGET === '') throw new Error('TARGET must be the URL of POST /service-api');

const scenario: Scenario = SCENARIOS[SCENARIO];
const scale = Number(SCALE);
const totalMs = durationMs(scenario, scale);
const allowFailOpen = ALLOW_FAIL_OPEN === 'true';
const recoveries = new Counter('recoveries');

/** How long requests in flight may take to end, when users leave and at the end. */
const GRACE = '10s';

export const options: Options = {
  scenarios: {
    [SCENARIO]: {
      executor: 'ramping-vus',
      startVUs: scenario.startUsers,
      stages: scaledStages(scenario, scale).map((stage) => ({
        duration: `${stage.durationMs}ms`,
        target: stage.target,
      })),
      gracefulRampDown: GRACE,
      gracefulStop: GRACE,
    },
  },
  thresholds: thresholdsOf(scenario),
  // Of k6's own tags only those that its counts of checks need: the others lengthen every sample.
  systemTags: ['check', 'group'],
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
};

http.setResponseCallback(http.expectedStatuses(200, 500, 503));

/** Each user has its own copy of this file, hence its own decisions. */
const errors = createErrorSource(scenario.errors, Math.random);

/** One iteration of one user. */
export default function iterate(): void {
  const error = errors.next((Date.now() - running.startTime) / totalMs);
  const level = ask(TARGET, { error, allowFailOpen });
  if (level !== null && errors.saw(level)) recoveries.add(1);
  if (scenario.thinkSeconds > 0) sleep(scenario.thinkSeconds);
}

/** Leaves the thresholds' results for the report, and nothing on the terminal. */
export function handleSummary(data: unknown): Record<string, string> {
  return SUMMARY_FILE === undefined ? {} : { [SUMMARY_FILE]: JSON.stringify(data) };
}
