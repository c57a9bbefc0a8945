/** What a deployer may do: actions, on the ARNs of a stage. */

/** What a resource of the template is. */
export interface Templated {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** Where a stage is, and what its things are called. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  /** The stack: service and stage. CloudFormation begins the names that it makes with it. */
  readonly stack: string;
  readonly service: string;
  readonly stage: string;
}

/** Some actions on some resources; `*` stands for those that know no ARN, and comes with a condition. */
export interface Grant {
  readonly actions: readonly string[];
  readonly on: (place: Place, resource: Templated) => string | readonly string[];
  readonly only?: (place: Place, resource: Templated) => Readonly<Record<string, object>>;
  /** Of which resources of the type; by default of all. */
  readonly when?: (resource: Templated) => boolean;
}

/** ARNs of a service in the stage's region and account. */
export const arn = (service: string, resource: (place: Place, it: Templated) => string) => {
  return (place: Place, it: Templated) => {
    const { partition, region, account } = place;
    return `arn:${partition}:${service}:${region}:${account}:${resource(place, it)}`;
  };
};

/** The name that the template gives, which must be a text: nothing else can be scoped. */
export const named = (property: string) => (_place: Place, it: Templated) => {
  const name = it.Properties?.[property];
  if (typeof name === 'string') return name;
  throw new Error(`expected ${it.Type} to have ${property} as a text, got ${JSON.stringify(name)}`);
};

/** Actions of a service: their names in a text, and others. */
export const of = (service: string, names: string, ...others: readonly string[]) =>
  [...names.trim().split(/\s+/), ...others].map((name) => `${service}:${name}`);

/** Everything that takes tags has these two (serverless.yml, stackTags). */
export function tagged(kind: string) {
  return ({ service, stage }: Place) => ({
    StringEquals: { [`${kind}/Service`]: service, [`${kind}/Stage`]: stage },
  });
}
