/** The pace: so many beginnings a turn, fewer while connections come, and lanes in turn. */
import { describe, expect, test } from 'vitest';
import { Lane } from '../../../lib/local/admission/lane.ts';
import { Pace } from '../../../lib/local/admission/pace.ts';
import { givenResponse, turns } from './given.ts';

const LIMITS = { concurrency: 1_000, queue: 1_000, deadlineMs: 60_000 };

const givenLanes = (count: number) => {
  const pace = new Pace();
  const begun: number[] = [];
  const lanes = Array.from({ length: count }, () => new Lane(LIMITS, pace, () => 0));
  const burst = (lane: number, size: number) => {
    for (let index = 0; index < size; index += 1) {
      void lanes[lane]?.run(givenResponse().response, async () => {
        begun.push(lane);
      });
    }
  };
  return { pace, begun, burst };
};

describe('a burst', () => {
  test('begins 32 a turn', async () => {
    const { begun, burst } = givenLanes(1);
    burst(0, 100);
    const counts = [begun.length];
    for (let turn = 0; turn < 4; turn += 1) {
      await turns(1);
      counts.push(begun.length);
    }
    expect(counts).toEqual([32, 64, 96, 100, 100]);
  });

  test('begins 4 a turn while connections come', async () => {
    const { pace, begun, burst } = givenLanes(1);
    pace.connected();
    burst(0, 100);
    const counts = [begun.length];
    for (let turn = 0; turn < 3; turn += 1) {
      if (turn < 2) pace.connected();
      await turns(1);
      counts.push(begun.length);
    }
    expect(counts).toEqual([4, 8, 12, 44]);
  });

  test('of one lane does not keep another from its turn', async () => {
    const { begun, burst } = givenLanes(2);
    burst(0, 500);
    burst(1, 16);
    await turns(1);
    expect(begun.filter((lane) => lane === 1)).toHaveLength(16);
  });
});
