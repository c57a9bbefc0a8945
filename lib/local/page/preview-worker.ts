/** The thread of a preview: plays both policies and tells the figures. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Policy } from '../../level/policy.ts';
import { accountOf } from '../../simulation/account.ts';
import { simulate } from '../../simulation/simulate.ts';
import { STORIES, type Story } from '../../simulation/stories.ts';
import type { PreviewResult } from './about.ts';
import type { PreviewTask } from './preview.ts';

/** What comes later than this after the trouble is not played. */
const REST_MS = 180_000;

const { before, after, stories, perSecond } = workerData as PreviewTask;
const results: PreviewResult[] = [];
for (const name of stories) {
  const story: Story = STORIES[name];
  const world = story.world(perSecond);
  const play = async (policy: Policy) => {
    const durationMs = Math.min(story.durationMs, (story.endsMs ?? Infinity) + REST_MS);
    const played = await simulate({ policy, world, seed: 1, durationMs });
    return accountOf(played, { policy, world, story });
  };
  const { title } = story;
  results.push({ story: name, title, before: await play(before), after: await play(after) });
}
parentPort?.postMessage(results, []);
