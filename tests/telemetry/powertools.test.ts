/** Telemetry on AWS: one JSON line per message, one embedded metric per count. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { powertoolsTelemetry } from '../../lib/telemetry/powertools.ts';

const linesOf = (write: () => void): Record<string, unknown>[] => {
  const lines: string[] = [];
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => lines.push(line));
  }
  write();
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe('telemetry on AWS', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('writes messages with their fields', () => {
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    const lines = linesOf(() => {
      const telemetry = powertoolsTelemetry({ stage: 'dev', logLevel: 'info' });
      telemetry.debug('too quiet');
      telemetry.warn('level changed', { scope: 'default', from: 1, to: 2, epoch: 1 });
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: 'WARN',
      message: 'level changed',
      scope: 'default',
      from: 1,
      to: 2,
      epoch: 1,
    });
  });

  test('counts with the dimensions Stage and Scope, zero included', () => {
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
    const [metric] = linesOf(() => {
      powertoolsTelemetry({ stage: 'dev', logLevel: 'info' }).count('ProbeResult', 'default', 0);
    });
    expect(metric).toMatchObject({ Stage: 'dev', Scope: 'default', ProbeResult: 0 });
    expect(metric?.['_aws']).toMatchObject({
      CloudWatchMetrics: [
        {
          Namespace: 'CircuitBreaker/Controller',
          Dimensions: [['Stage', 'Scope']],
          Metrics: [{ Name: 'ProbeResult', Unit: 'Count' }],
        },
      ],
    });
  });

  test('publishes each measure by itself, whatever was published before', () => {
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    vi.stubEnv('POWERTOOLS_METRICS_DISABLED', 'false');
    const lines = linesOf(() => {
      const telemetry = powertoolsTelemetry({ stage: 'dev', logLevel: 'info' });
      telemetry.measure('Service', { Scope: 'a', Level: '1' }, { Success: 1, Error: 0 });
      telemetry.measure('Service', { Scope: 'b', Level: '2' }, { ResponseTime: 7 });
      telemetry.measure('AlarmProcessor', {}, { RecordsProcessed: 5 });
    });
    const published = lines.map(({ _aws, ...fields }) => fields);
    expect(published).toEqual([
      { Stage: 'dev', Scope: 'a', Level: '1', Success: 1, Error: 0 },
      { Stage: 'dev', Scope: 'b', Level: '2', ResponseTime: 7 },
      { Stage: 'dev', RecordsProcessed: 5 },
    ]);
  });
});
