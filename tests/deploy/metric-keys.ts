/** A metric as an alarm names it, and as one text. */

export interface MetricOf {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
}

/** The namespace, the name and the dimensions, sorted. */
export function keyOf({
  Namespace: namespace,
  MetricName: name,
  Dimensions: dimensions,
}: MetricOf) {
  const given = dimensions.map(({ Name: key, Value: value }) => `${key}=${String(value)}`);
  return `${namespace} ${name} ${given.toSorted().join(',')}`;
}
