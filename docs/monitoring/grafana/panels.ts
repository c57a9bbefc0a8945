/** The panels of the dashboard as data: what is asked of Prometheus, and in which unit it is shown. */

/** A query and the name of each of its lines. */
export interface Query {
  readonly expr: string;
  /** With Grafana's `{{label}}`. */
  readonly legend: string;
}

/** One picture. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  /** As Grafana calls it, for example `reqps`. */
  readonly unit: string;
  /** A staircase, where a value holds until the next. */
  readonly isStep?: true;
  readonly max?: number;
  readonly queries: readonly Query[];
}

/** A heading and what stands below it. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

const of = (expr: string, legend: string): Query => ({ expr, legend });

/** What `$scope` stands for is chosen at the top of the dashboard. */
const SCOPE = 'scope=~"$scope"';

/** From what clients see to what causes it. */
export const ROWS: readonly Row[] = [
  {
    title: 'What clients see',
    panels: [
      {
        title: 'Level',
        description: '1 full, 2 degraded, 3 maintenance; no line where it cannot be read',
        unit: 'none',
        isStep: true,
        max: 3,
        queries: [of(`max by (scope) (service_level{${SCOPE}})`, '{{scope}}')],
      },
      {
        title: 'Answers by code',
        description: 'Requests to the service a second, by the code of their answer',
        unit: 'reqps',
        queries: [
          of(
            `sum by (code) (rate(service_requests_total{${SCOPE}}[$__rate_interval]))`,
            '{{code}}',
          ),
        ],
      },
      {
        title: 'Answers by served level',
        description: 'none: no level served, for example a request that was not valid',
        unit: 'reqps',
        queries: [
          of(
            `sum by (level) (rate(service_requests_total{${SCOPE}}[$__rate_interval]))`,
            'level {{level}}',
          ),
        ],
      },
      {
        title: 'Latency',
        description: 'From the head of the request to the end of the answer',
        unit: 's',
        queries: [0.5, 0.95, 0.99].map((quantile) =>
          of(
            `histogram_quantile(${quantile}, sum by (le) (rate(service_request_duration_seconds_bucket{${SCOPE}}[$__rate_interval])))`,
            `p${quantile * 100}`,
          ),
        ),
      },
    ],
  },
  {
    title: 'What moves the level',
    panels: [
      {
        title: 'Changes of level',
        description: 'In five minutes, by where from, where to and why',
        unit: 'none',
        queries: [
          of(
            `sum by (scope, from, to, reason) (increase(service_transitions_total{${SCOPE}}[5m]))`,
            '{{scope}} {{from}} → {{to}} {{reason}}',
          ),
        ],
      },
      {
        title: 'Error rate of the window',
        description: 'What a policy that judges a rate sees, over the fleet',
        unit: 'percentunit',
        max: 1,
        queries: [
          of(`max by (scope) (service_window_error_ratio{${SCOPE}})`, '{{scope}}'),
          of(`max by (scope) (service_ordinary_error_ratio{${SCOPE}})`, '{{scope}}, ordinary'),
          of(`max by (scope) (service_ramp_ratio{${SCOPE}})`, '{{scope}} ramp'),
          of(`min by (scope) (service_sampled_ratio{${SCOPE}})`, '{{scope}} counted'),
        ],
      },
      {
        title: 'Requests in the window',
        description: 'None while no error is remembered',
        unit: 'none',
        queries: [of(`max by (scope) (service_window_requests{${SCOPE}})`, '{{scope}}')],
      },
      {
        title: 'Probes',
        description: 'Tries of the degraded face while in maintenance',
        unit: 'ops',
        queries: [
          of(
            `sum by (result) (rate(service_probes_total{${SCOPE}}[$__rate_interval]))`,
            '{{result}}',
          ),
        ],
      },
      {
        title: 'Evidence that is not used',
        description: 'Stale outcomes are normal around a change; lost ones are not',
        unit: 'ops',
        queries: [
          of(`sum(rate(service_stale_outcomes_total{${SCOPE}}[$__rate_interval]))`, 'stale'),
          of(`sum(rate(service_mutator_failures_total{${SCOPE}}[$__rate_interval]))`, 'lost'),
          of(
            `sum(rate(service_policies_ignored_total{${SCOPE}}[$__rate_interval]))`,
            'policy ignored',
          ),
        ],
      },
      {
        title: 'The level table',
        description: 'Its errors, and the requests that were served open because of them',
        unit: 'ops',
        queries: [
          of(
            'sum by (operation, code) (rate(service_store_errors_total[$__rate_interval]))',
            '{{operation}} {{code}}',
          ),
          of(`sum(rate(service_fail_open_total{${SCOPE}}[$__rate_interval]))`, 'served open'),
          of(
            `sum(rate(service_announcements_failed_total{${SCOPE}}[$__rate_interval]))`,
            'not announced',
          ),
          of(
            `sum(rate(service_replicas_behind_total{${SCOPE}}[$__rate_interval]))`,
            'replicas behind',
          ),
        ],
      },
    ],
  },
  {
    title: 'Breakers, and what goes with them',
    panels: [
      {
        title: 'State',
        description: '0 closed, 1 open, 2 half-open',
        unit: 'none',
        isStep: true,
        max: 2,
        queries: [of('max by (service, breaker) (circuit_breaker_state)', '{{breaker}}')],
      },
      {
        title: 'Calls by outcome',
        description: 'Of all breakers; refused calls never reached what stands behind',
        unit: 'ops',
        queries: [
          of(
            'sum by (outcome) (rate(circuit_breaker_calls_total[$__rate_interval]))',
            '{{outcome}}',
          ),
          of('sum(rate(circuit_breaker_rejections_total[$__rate_interval]))', 'refused'),
        ],
      },
      {
        title: 'Failures',
        description: 'Among the calls of each window',
        unit: 'percentunit',
        max: 1,
        queries: [of('max by (breaker) (circuit_breaker_failure_ratio)', '{{breaker}}')],
      },
      {
        title: 'Breakers that a fleet shares',
        description:
          'State of the fleet, calls that it lets pass, and what its table does not answer a second',
        unit: 'none',
        queries: [
          of('max by (breaker) (circuit_breaker_fleet_state)', '{{breaker}} state'),
          of('min by (breaker) (circuit_breaker_fleet_pass_ratio)', '{{breaker}} passes'),
          of(
            'sum by (breaker) (rate(circuit_breaker_fleet_store_failures_total[$__rate_interval]))',
            '{{breaker}} not answered',
          ),
        ],
      },
      {
        title: 'Retries and their budget',
        description: 'Further attempts a second, and how many are allowed now',
        unit: 'none',
        queries: [
          of(
            'sum by (operation) (rate(retry_attempts_total[$__rate_interval]))',
            '{{operation}} /s',
          ),
          of('min by (budget) (retry_budget_remaining)', '{{budget}} left'),
        ],
      },
      {
        title: 'Bulkheads and rate limiters',
        description: 'Calls that hold a place, that wait for one, and that may pass at once',
        unit: 'none',
        queries: [
          of('sum by (bulkhead) (bulkhead_running)', '{{bulkhead}} running'),
          of('sum by (bulkhead) (bulkhead_queued)', '{{bulkhead}} waiting'),
          of('min by (limiter) (rate_limiter_tokens)', '{{limiter}} tokens'),
        ],
      },
    ],
  },
];
