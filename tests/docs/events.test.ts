/** docs/EVENTS.md against the code: its receiver verifies, its parameters are there, its transformers make JSON. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { isAlias, parseDocument, visit } from 'yaml';
import {
  readWebhookKeys,
  signedHeaders,
  webhookMessage,
} from '../../lib/events/webhook-message.ts';
import { PARAMETER_NAMES } from '../../lib/runtime/parameters.ts';
import { readPeople } from '../deploy/emulator/people.ts';

const read = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

const EVENTS = await read('EVENTS.md');

test('the message that is shown is the one that is sent', () => {
  const [, body = ''] = /^(\{"type":.*\})$/m.exec(EVENTS) ?? [];
  const { data } = JSON.parse(body) as {
    data: Parameters<typeof webhookMessage>[1] & { stage: string };
  };
  const { stage, ...event } = data;
  const message = webhookMessage(stage, event);
  expect(message.body).toBe(body);
  expect(EVENTS).toContain(`webhook-id: ${message.id}\n`);
});

test('a secret made as it is told is one, and the receiver that is shown verifies what it signs', async () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  expect(EVENTS).toContain('SECRET="whsec_$(openssl rand -base64 32)"');
  const [, block = ''] = /```ts\n(import \{ Webhook \}[\s\S]*?)```/.exec(EVENTS) ?? [];
  expect(block).toContain('new Webhook(secret).verify(body, headers)');
  const event = { scope: 'default', from: 1, to: 2, reason: 'errors', epoch: 1 } as const;
  const message = webhookMessage('dev', { ...event, at: '2026-01-02T03:04:05.678Z' });
  const headers = signedHeaders(readWebhookKeys(secret) ?? [], message, Date.now());
  const got = new Webhook(secret).verify(message.body, headers);
  expect(got).toMatchObject({ type: 'level.changed', data: { to: 2 } });
});

test('every parameter that is named is there', async () => {
  const { Parameters: parameters } = await readPeople();
  const [, overrides = ''] = /--parameter-overrides (.*)$/m.exec(EVENTS) ?? [];
  const named = overrides.split(' ').map((pair) => pair.split('=')[0] ?? '');
  expect(named.filter((name) => !(name in parameters))).toEqual([]);
  const params = [...EVENTS.matchAll(/--param (\w+)=/g)].map(([, name = '']) => name);
  expect(params).toEqual(['webhookUrl', 'webhookSecret']);
  expect(params.filter((name) => !PARAMETER_NAMES.includes(name))).toEqual([]);
});

test('the template has nothing of YAML that CloudFormation does not take', async () => {
  const document = parseDocument(await read('monitoring/events/people.yml'), {
    logLevel: 'silent',
  });
  let found = 0;
  visit(document, (_key, node) => {
    if (
      isAlias(node) ||
      (typeof node === 'object' && node !== null && 'anchor' in node && node.anchor)
    )
      found += 1;
  });
  expect(found).toBe(0);
});

test('every input transformer makes JSON of an event, and names nothing that it has not', async () => {
  const { Resources: resources } = await readPeople();
  const transformers = Object.values(resources).flatMap(
    ({ Properties: { Targets: targets = [] } }) =>
      (targets as { InputTransformer: { InputPathsMap: object; InputTemplate: string } }[]).map(
        ({ InputTransformer: transformer }) => transformer,
      ),
  );
  expect(transformers).toHaveLength(6);
  const event = {
    source: 'resilient-service-prod',
    detail: { scope: 'default', from: 1, to: 2, reason: 'errors', epoch: 7, at: 'then' },
  };
  const at = (path: string) =>
    path
      .split('.')
      .slice(1)
      .reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], event);
  for (const { InputPathsMap: paths, InputTemplate: template } of transformers) {
    const filled = template.replaceAll(/<(\w+)>/g, (_all, name: string) => {
      const path = (paths as Record<string, string>)[name];
      expect(path).toBeDefined();
      return String(at(path ?? '$.detail'));
    });
    expect(filled).not.toMatch(/undefined|object/);
    expect(JSON.parse(filled)).toBeTypeOf('object');
  }
});
