/** The packaged service of a stage, as `sls package` makes it: once for all test files and runs. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { TESTED_SERVICES } from '../runtime/given-scopes.ts';
import { withMappings, type Mappings } from './mappings.ts';

/** The stages that the tests package. */
export const STAGES = ['dev', 'prod'] as const;
export type Stage = (typeof STAGES)[number];

/** A resource of a CloudFormation template. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
}

/** What a deploy would send. */
export interface Packaged {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly outputs: Readonly<Record<string, { readonly Value: unknown }>>;
  /** The resources of a type, by logical id. */
  readonly ofType: (type: string) => readonly (readonly [id: string, resource: Resource])[];
  /** The resource with that logical id. Throws if there is none. */
  readonly resource: (id: string) => Resource;
  /** The size of a function's archive in bytes, and its files by name. */
  readonly archive: (functionName: string) => {
    readonly bytes: number;
    readonly files: ReadonlyMap<string, Buffer>;
  };
}

const ROOT = new URL('../..', import.meta.url).pathname;
/** Not below node_modules, where Node runs no TypeScript, which the plugins are partly written in. */
const CACHE = join(ROOT, '.cache/packaged');

/** The template's file in a package. */
export const TEMPLATE = 'cloudformation-template-update-stack.json';

/** Everything that the package is made of. */
const INPUTS = [
  'serverless.yml',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'services.json',
  'docs/monitoring/otel',
  'docs/openapi.yaml',
  'functions',
  'lib',
  'resources',
  'services',
  'statemachines',
];

/** How long another process may take for the same package before it counts as dead, in milliseconds. */
const CLAIM_MS = 240_000;

/** Any connection is an error: packaging needs neither a network nor an account. */
const NO_NETWORK = `import net from 'node:net';
net.Socket.prototype.connect = () => { throw new Error('packaging may not use the network'); };`;

/**
 * Packages a stage, or takes the package of an earlier run with the same inputs.
 *
 * @param params What `--param name=value` gives, by name.
 * @param file What services.json says; by default what the checkout's does.
 */
export async function packaged(
  stage: Stage,
  params: Readonly<Record<string, string>> = {},
  file?: object,
): Promise<Packaged> {
  const isWhole = params['fullUpstreamUrl'] !== undefined || file !== undefined;
  const all = { ...(isWhole ? {} : { services: TESTED_SERVICES }), ...params };
  const given = Object.entries(all).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const folder = await packageFolder(stage, given, file);
  const text = readFileSync(join(folder, TEMPLATE), 'utf8');
  const template = JSON.parse(text) as {
    Resources: Packaged['resources'];
    Outputs: Packaged['outputs'];
    Mappings: Mappings;
  };
  const resources = withMappings(template.Resources, template.Mappings);
  const { Outputs: outputs } = template;
  return {
    resources,
    outputs,
    ofType: (type) => Object.entries(resources).filter(([, resource]) => resource.Type === type),
    resource(id) {
      const found = resources[id];
      if (found === undefined) throw new Error(`there is no resource ${id} in the template`);
      return found;
    },
    archive(functionName) {
      const zip = readFileSync(join(folder, `${functionName}.zip`));
      const files = Object.entries(unzipSync(zip));
      return {
        bytes: zip.length,
        files: new Map(files.map(([name, it]) => [name, Buffer.from(it)])),
      };
    },
  };
}

/** The folder of a package, which is made where there is none. */
export async function packageFolder(
  stage: Stage,
  given: readonly string[],
  file: object | undefined,
): Promise<string> {
  const folder = join(CACHE, `${stage}-${hashOfInputs([...given, JSON.stringify(file ?? null)])}`);
  const claim = `${folder}.claim`;
  mkdirSync(CACHE, { recursive: true });
  while (!existsSync(folder)) {
    if (claimed(claim)) {
      try {
        await makePackage(stage, given, file, folder);
      } finally {
        rmSync(claim, { recursive: true, force: true });
      }
    } else {
      await sleep(50);
    }
  }
  return folder;
}

/** Whether the claim is now ours; one that is too old was left by a process that died. */
function claimed(claim: string): boolean {
  try {
    mkdirSync(claim);
    return true;
  } catch {
    const since = statSync(claim, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (Date.now() - since > CLAIM_MS) rmSync(claim, { recursive: true, force: true });
    return false;
  }
}

/** Works in a copy, since the framework's own folders in the checkout belong to whoever deploys. */
async function makePackage(
  stage: Stage,
  given: readonly string[],
  file: object | undefined,
  folder: string,
): Promise<void> {
  if (existsSync(folder)) return;
  forgetOld();
  const copy = mkdtempSync(join(CACHE, 'making-'));
  try {
    for (const input of INPUTS) cpSync(join(ROOT, input), join(copy, input), { recursive: true });
    if (file !== undefined) writeFileSync(join(copy, 'services.json'), JSON.stringify(file));
    const temporary = join(copy, 'tmp');
    mkdirSync(temporary);
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    await promisify(execFile)(
      process.execPath,
      [
        join(ROOT, 'node_modules/.bin/sls'),
        'package',
        '--stage',
        stage,
        '--package',
        'out',
        ...given,
      ],
      // The bundler leaves its work in the temporary folder, so it gets one that goes.
      { cwd: copy, env: { ...offline(), TMPDIR: temporary } },
    );
    renameSync(join(copy, 'out'), folder);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function offline(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(AWS|SLS|VITEST|NODE)_/.test(name),
  );
  const preload = `--import=data:text/javascript,${encodeURIComponent(NO_NETWORK)}`;
  return { ...Object.fromEntries(kept), NODE_OPTIONS: preload };
}

function hashOfInputs(given: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(given));
  for (const input of INPUTS) {
    const isFolder = statSync(join(ROOT, input)).isDirectory();
    const names = isFolder
      ? readdirSync(join(ROOT, input), { recursive: true, encoding: 'utf8' }).toSorted()
      : [''];
    for (const name of names) {
      const path = join(ROOT, input, name);
      if (!statSync(path).isFile()) continue;
      hash.update(`${join(input, name)}\0`).update(readFileSync(path));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** Packages that nothing has used for a day. */
function forgetOld(): void {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (Date.now() - since > 86_400_000) rmSync(path, { recursive: true, force: true });
  }
}
