/** What a scope learns over half an hour of requests: the rate of its service, though only watched times are seen. */
import { expect, test } from 'vitest';
import { adaptive } from '../../lib/level/policy.ts';
import { chanceOf } from '../../lib/simulation/random.ts';
import { Drive } from './drive.ts';

test("what is learned is the service's own rate, though only watched times are seen", async () => {
  const drive = new Drive(adaptive);
  const chance = chanceOf(7);
  let [errors, counted] = [0, 0];
  const requests = 20_000;
  for (let sent = 0; sent < requests; sent += 1) {
    drive.nowMs += 100;
    // Rare enough that nobody watches for half of the time.
    const fullOk = chance.unit() >= 0.004;
    if (!fullOk) errors += 1;
    const before = drive.writes.length;
    await drive.request({ fullOk, degradedOk: true, tookMs: 0, safe: false, chosen: false });
    counted += drive.writes.length - before;
  }
  const { learnedErrors = 0, learnedRequests = 1, currentLevel } = await drive.state();
  expect(currentLevel).toBe(1);
  expect(counted).toBeLessThan(0.75 * requests);
  const ratio = learnedErrors / learnedRequests / (errors / requests);
  // The first error of each watch, were it counted, would make it half as much again.
  expect(Math.abs(ratio - 1)).toBeLessThan(0.2);
});
