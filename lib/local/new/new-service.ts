/** The files of a new service, as text: a pure function of its name and of services.json. */

/** A name that cannot be a service's. */
export class NewServiceError extends Error {
  override readonly name = 'NewServiceError';
  readonly code = 'NEW_SERVICE_REFUSED';
}

/** A file to write. */
export interface NewFile {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
  /** False where it is there already, and gets an entry. */
  readonly isNew: boolean;
}

/**
 * Makes the files of a service.
 *
 * @param name Up to 32 lower-case letters, digits and dashes: its scope, its path and its file.
 * @param services What services.json holds.
 * @throws NewServiceError where the name cannot be one, or is taken.
 */
export function newService(
  name: string,
  services: string,
): { readonly files: readonly NewFile[]; readonly next: string } {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) {
    throw new NewServiceError(
      `NAME must be up to 32 lower-case letters, digits, -, got ${JSON.stringify(name.slice(0, 64))}`,
    );
  }
  const entries = JSON.parse(services) as Record<string, unknown>;
  if (name in entries) throw new NewServiceError(`services.json has a service ${name} already`);
  const entry = { routes: [`GET /${name}/{id}`], module: name, policy: 'production' };
  return {
    files: [
      { path: `services/${name}.ts`, text: moduleText(name), isNew: true },
      { path: `tests/services/${name}.test.ts`, text: testText(name), isNew: true },
      { path: 'services.json', text: withEntry(services, name, entry), isNew: false },
    ],
    next: `try it: npm start, then curl http://127.0.0.1:3000/${name}/1\n`,
  };
}

/** The entry at the end, so that what is there stays as somebody wrote it. */
function withEntry(services: string, name: string, entry: object): string {
  const end = services.trimEnd().replace(/\s*\}$/, '');
  const text = JSON.stringify({ [name]: entry }, null, 2)
    .slice(1, -1)
    .trim();
  return `${end},\n  ${text.replace(/\[\n\s+(.*)\n\s+\]/, '[$1]')}\n}\n`;
}

function moduleText(name: string): string {
  return `/** ${title(name)}: what it answers in full, with less, and in maintenance. */
import type { CreateService } from '../lib/services/registry.ts';
import type { Answer, Json } from '../lib/services/service.ts';

/** What is in force while nothing can be asked: depends on nothing. */
const KEPT = { text: 'kept for a bad day' };

const answer = (body: Json): Answer => ({ outcome: 'success', statusCode: 200, headers: {}, body });

/** Makes the service. A face that throws is an error of the service, answered with 500 and counted. */
const create: CreateService = () => ({
  async full({ pathParameters }) {
    return answer({ status: 200, level: 1, id: pathParameters['id'] ?? '', text: 'fresh' });
  },
  async degraded({ pathParameters }) {
    return answer({ status: 200, level: 2, id: pathParameters['id'] ?? '', ...KEPT });
  },
  async maintenance() {
    const body = { status: 503, message: 'under maintenance; try again later' };
    return { outcome: 'none', statusCode: 503, headers: {}, body };
  },
  /** Whether a face would serve now: asked while nobody else may try it. */
  async probe() {
    return 'success';
  },
});

export default create;
`;
}

function testText(name: string): string {
  return `/** ${title(name)}: its faces, each alone. */
import { expect, test } from 'vitest';
import create from '../../services/${name}.ts';
import { requestText } from './requests.ts';

const service = create({} as Parameters<typeof create>[0]);
const request = {
  ...requestText(null),
  method: 'GET',
  pathParameters: { id: '7' },
  bodyText: '',
  body: null,
};
const context = { scope: '${name}', executionId: 'x-1' };

test.each([
  ['full', 200, 'success'],
  ['degraded', 200, 'success'],
  ['maintenance', 503, 'none'],
] as const)('the %s face answers %i', async (face, statusCode, outcome) => {
  expect(await service[face](request, context)).toMatchObject({ statusCode, outcome });
});

test.each(['full', 'degraded'] as const)('the %s face can be probed', async (face) => {
  expect(await service.probe(face, request, context)).toBe('success');
});
`;
}

function title(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
