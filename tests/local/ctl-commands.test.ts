/** The words of the CLI: what each asks for and of whom, and what is refused. */
import { describe, expect, test } from 'vitest';
import { readCommand, UsageError } from '../../lib/local/ctl/commands.ts';

const NOW_MS = Date.UTC(2026, 0, 2, 3, 0, 0);

describe('the words of the CLI', () => {
  const read = (...args: string[]) => readCommand(args, NOW_MS);
  const asked = (...args: string[]) => {
    const command = read(...args);
    if (command.name === 'help') throw new Error(`expected a request, got ${command.text}`);
    return command;
  };

  test.each([
    [['status'], { method: 'GET', path: '/circuit-breaker' }],
    [['status', '--scope', 'account'], { scope: 'account' }],
    [['release'], { method: 'DELETE', path: '/circuit-breaker/override' }],
    [['release', '--reason', 'over'], { method: 'DELETE', body: { reason: 'over' } }],
    [['reset'], { method: 'POST', path: '/circuit-breaker/reset', body: {} }],
    [['reset', '--reason', 'fixed'], { body: { reason: 'fixed' } }],
    [['pin', '3', '--reason', 'drill'], { method: 'PUT', body: { level: 3, reason: 'drill' } }],
    [
      ['pin', '2', '--reason', 'drill', '--for', '30m'],
      { body: { level: 2, reason: 'drill', until: '2026-01-02T03:30:00.000Z' } },
    ],
    [
      ['pin', '2', '--reason', 'drill', '--until', '2026-01-31T12:00:00Z'],
      { body: { until: '2026-01-31T12:00:00Z' } },
    ],
    [
      ['policy', 'errorsToDegrade=3', 'successesToFull=4'],
      { path: '/circuit-breaker/policy', body: { errorsToDegrade: 3, successesToFull: 4 } },
    ],
    [['policy', 'clear'], { method: 'PUT', body: {} }],
    [
      ['policy', 'shield=all', 'ramp=5,25.5', 'countStatuses=none', 'slowAfterMs=0', 'dwell=1x'],
      {
        method: 'PUT',
        body: { shield: 'all', ramp: [5, 25.5], countStatuses: [], slowAfterMs: 0, dwell: '1x' },
      },
    ],
    [
      ['policy', 'patch', 'dwellMs=60000', 'ramp=null'],
      { method: 'PATCH', body: { dwellMs: 60_000, ramp: null } },
    ],
  ])('%o', (args, request) => {
    expect(asked(...args).request).toMatchObject(request);
  });

  const PIN = ['pin', '3', '--reason', 'x'];
  const EVERY_COMMAND = [
    ['status'],
    ['watch'],
    PIN,
    ['release'],
    ['policy', 'dwellMs=1'],
    ['policy', 'patch', 'dwellMs=1'],
    ['policy', 'clear'],
    ['reset'],
  ];

  test.each(EVERY_COMMAND)('%s acts where it is told to, and nowhere else', (...args) => {
    expect(asked(...args).where).toEqual({ kind: 'front', endpoint: 'http://127.0.0.1:3000' });
    const stage = { kind: 'stage', stage: 'prod', region: 'eu-west-1' };
    const words = ['--stage', 'prod', '--region', 'eu-west-1', '--scope', 'account'];
    expect(asked(...args, ...words)).toMatchObject({ where: stage, request: { scope: 'account' } });
    const front = { kind: 'front', endpoint: 'http://other:1' };
    expect(asked(...args, '--endpoint', 'http://other:1').where).toEqual(front);
    const both = "cannot be used with option '--stage <name>'";
    expect(() => read(...args, '--endpoint', 'x', '--stage', 'y')).toThrow(both);
    expect(() => read(...args, '--stage', '')).toThrow('It must not be empty.');
    expect(() => read(...args, '--region', 'r')).toThrow('give --stage too');
  });

  test.each(EVERY_COMMAND)('%s does nothing where npm took an option', (...args) => {
    for (const name of ['stage', 'region', 'endpoint', 'scope', 'reason', 'for', 'until']) {
      const lost = { [`npm_config_${name}`]: 'given' };
      const example = `npm run ctl -- ${args.join(' ')} --${name} given`;
      expect(() => readCommand(args, NOW_MS, lost)).toThrow(example);
    }
    const ofPackages = { npm_config_scope: '@ours' };
    expect(readCommand(args, NOW_MS, ofPackages)).toEqual(readCommand(args, NOW_MS));
  });

  test.each([
    ['4000', 'http://127.0.0.1:4000'],
    [undefined, 'http://127.0.0.1:3000'],
  ])('PORT %s is %s', (port, endpoint) => {
    const front = { kind: 'front', endpoint };
    expect(readCommand(['status'], NOW_MS, { PORT: port })).toMatchObject({ where: front });
  });

  test.each(['0', '65536', 'x'])('PORT %s says nothing', (port) => {
    const surroundings = { PORT: port };
    expect(() => readCommand(['status'], NOW_MS, surroundings)).toThrow(`got PORT=${port}`);
    const args = ['status', '--endpoint', 'http://other:1'];
    expect(readCommand(args, NOW_MS, surroundings)).toMatchObject({ name: 'status' });
  });

  test.each([
    [[], 'Commands:'],
    [['--help'], 'with npm every option stands after --'],
    [['help', 'pin'], '--until <time>'],
    [['policy', '--help'], 'patch'],
  ])('%o helps', (args, words) => {
    const { name, text } = read(...args) as { name: string; text: string };
    expect({ name, text: text.toLowerCase() }).toEqual({
      name: 'help',
      text: expect.stringContaining(words.toLowerCase()),
    });
  });

  test.each([
    [['stauts'], "unknown command 'stauts' (Did you mean status?)"],
    [['toString', 'x'], "unknown command 'toString'"],
    [['status', 'prod'], 'got 1: prod. with npm every option stands after --'],
    [['watch', 'x'], 'got 1: x.'],
    [['release', 'x'], 'got 1: x.'],
    [['reset', 'fixed', 'it'], 'got 2: fixed, it.'],
    [['pin', '3', 'drill', '--reason', 'x'], 'got 2: 3, drill.'],
    [
      ['pin', 'abc', '--reason', 'x'],
      "'abc' is invalid for argument 'level'. Allowed choices are 1, 2, 3.",
    ],
    [['pin', '', '--reason', 'x'], "'' is invalid for argument 'level'"],
    [
      ['pin', '3', '--reason', 'x', '--for', '30m', '--until', '2026-01-31T12:00:00Z'],
      "'--until <time>' cannot be used with option '--for <time>'",
    ],
    [['policy', 'errorsToDegrade=3', 'errorsToDegrade=4'], 'Each field is given once.'],
    [['pin', '3'], "required option '--reason <why>' not specified"],
    [['pin', '--reason', 'x'], "missing required argument 'level'"],
    [['pin', '3', '--reason', ' '], 'It must not be empty.'],
    [
      ['pin', '3', '--reason', 'x', '--for', '30'],
      'must be a number with s, m, h or d such as 30m',
    ],
    [['policy'], "missing required argument 'fields'"],
    [['policy', 'errorsToDegrade'], 'It must be NAME=VALUE'],
    [['policy', 'patch'], "missing required argument 'fields'"],
    [['policy', 'clear', 'x'], 'got 1: x.'],
    [['watch', '--every', '0'], 'It must be 0.1 to 3600 seconds.'],
    [['status', '--port', '1'], "unknown option '--port'; npm run ctl -- --help lists them"],
    [['status', '--stge', 'x'], "unknown option '--stge' (Did you mean --stage?)"],
  ])('%o is refused', (args, message) => {
    expect(() => read(...args)).toThrow(UsageError);
    expect(() => read(...args)).toThrow(message);
  });
});
