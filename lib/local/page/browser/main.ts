/** The live page: reads what does not change, follows the feed, and shows what is new. */
import type { Second, Served } from '../feed.ts';
import type { About } from '../about.ts';
import { showActions, showSendersOf } from './actions.ts';
import { watchBreakers } from './breakers.ts';
import { byId, h, say } from './dom.ts';
import { readFeed } from './feed-client.ts';
import { showHistory } from './history.ts';
import { showLadder } from './ladder.ts';
import { Model, type ScopeStatus } from './model.ts';
import { own } from './places.ts';
import { createPlots } from './plots.ts';
import { pollStatus } from './status-poll.ts';
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
const { place, stage, poll } = model.about;
byId('place').textContent =
  place === 'aws' ? `stage ${stage} on AWS` : `stage ${stage}, on this machine`;
// A page that cannot follow the answers has none to draw.
const plots = poll === undefined ? createPlots() : null;
drawWorkflow(model);
if (poll === undefined) showActions(model);
else showElsewhere(model.about);
let isAnew = true;

function choose(scope: string): void {
  model.scope = scope;
  if (poll === undefined) showSendersOf(model);
  showAll();
}

function showAll(): void {
  showLadder(model, choose);
  showHistory(model);
  showPolicy(model);
  plots?.show(model);
  showWorkflow(model);
}

/** What cannot be done or seen here, and where it can. */
function showElsewhere({ dashboard }: About): void {
  for (const id of ['operate', 'legend', 'answers-plot', 'latency-plot']) byId(id).hidden = true;
  byId('plots').classList.remove('wide');
  byId('workflow-title').textContent = 'The workflow of a request';
  const elsewhere = byId('elsewhere');
  elsewhere.hidden = false;
  const link = dashboard
    ? h('a', { href: dashboard }, 'CloudWatch dashboard')
    : 'CloudWatch dashboard';
  elsewhere.replaceChildren(
    'Answers and latencies are on the ',
    link,
    '. To pin, release or reset: npm run ctl, or this page by npm start -- --engine aws, which signs.',
  );
}

function followFeed(): void {
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
}

function followStatus(every: NonNullable<About['poll']>): void {
  pollStatus(every, {
    told: (words, isBad) => say(byId('feed'), words, isBad),
    read({ scopes, atMs }) {
      model.readAtMs = atMs;
      model.setStatuses(scopes);
      showAll();
    },
  });
}

if (poll === undefined) followFeed();
else followStatus(poll);
showAll();
void watchBreakers(poll?.health ?? own('/health'));
