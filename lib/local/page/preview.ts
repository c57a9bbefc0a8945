/** What a change of a policy would come to: the one in force and the other, side by side in virtual time. */
import { Worker } from 'node:worker_threads';
import type { Policy } from '../../level/policy.ts';
import type { StoryName } from '../../simulation/stories.ts';
import type { PreviewResult } from './about.ts';

/** What the worker is told. */
export interface PreviewTask {
  readonly before: Policy;
  readonly after: Policy;
  readonly stories: readonly StoryName[];
  readonly perSecond: number;
}

/** What the page plays: a part of it fails, all of it, too much comes. */
export const PREVIEW_STORIES = ['partial', 'regional-loss', 'spike'] as const satisfies StoryName[];

/** As many requests a second as a rate can be judged by. */
export const PREVIEW_PER_SECOND = 10;

/** How long it may take, in milliseconds. */
const LIMIT_MS = 60_000;

const WORKER = new URL('./preview-worker.ts', import.meta.url);

/**
 * Plays in a thread of its own, so that requests are answered meanwhile.
 *
 * @throws Error if it takes longer than 60 s.
 */
export async function preview(task: PreviewTask): Promise<readonly PreviewResult[]> {
  const worker = new Worker(WORKER, { workerData: task });
  const { promise, resolve, reject } = Promise.withResolvers<readonly PreviewResult[]>();
  const limit = setTimeout(
    () => reject(new Error(`expected the preview within ${LIMIT_MS} ms`)),
    LIMIT_MS,
  ).unref();
  worker.once('message', (results: readonly PreviewResult[]) => resolve(results));
  worker.once('error', reject);
  try {
    return await promise;
  } finally {
    clearTimeout(limit);
    await worker.terminate();
  }
}
