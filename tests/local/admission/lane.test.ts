/** The lane: bounded, first come first served, on time, and never for a client that is gone. */
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AbandonedError, Lane, LaneFullError } from '../../../lib/local/admission/lane.ts';
import { Pace } from '../../../lib/local/admission/pace.ts';
import { givenResponse, givenWork, turns } from './given.ts';

const LIMITS = { concurrency: 2, queue: 2, deadlineMs: 500 };
const monotonicMs = () => performance.now();

const givenLane = (limits = LIMITS, nowMs = monotonicMs) => {
  const lane = new Lane(limits, new Pace(), nowMs);
  const { begun, work, end } = givenWork();
  const run = (name: string, response = givenResponse().response) =>
    lane.run(response, work(name)).catch((error: unknown) => error);
  return { lane, begun, end, run };
};

describe('a lane', () => {
  test('runs so many, lets so many wait in order, and refuses the rest at once', async () => {
    const { lane, begun, end, run } = givenLane();
    const [first, second, third, fourth] = ['1', '2', '3', '4'].map((name) => run(name));
    expect(lane.isFull()).toBe(true);
    expect(await run('5')).toBeInstanceOf(LaneFullError);
    expect(begun).toEqual(['1', '2']);
    end('2');
    expect(await second).toBe('2');
    await turns(2);
    expect(begun).toEqual(['1', '2', '3']);
    expect(lane.isFull()).toBe(false);
    end('1');
    await turns(2);
    for (const name of ['3', '4']) end(name);
    expect(await Promise.all([first, third, fourth])).toEqual(['1', '3', '4']);
    expect(begun).not.toContain('5');
  });

  test('gives the place of work that failed to the next', async () => {
    const { lane, run, begun } = givenLane({ ...LIMITS, concurrency: 1 });
    const { response } = givenResponse();
    const failing = lane.run(response, () => Promise.reject(new Error('broken')));
    void run('next');
    await expect(failing).rejects.toThrow('broken');
    await turns(2);
    expect(begun).toEqual(['next']);
  });

  test('refuses who waited too long, and begins nothing for them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { begun, run } = givenLane({ ...LIMITS, concurrency: 1 });
    void run('running');
    const late = run('late');
    await vi.advanceTimersByTimeAsync(300);
    const later = run('later');
    await vi.advanceTimersByTimeAsync(200);
    expect(await late).toMatchObject({
      code: 'LANE_FULL',
      message: expect.stringContaining('500'),
    });
    await vi.advanceTimersByTimeAsync(299);
    expect(await Promise.race([later, Promise.resolve('waiting')])).toBe('waiting');
    await vi.advanceTimersByTimeAsync(2);
    expect(await later).toBeInstanceOf(LaneFullError);
    expect(begun).toEqual(['running']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a place that becomes free too late is not given to who is late already', async () => {
    let nowMs = 0;
    const { begun, end, run } = givenLane({ ...LIMITS, concurrency: 1 }, () => nowMs);
    void run('running');
    const late = run('late');
    nowMs = 400;
    void run('in time');
    nowMs = 600;
    end('running');
    expect(await late).toBeInstanceOf(LaneFullError);
    await turns(2);
    expect(begun).toEqual(['running', 'in time']);
  });

  test('a client that hangs up while it waits is not served, and leaves its place to the next', async () => {
    const { begun, end, run } = givenLane({ ...LIMITS, concurrency: 1 });
    const gone = givenResponse();
    void run('running');
    const abandoned = run('abandoned', gone.response);
    void run('next');
    gone.hangUp();
    expect(await abandoned).toBeInstanceOf(AbandonedError);
    end('running');
    await turns(2);
    expect(begun).toEqual(['running', 'next']);
    expect(gone.listeners()).toBe(0);
  });

  test('a client that is gone already is not served', async () => {
    const { begun, run } = givenLane();
    const gone = givenResponse();
    gone.hangUp();
    expect(await run('gone', gone.response)).toBeInstanceOf(AbandonedError);
    expect(begun).toEqual([]);
  });

  test('leaves no listener on the answers that it let in', async () => {
    const { end, run } = givenLane({ ...LIMITS, concurrency: 1 });
    const waiting = givenResponse();
    void run('running');
    const second = run('second', waiting.response);
    expect(waiting.listeners()).toBe(1);
    end('running');
    await turns(2);
    expect(waiting.listeners()).toBe(0);
    end('second');
    expect(await second).toBe('second');
  });

  test('whatever comes, ends and hangs up: never more at a time, each runs or is refused, once', async () => {
    const steps = fc.array(fc.constantFrom('come', 'end', 'hang up'), { maxLength: 40 });
    const property = fc.asyncProperty(steps, async (plan) => {
      const { begun, end, run } = givenLane();
      const clients: ReturnType<typeof givenResponse>[] = [];
      const results: Promise<unknown>[] = [];
      const ended = new Set<string>();
      for (const [index, step] of plan.entries()) {
        if (step === 'come') {
          const client = givenResponse();
          clients.push(client);
          results.push(run(String(results.length), client.response));
        } else if (step === 'hang up') clients[index % Math.max(1, clients.length)]?.hangUp();
        else {
          const next = begun.find((name) => !ended.has(name));
          if (next !== undefined) end(next);
          if (next !== undefined) ended.add(next);
        }
        await turns(1);
        expect(begun.length - ended.size).toBeLessThanOrEqual(LIMITS.concurrency);
      }
      for (let left = true; left; await turns(2)) {
        left = false;
        for (const name of begun) {
          if (ended.has(name)) continue;
          left = true;
          ended.add(name);
          end(name);
        }
      }
      const names = await Promise.all(results);
      expect(names.filter((name) => typeof name === 'string').toSorted()).toEqual(begun.toSorted());
      expect(new Set(begun).size).toBe(begun.length);
    });
    await fc.assert(property, { numRuns: 100 });
  });
});
