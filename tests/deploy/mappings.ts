/** The mappings of a template, with their texts back in the places that point at them. */

/** The texts of a template that resources point at. */
export type Mappings = Readonly<
  Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
>;

/** A template's value with the texts of its mappings in their places; what joins them to a reference is an `Fn::Sub`. */
export function withMappings<Value>(value: Value, mappings: Mappings): Value {
  const look = (inner: unknown): unknown => {
    if (typeof inner !== 'object' || inner === null) return inner;
    if (Array.isArray(inner)) return inner.map(look);
    const { 'Fn::FindInMap': path, 'Fn::Join': join } = inner as {
      readonly 'Fn::FindInMap'?: readonly [string, string, string];
      readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
    };
    if (path !== undefined) return mappings[path[0]]?.[path[1]]?.[path[2]];
    if (join !== undefined && JSON.stringify(join).includes('Fn::FindInMap')) {
      const parts = join[1].map(look);
      return { 'Fn::Sub': parts.map(textOf).join(join[0]) };
    }
    return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, look(one)]));
  };
  return look(value) as Value;
}

function textOf(part: unknown): string {
  return typeof part === 'string' ? part : `\${${(part as { readonly Ref: string }).Ref}}`;
}
