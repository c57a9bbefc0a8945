/** Plays each policy against each world, and puts what came of it into figures. */
import { accountOf, meanAccount, type Account } from '../../lib/simulation/account.ts';
import type { Played } from '../../lib/simulation/played.ts';
import { simulate } from '../../lib/simulation/simulate.ts';
import { STORIES, type Story, type StoryName } from '../../lib/simulation/stories.ts';
import type { Trace } from '../../lib/simulation/trace.ts';
import type { World } from '../../lib/simulation/world.ts';
import type { NamedPolicy } from './arguments.ts';

/** Something to play. */
export interface Playable extends Pick<Story, 'title' | 'durationMs' | 'beginsMs' | 'endsMs'> {
  readonly name: string;
  readonly world: World;
}

/** What came of a policy: the figures are means, what is drawn is of the first seed. */
export interface Result {
  readonly playable: Playable;
  readonly policy: NamedPolicy;
  readonly account: Account;
  readonly played: Played;
}

/**
 * A story at a traffic.
 *
 * @param perSecond Requests a second.
 * @param safeShare Share of them that are safe to serve again, 0 to 1.
 */
export function playableOf(name: StoryName, perSecond: number, safeShare = 1): Playable {
  const story: Story = STORIES[name];
  const { title, durationMs, beginsMs, endsMs } = story;
  return {
    name,
    title,
    durationMs,
    ...(beginsMs !== undefined && { beginsMs }),
    ...(endsMs !== undefined && { endsMs }),
    world: { ...story.world(perSecond), safeShare },
  };
}

/** A trace of one's own. */
export function playableTrace(
  name: string,
  { world, durationMs, requests, errors }: Trace,
): Playable {
  const title = `${requests} requests in ${Math.round(durationMs / 1_000)} s, ${errors} of them errors`;
  return { name, title, durationMs, world };
}

/** Plays one policy with some seeds. */
export async function play(
  playable: Playable,
  policy: NamedPolicy,
  { seed, seeds }: { readonly seed: number; readonly seeds: number },
): Promise<Result> {
  const { world, durationMs } = playable;
  const run = async (index: number) => {
    const played = await simulate({ policy: policy.policy, world, seed: seed + index, durationMs });
    const about = { policy: policy.policy, world, story: playable };
    return { played, account: accountOf(played, about) };
  };
  const first = await run(0);
  const accounts: [Account, ...Account[]] = [first.account];
  for (let index = 1; index < seeds; index += 1) accounts.push((await run(index)).account);
  return { playable, policy, account: meanAccount(accounts), played: first.played };
}
