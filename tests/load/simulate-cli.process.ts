/** `npm run simulate` as a process: its table, its picture, its comparison, its search, what it refuses. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bestOf, candidates, paretoFront, type Tried } from '../../load/simulate/tune.ts';
import { endOf, givenFolder } from '../local/process.ts';

const RUN = new URL('../../load/simulate/run.ts', import.meta.url).pathname;
const simulate = (...args: readonly string[]) => endOf({}, [process.execPath, RUN, ...args]);

/** Has a process say at its end how long the processor worked for it, in milliseconds. */
const SAY_CPU =
  'data:text/javascript,process.on("exit",()=>{const{user,system}=process.cpuUsage();process.stderr.write(`cpu ${(user+system)/1000} ms`)})';

describe('npm run simulate', () => {
  test('plays a scenario, prints its figures and draws it, the same each time', async () => {
    const out = await givenFolder();
    const run = () => simulate('partial', '--rate', '50', '--out', out);
    const { code, stdout } = await run();
    expect(code).toBe(0);
    expect(stdout).toContain('partial: 30 % of the full answers fail for 2 min');
    expect(stdout).toMatch(/answered degraded +\d+\.\d\d %/);
    expect(stdout).toMatch(/→ 2 \(error-rate\), [\d.]+ s → 1 \(ramp\)/);
    expect(stdout).toMatch(/█+▄+█+ {2}production/);
    const svg = await readFile(join(out, 'partial.svg'), 'utf8');
    expect(svg).toContain('production: 30 % of the full answers fail');
    expect((await run()).stdout).toBe(stdout);
  });

  test('compares policies of files side by side', async () => {
    const out = await givenFolder();
    const [a, b] = [join(out, 'calm.json'), join(out, 'quick.json')];
    await writeFile(a, '{"dwellMs": 60000}');
    await writeFile(b, '{"dwellMs": 1000, "ramp": [50], "rampStepMs": 1000}');
    const { code, stdout } = await simulate(
      '--compare',
      a,
      b,
      'partial',
      '--rate',
      '30',
      '--out',
      out,
    );
    expect(code).toBe(0);
    const backs = /back after the end +([\d.]+) s +([\d.]+) s/.exec(stdout);
    expect(Number(backs?.[1])).toBeGreaterThan(Number(backs?.[2]));
  });

  test('plays a trace', async () => {
    const out = await givenFolder();
    const file = join(out, 'day.csv');
    const lines = Array.from({ length: 600 }, (_, index) => {
      const second = Math.floor(index / 10);
      return `${1_769_860_800 + second},${second >= 20 && second < 40 ? 503 : 200},25`;
    });
    await writeFile(file, ['time,status,latency', ...lines].join('\n'));
    const { code, stdout } = await simulate('--trace', file, '--out', out);
    expect(code).toBe(0);
    expect(stdout).toContain('day: 600 requests in 60 s, 200 of them errors');
    expect(stdout).toMatch(/→ 2 \(/);
  });

  test.each(['steady', 'partial', 'retry-storm'])(
    'plays ten million requests of %s in under 10 s of one core, its start and its picture included',
    async (name) => {
      const out = await givenFolder();
      const played = [RUN, name, 'production', '--rate', '16700', '--out', out];
      const { stdout, stderr } = await endOf({}, [
        process.execPath,
        '--import',
        SAY_CPU,
        ...played,
      ]);
      const [, requests = '0'] = /^requests +([\d,]+)$/m.exec(stdout) ?? [];
      expect(Number(requests.replaceAll(',', ''))).toBeGreaterThanOrEqual(10_000_000);
      const [, cpuMs = 'none'] = /cpu ([\d.]+) ms$/.exec(stderr) ?? [];
      expect(Number(cpuMs)).toBeLessThan(10_000);
    },
  );

  test('searches for policies and prints one to paste', async () => {
    const { code, stdout } = await simulate('--tune', 'partial', '--tries', '3', '--rate', '20');
    expect(code).toBe(0);
    expect(stdout).toContain('3 policies; ');
    const [json = ''] = stdout.split('to paste:\n').slice(1);
    expect(JSON.parse(json)).toMatchObject({ preset: 'production' });
  });

  test.each([
    [['earthquake'], /expected a scenario \(steady, .*\), a preset .* got earthquake/],
    [['--rate', '0'], /--rate must be an integer from 1 to 100000, got 0/],
    [['--compare', 'classic'], /--compare takes two policies or more, got 1/],
    [['no-such.json'], /no-such.json is no file with a JSON object/],
    [['--trace', 'no-such.csv'], /no-such.csv cannot be read/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await simulate(...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });
});

describe('a search', () => {
  const tried = (failed: number, needless: number): Tried => ({ overrides: {}, failed, needless });

  test('keeps what none of the others beats, and takes the middle', () => {
    const front = paretoFront([tried(3, 0), tried(0, 9), tried(1, 1), tried(2, 2), tried(1, 5)]);
    expect(front).toEqual([tried(0, 9), tried(1, 1), tried(3, 0)]);
    expect(bestOf(front)).toEqual(tried(1, 1));
    expect(bestOf([])).toBeNull();
  });

  test('tries production first, and every policy once, the same for the same seed', () => {
    const all = candidates(30, 7);
    expect(all[0]).toEqual({});
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(30);
    expect(candidates(30, 7)).toEqual(all);
  });
});
