/** Style as a test: which way imports point, what pure code may not reach for, how long a file may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import project from '../package.json' with { type: 'json' };

const ROOT = new URL('..', import.meta.url).pathname;
const MAX_LINES = 300;

const files = ['docs', 'functions', 'lib', 'load', 'package', 'tests'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const path = join(folder, name);
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, imports: importsOf(path, text) };
    }),
);

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map(([, target]) =>
    normalize(join(dirname(path), target ?? '')),
  );
}

/** A lower layer never imports a higher one; layers on one line may import each other's ports. */
const LAYERS: readonly (readonly string[])[] = [
  ['lib/level'],
  [
    'lib/alarms',
    'lib/breaker',
    'lib/discovery',
    'lib/events',
    'lib/health',
    'lib/services',
    'lib/shared',
    'lib/store',
    'lib/telemetry',
  ],
  ['lib/simulation'],
  ['lib/runtime'],
  ['lib/guard'],
  ['lib/entries'],
  ['functions'],
  ['lib/local'],
  ['docs', 'load', 'package', 'tests'],
];

const layerOf = (path: string) =>
  LAYERS.findIndex((layer) => layer.some((folder) => path.startsWith(`${folder}/`)));

/** What is banned where, with what to use in its place. */
const BANNED: readonly { what: RegExp; where: RegExp; except?: RegExp; instead: string }[] = [
  {
    what: /\bDate\.now\b|\bnew Date\(\)/,
    where: /^(lib|functions)\//,
    except: /^lib\/runtime\/clock\.ts$|^lib\/local\/log\.ts$|^lib\/breaker\/host\.ts$/,
    instead: 'a Clock, or atMs as an argument',
  },
  {
    what: /\bperformance\.now\b/,
    where: /^(lib|functions)\//,
    except: /^lib\/runtime\/clock\.ts$|^lib\/breaker\/host\.ts$/,
    instead: 'a Clock',
  },
  {
    what: /\bprocess\.env\b/,
    where: /^(lib|functions)\//,
    except: /^lib\/runtime\/settings\.ts$|^lib\/(discovery|health)\/host\.ts$/,
    instead: 'readConfig',
  },
  {
    what: /\bMath\.random\b|\brandomUUID\b/,
    where: /^(lib|functions)\//,
    except: /^lib\/local\/|^lib\/breaker\/host\.ts$|^lib\/runtime\/simulation\.ts$/,
    instead: 'an argument',
  },
  {
    what: /\bset(Timeout|Interval|Immediate)\b/,
    where: /^(lib|functions)\//,
    except: /^lib\/local\/|^lib\/breaker\/host\.ts$|^lib\/runtime\/simulation\.ts$/,
    instead: 'nothing: only the shell waits',
  },
  { what: /\benum\s+\w+\s*\{/, where: /./, instead: 'an `as const` object' },
  { what: /\bas any\b|: any\b/, where: /./, instead: 'unknown, and a check' },
  { what: /\bTODO\b|\bFIXME\b|\bXXX\b/, where: /./, instead: 'an issue' },
  { what: /\.(only|skip|todo)\(/, where: /^tests\//, instead: 'a test that runs' },
  { what: /eslint-disable|oxlint-disable|@ts-ignore/, where: /./, instead: 'code that passes' },
];

describe('the layers', () => {
  test('every file belongs to one', () => {
    const outside = files.filter(({ path }) => layerOf(path) === -1).map(({ path }) => path);
    expect(outside).toEqual([]);
  });

  test('imports point one way', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((target) => layerOf(target) > layerOf(path))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('lib/level imports nothing outside itself', () => {
    const wrong = files
      .filter(({ path }) => path.startsWith('lib/level/'))
      .filter(({ text }) => /from '(?!\.\/)/.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('what runs needs no development dependency: npm ci --omit=dev is enough', () => {
    const dependencies = new Set(Object.keys(project.dependencies));
    const wrong = files
      // The test that `npm run new` writes is a text there.
      .filter(({ path }) => /^(lib|functions)\/(?!local\/new\/)/.test(path))
      .flatMap(({ path, text }) =>
        // A type is gone before anything runs.
        [
          ...text.matchAll(
            /^(?:import|export) (?!type )[^;]*?from '([^'.][^']*)'|import\('([^'.][^']*)'\)/gm,
          ),
        ]
          .map(([, from, later]) => from ?? later ?? '')
          .filter((name) => !name.startsWith('node:'))
          .map((name) =>
            name
              .split('/')
              .slice(0, name.startsWith('@') ? 2 : 1)
              .join('/'),
          )
          .filter((name) => !dependencies.has(name))
          .map((name) => `${path} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  test('every install script is allowed or refused: npm ci asks nothing', () => {
    const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
    };
    const scripted = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    const said = Object.keys(project.allowScripts);
    expect(scripted.filter((name) => !said.includes(name) && name !== 'fsevents')).toEqual([]);
  });

  test('nothing outside lib/local, tests and load knows where it runs', () => {
    const wrong = files
      .filter(({ path }) => !/^(lib\/local|tests|load)\//.test(path))
      // The ladder of one's own server knows that server by the name of its adapter.
      .filter(({ path }) => !/^lib\/(guard\/fastify(-answer)?|entries\/guard)\.ts$/.test(path))
      .filter(({ text }) => /dynalite|aws-local-stepfunctions|fastify|MiniStack/i.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('the interpreter is loaded by the file that mends it alone: whoever is first in a process decides', () => {
    const wrong = files
      .filter(({ path }) => path !== 'lib/local/vendor/interpreter.ts')
      .filter(({ text }) => /^import (?!type ).*'aws-local-stepfunctions'/m.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('no two files import each other, near or far', () => {
    const graph = new Map(files.map(({ path, imports }) => [path, imports]));
    const done = new Set<string>();
    const visit = (path: string, trail: readonly string[]): string[] => {
      if (trail.includes(path)) return [[...trail, path].join(' -> ')];
      if (done.has(path)) return [];
      const found = (graph.get(path) ?? []).flatMap((next) => visit(next, [...trail, path]));
      done.add(path);
      return found;
    };
    expect(files.flatMap(({ path }) => visit(path, []))).toEqual([]);
  });
});

describe('every file', () => {
  const self = 'tests/tidy.test.ts';

  test.each(BANNED)(
    'has no $what where $where ($instead instead)',
    ({ what, where, except, instead }) => {
      const wrong = files.flatMap(({ path, text }) =>
        path !== self && where.test(path) && !except?.test(path)
          ? text
              .split('\n')
              .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
              .filter(({ line }) => what.test(line))
              .map(({ at }) => `${at}: use ${instead}`)
          : [],
      );
      expect(wrong).toEqual([]);
    },
  );

  test(`has at most ${MAX_LINES} lines`, () => {
    const long = files.filter(({ text }) => text.split('\n').length - 1 > MAX_LINES);
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  test('begins with one sentence that says what it is', () => {
    const wrong = files.filter(({ text }) => !/^\/\*\* [^*]+[.:?] ?\*\/\n/.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('names no machine, and nobody who wrote it', () => {
    const wrong = files
      .filter(({ path }) => path !== self)
      .filter(({ text }) => /\/(work|farm|home|root)\/|registry\.npmjs/.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});
