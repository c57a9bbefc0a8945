/** What the template has of read replicas: a number that executions are told, and nothing else. */
import { expect, test } from 'vitest';
import { given, maker } from './making.ts';
import everyKind from './every-kind.json' with { type: 'json' };

const [services, dashboard] = await Promise.all([maker('services'), maker('dashboard')]);

const fileWith = (readReplicas: number) => ({
  ...everyKind,
  orders: { ...everyKind.orders, readReplicas },
});

async function resourcesOf(readReplicas: number) {
  const { Resources: resources } = await services(given(fileWith(readReplicas)));
  return resources;
}

test('each execution of a scope is told how many there are, by the template alone', async () => {
  const resources = await resourcesOf(9);
  const method = JSON.stringify(resources['ApiGatewayMethodOrdersAny']);
  expect(method).toContain('#set($readReplicas=9)');
  const inputs = Object.values(resources)
    .filter(({ Type: type }) => type === 'AWS::Events::Rule')
    .flatMap(({ Properties: rule }) => (rule as { Targets: { Input: string }[] }).Targets)
    .map(({ Input: input }) => JSON.parse(input) as { scope: string; readReplicas: number });
  const told = Object.fromEntries(inputs.map(({ scope, readReplicas }) => [scope, readReplicas]));
  expect(told).toMatchObject({ orders: 9, default: 0 });
});

test('they are items of the table that there is: no resource and no permission is added', async () => {
  const names = async (readReplicas: number) => Object.keys(await resourcesOf(readReplicas));
  expect(await names(9)).toEqual(await names(0));
});

test('the dashboard draws those that are behind, of the scopes that have any', async () => {
  const drawn = async (readReplicas: number) => {
    const { Resources: resources } = await dashboard(given(fileWith(readReplicas)));
    const body = JSON.stringify(resources['Dashboard']?.Properties);
    return [...body.matchAll(/ReplicaBehind[^\w]+Stage[^\w]+dev[^\w]+Scope[^\w]+(\w+)/g)].map(
      ([, scope]) => scope,
    );
  };
  expect(await drawn(9)).toEqual(['orders']);
  expect(await drawn(0)).toEqual([]);
});
