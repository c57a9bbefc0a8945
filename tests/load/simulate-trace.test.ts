/** Traces as people have them: what each line tells, and the world that comes of them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TraceReader } from '../../lib/simulation/trace.ts';
import { createLineReader } from '../../load/simulate/trace-lines.ts';
import { readTrace } from '../../load/simulate/read-trace.ts';
import { givenFolder } from '../local/process.ts';

const AT_MS = Date.parse('2026-01-31T12:00:00Z');
const one = { atMs: AT_MS, requests: 1, overMs: 0 };

/** What the lines tell, without those that tell nothing. */
function read(...lines: readonly string[]) {
  const reader = createLineReader();
  return lines.map((line, index) => reader(line, index + 1)).filter((row) => row !== null);
}

describe('a line', () => {
  test.each([
    [
      'CSV with a header, in any order',
      ['Latency,Status,Time', '12.5,503,2026-01-31T12:00:00Z'],
      { ...one, errors: 1, ms: 12.5 },
    ],
    ['CSV without one', ['1769860800,success,30'], { ...one, errors: 0, ms: 30 }],
    [
      'CSV with quotes',
      ['"@timestamp","status"', '"2026-01-31 12:00:00.000","200"'],
      { ...one, errors: 0 },
    ],
    [
      "JSON with this project's log",
      ['{"timestamp":"2026-01-31T12:00:00Z","status":500,"durationMs":7,"message":"request"}'],
      { ...one, errors: 1, ms: 7 },
    ],
    [
      'JSON of an API Gateway access log',
      ['{"requestTimeEpoch":1769860800000,"status":"200","responseLatency":"41"}'],
      { ...one, errors: 0, ms: 41 },
    ],
    ['JSON with a flag', ['{"time":1769860800000,"error":true}'], { ...one, errors: 1 }],
    [
      "a load balancer's",
      [
        'http 2026-01-31T12:00:00.000000Z app/a/1 10.0.0.1:2817 10.0.0.2:80 0.001 0.030 0.001 502 502 34 366 "GET http://a/ HTTP/1.1"',
      ],
      { ...one, errors: 1, ms: 32 },
    ],
    [
      "a web server's",
      ['10.0.0.1 - - [31/Jan/2026:13:00:00 +0100] "GET / HTTP/1.1" 200 512 "-" "curl"'],
      { ...one, errors: 0 },
    ],
    [
      "CloudWatch's minutes",
      ['timestamp,requests,errors', '2026-01-31T12:00:00Z,120,6'],
      { atMs: AT_MS, requests: 120, errors: 6, overMs: 60_000 },
    ],
  ])('of %s', (_what, lines, expected) => {
    const [row] = read(...lines);
    expect(
      (typeof row === 'object' &&
        row !== null &&
        'ms' in row && { ...row, ms: Math.round((row.ms ?? 0) * 10) / 10 }) ||
        row,
    ).toEqual(expected);
  });

  test("of a client's mistake counts for nothing, and empty ones and comments are skipped", () => {
    expect(read('time,status', '', '# more', '1769860800,404')).toEqual(['none']);
  });

  test.each([
    [['time,status', 'soon,200'], /^line 2: expected a time .* got "soon"$/],
    [['time,status', '1769860800,perhaps'], /^line 2: expected an outcome .* got "perhaps"$/],
    [['{"time":1,'], /^line 1: expected a JSON object/],
    [
      ['time,requests,errors', '1769860800,5,9'],
      /^line 2: expected requests and errors among them, got 5 and 9$/,
    ],
  ])('that is wrong is named: %j', (lines, message) => {
    expect(() => read(...lines)).toThrow(message);
  });
});

describe('a trace', () => {
  test('is a world: its traffic and its errors, second by second', () => {
    const reader = new TraceReader();
    for (let index = 0; index < 10; index += 1) {
      reader.add({ atMs: AT_MS + index * 100, requests: 1, errors: 0, ms: 20, overMs: 0 });
    }
    for (let index = 0; index < 4; index += 1) {
      reader.add({
        atMs: AT_MS + 2_000 + index,
        requests: 1,
        errors: index % 2,
        ms: 80,
        overMs: 0,
      });
    }
    const { world, durationMs, requests, errors } = reader.trace();
    expect({ durationMs, requests, errors }).toEqual({
      durationMs: 3_000,
      requests: 14,
      errors: 2,
    });
    expect([500, 1_500, 2_500].map((atMs) => world.perSecond.at(atMs))).toEqual([10, 0, 4]);
    expect([500, 1_500, 2_500].map((atMs) => world.full.fails.at(atMs))).toEqual([0, 0, 0.5]);
    expect(world.perSecond.until(1_500)).toBe(2_000);
    expect(world.perSecond.until(2_500)).toBe(Infinity);
    expect(world.full).toMatchObject({ okMs: 30, errorMs: 80 });
  });

  test('spreads what came in a minute over it', () => {
    const reader = new TraceReader();
    reader.add({ atMs: AT_MS, requests: 120, errors: 6, overMs: 60_000 });
    const { world, durationMs } = reader.trace();
    expect(durationMs).toBe(60_000);
    expect(world.perSecond.at(59_999)).toBeCloseTo(2);
    expect(world.full.fails.at(30_000)).toBeCloseTo(0.05);
  });

  test('without a request, or of months, is refused', () => {
    expect(() => new TraceReader().trace()).toThrow('the trace has no request');
    const reader = new TraceReader();
    reader.add({ ...one, errors: 0 });
    reader.add({ ...one, atMs: AT_MS + 40 * 86_400_000, errors: 0 });
    expect(() => reader.trace()).toThrow('at most 31 days');
  });

  test('is read from a file, which a mistake in it names', async () => {
    const file = join(await givenFolder(), 'day.csv');
    await writeFile(file, 'time,status\n1769860800,200\n1769860801,x\n');
    const progress = { at: () => {}, end: () => {} };
    await expect(readTrace(file, progress)).rejects.toThrow(`${file}: line 3: expected an outcome`);
    await expect(readTrace(`${file}.gone`, progress)).rejects.toThrow('cannot be read');
    await writeFile(file, 'time,status\n1769860800,200\n1769860801,503\n');
    expect(await readTrace(file, progress)).toMatchObject({ requests: 2, errors: 1 });
  });
});
