/** docs/monitoring/events/people.yml on the emulator, which makes no connections by CloudFormation: by EventBridge itself. */
import { readFile } from 'node:fs/promises';
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  type CreateApiDestinationCommandInput,
  type CreateConnectionCommandInput,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { parse, type ScalarTag, type CollectionTag } from 'yaml';

const FILE = new URL('../../../docs/monitoring/events/people.yml', import.meta.url);

/** CloudFormation's short forms, as its long ones. */
const TAGS: (ScalarTag | CollectionTag)[] = [
  { tag: '!Ref', resolve: (text: string) => ({ Ref: text }) },
  { tag: '!Sub', resolve: (text: string) => ({ 'Fn::Sub': text }) },
  { tag: '!GetAtt', resolve: (text: string) => ({ 'Fn::GetAtt': text.split('.') }) },
  { tag: '!Equals', collection: 'seq', resolve: (seq) => seq },
  { tag: '!Not', collection: 'seq', resolve: (seq) => seq },
];

interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Default?: string }>>;
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** Reads the template. */
export async function readPeople(): Promise<Template> {
  return parse(await readFile(FILE, 'utf8'), { customTags: TAGS, merge: true }) as Template;
}

/**
 * Makes its connections, destinations and rules, with everything that its parameters ask for.
 *
 * @param given By name; what is not given has its default.
 */
export async function makePeople(given: Readonly<Record<string, string>>): Promise<void> {
  const { Parameters: parameters, Resources: resources } = await readPeople();
  const defaults = Object.entries(parameters).map(([name, it]) => [name, it.Default]);
  const values = { ...Object.fromEntries(defaults), ...given } as Record<string, string>;
  const events = new EventBridgeClient({});
  const arns: Record<string, string> = {};
  const resolved = (id: string): unknown => resolve(resources[id]?.Properties, values, arns);
  const idsOf = (type: string) =>
    Object.entries(resources).flatMap(([id, { Type }]) => (Type === type ? [id] : []));
  for (const id of idsOf('AWS::Events::Connection')) {
    const input = { Name: id, ...(resolved(id) as object) } as CreateConnectionCommandInput;
    arns[id] = (await events.send(new CreateConnectionCommand(input))).ConnectionArn ?? '';
  }
  for (const id of idsOf('AWS::Events::ApiDestination')) {
    const input = resolved(id) as CreateApiDestinationCommandInput;
    arns[id] = (await events.send(new CreateApiDestinationCommand(input))).ApiDestinationArn ?? '';
  }
  for (const id of idsOf('AWS::Events::Rule')) {
    const { EventPattern: pattern, Targets } = resolved(id) as {
      readonly EventPattern: object;
      readonly Targets: Target[];
    };
    await events.send(new PutRuleCommand({ Name: id, EventPattern: JSON.stringify(pattern) }));
    await events.send(new PutTargetsCommand({ Rule: id, Targets }));
  }
}

/** Puts values in the place of references; what is not made here has an ARN of no account. */
function resolve(
  value: unknown,
  values: Readonly<Record<string, string>>,
  arns: Readonly<Record<string, string>>,
): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, values, arns));
  if (typeof value !== 'object' || value === null) return value;
  const {
    Ref,
    'Fn::Sub': text,
    'Fn::GetAtt': got,
  } = value as {
    readonly Ref?: string;
    readonly 'Fn::Sub'?: string;
    readonly 'Fn::GetAtt'?: readonly string[];
  };
  if (Ref !== undefined) return values[Ref] ?? Ref;
  if (text !== undefined)
    return text.replaceAll(/\$\{(\w+)\}/g, (_all, name: string) => values[name] ?? name);
  if (got !== undefined) return arns[got[0] ?? ''] ?? `arn:aws:iam::000000000000:role/${got[0]}`;
  const entries = Object.entries(value).map(([name, each]) => [name, resolve(each, values, arns)]);
  return Object.fromEntries(entries);
}
