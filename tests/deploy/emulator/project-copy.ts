/** A copy of the project, from which the real framework deploys. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

/** The checkout. */
export const ROOT = new URL('../../..', import.meta.url).pathname;

/** What nothing deployed is made of; names with a dot at the start are the other. */
const LEFT_OUT = /^(\.|node_modules|tests|load)/;

/** A copy of the project. */
export interface ProjectCopy {
  readonly folder: string;
  /** Runs a command of the framework, for example `('deploy', '--stage', 'dev')`, and gives what it says. */
  serverless(...args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Copies the project, since the framework's own folders in the checkout belong to whoever deploys
 * there.
 *
 * @param env Where AWS is, for the framework.
 * @param scopes What its services.json says; by default the same as the checkout's.
 */
export async function copyProject(
  env: Readonly<Record<string, string>>,
  scopes?: object,
): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'resilient-project-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const [project, home] = [join(folder, 'project'), join(folder, 'home')];
  try {
    const filter = (path: string) => !LEFT_OUT.test(relative(ROOT, path));
    await cp(ROOT, project, { recursive: true, filter });
    await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    await mkdir(home);
    if (scopes !== undefined) {
      const file = join(project, 'services.json');
      const whole = JSON.parse(await readFile(file, 'utf8')) as Record<string, object>;
      const given = Object.entries(scopes).map(([scope, entry]) => [
        scope,
        { ...whole[scope], ...(entry as object) },
      ]);
      await writeFile(file, JSON.stringify({ ...whole, ...Object.fromEntries(given) }));
    }
  } catch (error) {
    await remove();
    throw error;
  }
  // The framework leaves files in its temporary folder.
  const own = { ...env, HOME: home, TMPDIR: home, SLS_AWS_MONITORING_FREQUENCY: '500' };
  return { folder: project, remove, serverless: (...args) => serverless(project, args, own) };
}

/** An environment in which `node` is the one that runs the tests. */
export function withProjectNode(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) };
}

async function serverless(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const sls = join(ROOT, 'node_modules/.bin/sls');
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [sls, ...args], {
      cwd,
      env: withProjectNode(env),
    });
    return `${stdout}${stderr}`;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`sls ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}
