/** What of the state machine executions can pass through, and what they did pass through. */
import { allMachines, allStates, successorsOf, type Machine } from './definition.ts';
import type { Event } from './harness.ts';

/** Everything there is to pass through, one line each. */
export function possibleSteps(machine: Machine): string[] {
  return allStates(machine).flatMap(([name, state]) => [
    entered(name),
    ...successorsOf(state).map((next) => followed(name, next)),
    ...(state.Catch ?? []).map((catcher) => caught(name, catcher.ErrorEquals)),
    ...(state.Retry ?? []).flatMap((retrier) =>
      retrier.ErrorEquals.map((error) => repeated(name, error)),
    ),
  ]);
}

/** What one execution passed through, in the same words. */
export function takenSteps(machine: Machine, events: readonly Event[]): string[] {
  const steps: string[] = [];
  // The branches of a Parallel run at the same time: each has a last state of its own.
  const lastIn = new Map<Machine, string>();
  const lastError = new Map<string, string>();
  const machines = allMachines(machine);
  for (const event of events) {
    if (!('state' in event)) continue;
    const { name } = event.state;
    const home = machines.find((each) => name in each.States) ?? machine;
    if (event.type === 'StateEntered') {
      const last = lastIn.get(home);
      steps.push(entered(name), ...(last === undefined ? [] : [followed(last, name)]));
      lastIn.set(home, name);
    }
    if (event.type === 'StateFailed') lastError.set(name, event.Error);
    if (event.type === 'StateCaught') steps.push(caught(name, event.catch.catcher.ErrorEquals));
    if (event.type === 'StateRetried') steps.push(repeated(name, lastError.get(name) ?? ''));
  }
  return steps;
}

const entered = (name: string) => `${name} is entered`;
const followed = (name: string, next: string) => `${name} is followed by ${next}`;
const caught = (name: string, errors: readonly string[]) => `${name} catches ${errors.join(', ')}`;
const repeated = (name: string, error: string) => `${name} is repeated after ${error}`;
