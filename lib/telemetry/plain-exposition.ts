/** From OpenMetrics to the text format that every Prometheus and promtool read. */

/**
 * The same metrics in the older format: counters are called as their samples are, and there are neither
 * exemplars nor an end mark.
 *
 * @param openMetrics As prom-client writes it: one HELP and one TYPE line before the samples of a metric.
 */
export function asPlainText(openMetrics: string): string {
  const lines = openMetrics.split('\n').filter((line) => line !== '# EOF');
  const counters = new Set(
    lines.flatMap((line) => /^# TYPE (\S+) counter$/.exec(line)?.slice(1) ?? []),
  );
  const plain = lines.map((line) => {
    const [, kind = '', name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === '') return line.replace(/ # \{.*$/, '');
    return `# ${kind} ${counters.has(name) ? `${name}_total` : name} ${rest}`;
  });
  return plain.join('\n');
}
