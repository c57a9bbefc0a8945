/** What each field of a policy is for, in words: for the manual and for the live page. */
import type { Policy } from '../level/policy.ts';

/** What each field is for, and why its default is that number. */
export const POLICY_REASONS: Readonly<Record<keyof Policy, string>> = {
  judge:
    'What the level falls by: `counts` of errors as the source has them, or the `rate` of errors over the fleet. Counts fall for 5 errors among a million requests as for 5 among 5; a rate needs the denominator, and so a ramp, because level 1 then begins on evidence of the full face alone.',
  errorsToDegrade: "`counts`: errors at level 1 that lead to level 2. The source's 5.",
  errorsToMaintenance: "`counts`: errors, counted on, that lead to level 3. The source's 10.",
  successesToClear:
    "`counts`: successes in a row at level 1 that clear the errors remembered. The source's 10.",
  successesToFull:
    "`counts` without a ramp: successes in a row at level 2 that lead to level 1. The source's 10, its bank's 5.",
  probesToDegraded:
    "Probe successes in a row at level 3 that lead to level 2. The source's 10, its bank's 3: with one probe in 5 s three are 15 s of a well face, ten would be nearly a minute.",
  windowMs:
    '`rate`: how far back outcomes are judged together, in ten slots. 10 s is long enough for 20 requests at 2 a second and short enough that a minute of trouble is not diluted.',
  minimumRequests:
    '`rate`: outcomes in the window before their rate means anything. Of 20 requests with 5 % of errors, 5 fail in 1 of 400 windows; `minimumErrors` keeps those from counting.',
  minimumErrors:
    '`rate`: errors in the window before their rate means anything. 10: a cluster of a few errors in a quiet service is no outage; a real one reaches 10 within 20 requests.',
  degradePercent:
    '`rate`: share of errors at level 1 that leads to level 2. Five times what an ordinary bad day has (5 %), half of what a dead half of the fleet gives.',
  deviationPercent:
    '`rate`: the scope learns what share of its answers is ordinarily an error, and level 1 also falls where it is three times that and six deviations above it, though never below this share; `degradePercent` holds whatever was learned. `adaptive` has 5 %: below that a lesser answer for all costs more than the errors. Off: nothing is learned.',
  maintenancePercent:
    '`rate`: share of errors at level 2 that leads to level 3. Higher than the other: half an answer that is right is worth more than none.',
  consecutiveErrors:
    '`rate`: errors in a row, with no success known between, that lead down where the window holds too few requests for a rate. With 5 % of errors five in a row are 1 in 3 million; one request a minute falls after five minutes.',
  settleMs:
    '`rate`: no verdict sooner after the first error of a quiet window, so that successes, which take longer than a refusal and are not written while all is well, are counted beside it. 250 ms covers a service whose answers take up to 250 ms; later verdicts wait for twice the time that successes of the scope were seen to take.',
  writesPerSecond:
    '`rate`: counted writes a second on the one row; above it, outcomes are sampled and weighted. 50 is 5 % of what DynamoDB takes on one item, and decides within half a second.',
  slowAfterMs:
    'An answer slower than this counts as an error (outcome `slow`), though the client gets it. Off, because only you know what is slow.',
  countStatuses:
    "Statuses 400–499 of an upstream that count as errors, for example 401 or 429. None: a 4xx is the client's.",
  dwellMs:
    'How long no climbing begins after a fall. 30 s lets a restart, a failover or an autoscaler finish.',
  maxDwellMs: 'The longest that the dwell grows to by doubling. Five minutes without full service.',
  flapWindowMs:
    'A fall sooner than this after a climb doubles the dwell; level 1 held for as long brings the first dwell back.',
  ramp: 'Shares of the requests at level 2 that the *full* face serves, step by step, before level 1. A dependency that comes back cold gets 5 %, a quarter, half. Empty: no ramp.',
  rampStepMs: 'How long a step lasts at least.',
  rampStepRequests:
    'How many outcomes of the full face a step has at least, or as many as a canary interval gives where traffic is low.',
  canaryIntervalMs:
    'So long after the last outcome of the full face the next safe request tries it, whatever its share: a quiet service climbs too.',
  probeIntervalMs:
    'At most one probe of the whole fleet in this time at level 3, elected by a conditional write. 0: every request probes, as the source does.',
  maxProbeIntervalMs:
    'The longest that the interval grows to by doubling while probes fail; each wait is up to 20 % longer, by chance.',
  shield:
    'Where the full face fails, the same execution serves the request by the degraded face: for `safe` requests (GET, HEAD, or an `Idempotency-Key` that both faces know), for `all`, or not. What the full face refuses untried (its breaker is open) is served so whatever it is, but for `off`.',
  exerciseDegradedPercent:
    'Share of the requests at level 1 that the degraded face serves, so that it is never untested; its errors are a metric and an alarm, and move nothing.',
};
