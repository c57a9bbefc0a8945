/** Whose a log line is, and how many of one kind there are. */
import { expect, test } from 'vitest';
import { inLogContext } from '../../lib/telemetry/log-context.ts';
import { readableLog } from '../../lib/telemetry/readable-log.ts';
import { rememberingTelemetry } from '../functions/events.ts';

function given() {
  const { telemetry, told } = rememberingTelemetry();
  const clock = { atMs: 0, monotonicMs: () => clock.atMs };
  return { log: readableLog(telemetry, clock), told, clock };
}

test('a line says the scope and the execution of the work that writes it, and its own fields before', async () => {
  const { log, told } = given();
  await inLogContext({ scope: 'default', executionId: 'x-1' }, async () => {
    await Promise.resolve();
    log.warn('face failed', { face: 'full' });
    log.info('told', { scope: 'account' });
  });
  log.debug('alone');
  expect(told).toEqual([
    ['warn', 'face failed', { scope: 'default', executionId: 'x-1', face: 'full' }],
    ['info', 'told', { scope: 'account', executionId: 'x-1' }],
    ['debug', 'alone', {}],
  ]);
});

test('of one message 20 are written at once, then one a second that says how many were not', () => {
  const { log, told, clock } = given();
  for (let times = 0; times < 1_000; times += 1) log.error('face failed');
  expect(told).toHaveLength(20);
  log.warn('another');
  expect(told).toHaveLength(21);
  clock.atMs = 1_000;
  log.error('face failed');
  log.error('face failed');
  expect(told.slice(21)).toEqual([['error', 'face failed', { suppressed: 980 }]]);
});

test('every change of level and every dead letter is told, and information is not limited', () => {
  const { log, told } = given();
  for (let times = 0; times < 50; times += 1) {
    log.warn('level changed');
    log.error('webhook given up');
    log.info('request');
  }
  expect(told).toHaveLength(150);
});

test('messages without end share a limit: memory has a bound', () => {
  const { log, told } = given();
  for (let times = 0; times < 1_000; times += 1) log.warn(`message ${times}`);
  expect(told).toHaveLength(220);
});
