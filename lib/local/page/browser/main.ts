/** The live page: reads what does not change, follows the feed, and shows what is new. */
import type { Second, Served } from '../feed.ts';
import type { About } from '../about.ts';
import { showActions, showSendersOf } from './actions.ts';
import { watchBreakers } from './breakers.ts';
import { byId, say } from './dom.ts';
import { readFeed } from './feed-client.ts';
import { showHistory } from './history.ts';
import { showLadder } from './ladder.ts';
import { Model, type ScopeStatus } from './model.ts';
import { own } from './places.ts';
import { createPlots } from './plots.ts';
import { showPolicy } from './policy.ts';
import { drawWorkflow, showWorkflow } from './workflow.ts';

/** How soon it is asked again what does not change, in milliseconds. */
const AGAIN_MS = 2_000;

async function readAbout(): Promise<About> {
  for (;;) {
    const response = await fetch(own('/page/about')).catch(() => null);
    if (response?.ok === true) return (await response.json()) as About;
    say(
      byId('feed'),
      'The server does not answer. Start it with npm start; this page tries again.',
      true,
    );
    await new Promise((resolve) => {
      setTimeout(resolve, AGAIN_MS);
    });
  }
}

const model = new Model(await readAbout());
const { place, stage } = model.about;
byId('place').textContent =
  place === 'aws' ? `stage ${stage} on AWS` : `stage ${stage}, on this machine`;
const plots = createPlots();
drawWorkflow(model);
showActions(model);
let isAnew = true;

function choose(scope: string): void {
  model.scope = scope;
  showSendersOf(model);
  showAll();
}

function showAll(): void {
  showLadder(model, choose);
  showHistory(model);
  showPolicy(model);
  plots.show(model);
  showWorkflow(model);
}

readFeed(own('/page/events'), {
  hello: ({ resumed }) => {
    isAnew = !resumed;
  },
  told: (words, isBad) => say(byId('feed'), words, isBad),
  event(name, data) {
    if (name === 'seconds') {
      model.addSeconds(data as readonly Second[], isAnew);
      isAnew = false;
    } else if (name === 'status') {
      model.setStatuses(
        (data as { readonly scopes: Readonly<Record<string, ScopeStatus>> }).scopes,
      );
    } else if (name === 'served') {
      model.last = data as Served;
    } else {
      say(
        byId('feed'),
        'The level row cannot be read: requests are served open. See the runbook.',
        true,
      );
      return;
    }
    showAll();
  },
});
showAll();
void watchBreakers();
