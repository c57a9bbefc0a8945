/** The expressions of an UpdateItem. Every attribute is named by a placeholder, so none is reserved. */

/** The placeholder of an attribute. */
export type Name = (attribute: string) => string;
/** The placeholder of a value, by a key of its own. */
export type Value = (key: string, given: unknown) => string;

/** What an update does. No attribute stands in two parts. */
interface Parts {
  readonly set?: Readonly<Record<string, unknown>>;
  readonly setIfAbsent?: Readonly<Record<string, unknown>>;
  readonly add?: Readonly<Record<string, unknown>>;
  readonly remove?: readonly string[];
}

/** Makes them. */
export function expressionsOf(
  { set = {}, setIfAbsent = {}, add = {}, remove = [] }: Parts,
  conditionsWith: (name: Name, value: Value) => readonly string[],
) {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const name: Name = (attribute) => {
    names[`#${attribute}`] = attribute;
    return `#${attribute}`;
  };
  const value: Value = (key, given) => {
    values[`:${key}`] = given;
    return `:${key}`;
  };
  const conditions = conditionsWith(name, value);
  const sets = [
    ...Object.entries(set).map(([key, given]) => `${name(key)} = ${value(`set_${key}`, given)}`),
    ...Object.entries(setIfAbsent).map(
      ([key, given]) => `${name(key)} = if_not_exists(${name(key)}, ${value(`set_${key}`, given)})`,
    ),
  ];
  const adds = Object.entries(add).map(
    ([key, given]) => `${name(key)} ${value(`add_${key}`, given)}`,
  );
  const sections = [
    sets.length > 0 && `SET ${sets.join(', ')}`,
    adds.length > 0 && `ADD ${adds.join(', ')}`,
    remove.length > 0 && `REMOVE ${remove.map(name).join(', ')}`,
  ];
  return {
    UpdateExpression: sections.filter(Boolean).join(' '),
    ...(conditions.length > 0 && { ConditionExpression: conditions.join(' AND ') }),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
