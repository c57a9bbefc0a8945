/** CloudFormation's intrinsic functions, as far as the tests look through them. */
import type { Resource } from './packaged.ts';

/** The logical ids that a value of a template refers to, without AWS's own (`AWS::…`). */
export function referencesOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const found = Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    switch (key) {
      case 'Ref':
        return [String(inner)];
      case 'Fn::GetAtt':
        return [String((inner as readonly string[])[0])];
      case 'DependsOn':
        return [inner].flat().map(String);
      case 'Fn::Sub': {
        const [text, names] = subOf(inner);
        const own = [...text.matchAll(/\$\{([^}!.]+)[^}]*\}/g)].map(([, name]) => name ?? '');
        return [...own.filter((name) => !(name in names)), ...referencesOf(names)];
      }
      default:
        return referencesOf(inner);
    }
  });
  return found.filter((id) => !id.startsWith('AWS::'));
}

/** Replaces the names in an `Fn::Sub` that it does not replace itself. */
export function substitute(value: unknown, replace: (reference: string) => string): string {
  if (typeof value === 'string') return value;
  const [text, names] = subOf((value as { readonly 'Fn::Sub': unknown })['Fn::Sub']);
  return text.replaceAll(/\$\{([^}]+)\}/g, (_match, name: string) =>
    name in names ? String(names[name]) : replace(name),
  );
}

/** A state machine's definition with its references back in their places, as in the file. */
export function joinDefinition({ Properties: properties }: Resource): unknown {
  const sub = (properties['DefinitionString'] as { readonly 'Fn::Sub': unknown })['Fn::Sub'];
  const [text, names] = subOf(sub);
  return JSON.parse(
    text.replaceAll(/"\$\{(\w+)\}"/g, (_match, name: string) => JSON.stringify(names[name])),
  ) as unknown;
}

function subOf(sub: unknown): readonly [string, Readonly<Record<string, unknown>>] {
  return typeof sub === 'string' ? [sub, {}] : (sub as [string, Record<string, unknown>]);
}
