/** The parts of the template that resources/ makes, as the packaging has them made, for a services.json of a test. */
import { parameterDefaults } from '../docs/parameters.ts';
import type { Mappings } from './mappings.ts';
import { packaged } from './packaged.ts';

/** What one of them makes. */
export interface Made {
  readonly Mappings?: Mappings;
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties: object }>
  >;
}

/** @param given What the packaging knows; given() makes it. */
export type Make = (given: object) => Promise<Made>;

/** The one in a file of resources/. */
export async function maker(name: string): Promise<Make> {
  const path = ['..', '..', 'resources', `${name}.js`].join('/');
  const module = (await import(path)) as { readonly 'module.exports': Make };
  return module['module.exports'];
}

/**
 * What the packaging knows of a stage: its parameters, as they are by default.
 *
 * @param file What services.json holds; by default what it does.
 */
export const given = (file?: object, stage = 'dev') => ({
  file,
  resolveVariable: async (name: string) =>
    name === 'sls:stage' ? stage : parameterDefaults().default[name.replace('param:', '')],
});

/** The template of the stage dev with the services of a file in the place of the project's. */
export async function templateWith(file: object) {
  const makers = await Promise.all(
    ['services', 'alarms', 'dashboard', 'people-alarms'].map((name) => maker(name)),
  );
  const theirs = await Promise.all(makers.map((make) => make(given(file))));
  const ours = await Promise.all(makers.map((make) => make(given())));
  const { resources: whole } = await packaged('dev');
  const replaced = new Set(ours.flatMap(({ Resources: resources }) => Object.keys(resources)));
  const rest = Object.entries(whole).filter(([id]) => !replaced.has(id));
  const made = theirs.flatMap(({ Resources: resources }) => Object.entries(resources));
  return {
    resources: Object.fromEntries([...rest, ...made]),
    mappings: Object.fromEntries(
      theirs.flatMap(({ Mappings: mappings = {} }) => Object.entries(mappings)),
    ),
  };
}
