/** `npm run new -- service NAME`: an entry that the schema takes, and a module whose own test passes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newService, NewServiceError } from '../../lib/local/new/new-service.ts';
import { readScopes } from '../../lib/runtime/scopes.ts';
import type { CreateService } from '../../lib/services/registry.ts';
import { requestText } from '../services/requests.ts';

/** As somebody wrote it; not the project's own, to which a reader of the README has added what is added here. */
const SERVICES = `{
  "default": {"routes": ["POST /service-api"], "module": "demo"},
  "orders": { "routes": ["ANY /orders"],
    "upstream": { "url": "https://api.example.com" } }
}
`;

const filesOf = (name: string) => {
  const { files } = newService(name, SERVICES);
  return new Map(files.map((file) => [file.path, file]));
};

test('adds an entry that validates, and leaves the others as they were written', () => {
  const { text = '', isNew } = filesOf('price-quotes').get('services.json') ?? {};
  expect(isNew).toBe(false);
  expect(text.startsWith(SERVICES.trimEnd().slice(0, -2).trimEnd())).toBe(true);
  const { 'price-quotes': added, ...others } = readScopes('dev', JSON.parse(text));
  expect(others).toEqual(readScopes('dev', JSON.parse(SERVICES)));
  expect(added).toMatchObject({
    routes: [{ method: 'GET', path: '/price-quotes/{id}' }],
    module: 'price-quotes',
    policy: 'production',
  });
});

test('writes a module whose faces answer as its test says', async () => {
  // Types alone are imported, so it runs anywhere.
  const folder = mkdtempSync(join(tmpdir(), 'resilient-new-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { text = '' } = filesOf('quotes').get('services/quotes.ts') ?? {};
  const file = join(folder, 'quotes.ts');
  writeFileSync(file, text);
  const { default: create } = (await import(file)) as { readonly default: CreateService };
  const service = create({} as Parameters<CreateService>[0]);
  const request = { ...requestText(null), pathParameters: { id: '7' }, body: null };
  const context = { scope: 'quotes', executionId: 'x-1' };
  const answers = await Promise.all(
    (['full', 'degraded', 'maintenance'] as const).map((face) => service[face](request, context)),
  );
  expect(answers.map(({ statusCode, outcome }) => [statusCode, outcome])).toEqual([
    [200, 'success'],
    [200, 'success'],
    [503, 'none'],
  ]);
  expect(await service.probe('degraded', request, context)).toBe('success');
  expect(filesOf('quotes').get('tests/services/quotes.test.ts')?.text).toContain(
    "from '../../services/quotes.ts'",
  );
});

test.each([
  ['Quotes', /lower-case letters/],
  ['../quotes', /lower-case letters/],
  ['q'.repeat(33), /up to 32/],
  ['default', /has a service default already/],
])('%s is refused in one sentence', (name, words) => {
  expect(() => newService(name, SERVICES)).toThrow(words);
  expect(() => newService(name, SERVICES)).toThrow(NewServiceError);
});
