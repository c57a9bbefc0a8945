/** The live page of the front: its files, its feed, and the preview of a policy. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Policy } from '../../level/policy.ts';
import { isMap } from '../../level/state.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { LevelRuntime } from '../../runtime/level-runtime.ts';
import { readStatus } from '../../runtime/level-status.ts';
import { PAGE_HEADERS } from '../../runtime/page-headers.ts';
import { POLICY_REASONS } from '../../runtime/policy-reasons.ts';
import { overridePolicy, POLICY_FIELDS } from '../../runtime/policy-schema.ts';
import type { ProxyAnswer } from '../../runtime/proxy.ts';
import { takeJson } from '../bodies.ts';
import type { Engine } from '../engine.ts';
import type { LambdaHandler } from '../interpreter-engine.ts';
import { mayReadWords } from '../caller.ts';
import { localUser } from '../local-user.ts';
import { refuseForeign } from '../loopback.ts';
import { refuse } from '../problems.ts';
import { buildAssets, type Assets } from './assets.ts';
import type { About } from './about.ts';
import { Broadcaster, MOST_VIEWERS } from './broadcaster.ts';
import { demoRequests } from './demo-requests.ts';
import { diagramOf, type Machine } from './diagram.ts';
import { Feed } from './feed.ts';
import { observedEngine } from './observed-engine.ts';
import { preview, PREVIEW_PER_SECOND, PREVIEW_STORIES } from './preview.ts';

/** What the page stands on. */
export interface PageParts {
  readonly engine: Engine;
  readonly runtime: LevelRuntime;
  /** The function behind GET /circuit-breaker. */
  readonly getState: LambdaHandler;
  /** The parsed ASL file. */
  readonly definition: unknown;
  /** Where the workflow runs. */
  readonly place: 'local' | 'aws';
  readonly stage: string;
  /** Whether the demo serves and honours its fault switch: then the page may break it. */
  readonly canBreak: boolean;
  /** What stands before every path of the product's own; '' is nothing. */
  readonly controlPrefix: string;
  /** What callers show to read what operators said; absent: this machine reads it. */
  readonly apiKey?: string;
  readonly clock: Clock;
}

/** The page beside the engine that tells it what is answered. */
export interface LivePage {
  readonly engine: Engine;
  /** Adds its routes to a front; it ends with it. */
  readonly register: (front: FastifyInstance) => void;
  /** Answers with the page itself. */
  readonly show: (reply: FastifyReply) => Promise<FastifyReply>;
}

/** How often the level rows are read while anybody looks, in milliseconds: at a low constant rate on AWS. */
const STATUS_EVERY_MS = { local: 1_000, aws: 5_000 } as const;

/** As API Gateway's proxy integration makes it. */
const STATUS_EVENT = { httpMethod: 'GET', resource: '/circuit-breaker', body: null } as const;

/** Makes the page of a server. */
export function createLivePage(parts: PageParts): LivePage {
  const { place, clock, getState, controlPrefix: prefix } = parts;
  const feed = new Feed();
  const file = assetReplies(parts);
  const broadcaster = new Broadcaster({
    feed,
    clock,
    statusEveryMs: STATUS_EVERY_MS[place],
    readsAfterRequests: place === 'local',
    readStatus: async () => {
      const event = { ...STATUS_EVENT, requestContext: { identity: { user: localUser() } } };
      const { statusCode, body } = (await getState(event)) as ProxyAnswer;
      return statusCode === 200 ? body : null;
    },
  });
  return {
    engine: observedEngine(parts.engine, feed, clock, () => broadcaster.touch()),
    show: (reply) => file(reply, 'text/html', ({ html }) => html),
    register(front) {
      front.addHook('preClose', async () => broadcaster.close());
      fileRoutes(front, file, parts);
      front.get(`${prefix}/page/events`, (request, reply) =>
        stream(broadcaster, request, reply, mayReadWords(request, parts.apiKey)),
      );
      void front.register(async (own) => {
        takeJson(own);
        previewRoute(own, parts);
      });
      // A level that was changed by hand is told as soon as one that moved by itself.
      front.addHook('onResponse', async ({ method }) => {
        if (method !== 'GET') broadcaster.touch();
      });
    },
  };
}

function aboutOf({ place, stage, runtime, definition, canBreak }: PageParts): Omit<About, 'nowMs'> {
  const { scopes } = runtime;
  return {
    place,
    stage,
    scopes: Object.keys(scopes),
    requests: canBreak ? demoRequests(scopes) : {},
    diagram: diagramOf(definition as Machine),
    fields: POLICY_FIELDS,
    reasons: POLICY_REASONS,
  };
}

/** Answers with a file of the page, all of which are made when the first is asked for. */
function assetReplies({ controlPrefix }: PageParts) {
  let assets: Promise<Assets> | null = null;
  return async (reply: FastifyReply, type: string, pick: (all: Assets) => string) => {
    assets ??= buildAssets(controlPrefix);
    return reply
      .headers(PAGE_HEADERS)
      .type(`${type}; charset=utf-8`)
      .send(pick(await assets));
  };
}

function fileRoutes(
  front: FastifyInstance,
  file: ReturnType<typeof assetReplies>,
  parts: PageParts,
): void {
  const { controlPrefix: prefix } = parts;
  const about = aboutOf(parts);
  front.get(`${prefix}/page`, (_request, reply) => file(reply, 'text/html', ({ html }) => html));
  front.get(`${prefix}/page/page.css`, (_request, reply) =>
    file(reply, 'text/css', ({ css }) => css),
  );
  front.get(`${prefix}/page/page.js`, (_request, reply) =>
    file(reply, 'text/javascript', ({ js }) => js),
  );
  front.get(`${prefix}/page/about`, () => ({ ...about, nowMs: parts.clock.nowMs() }));
}

function stream(
  broadcaster: Broadcaster,
  request: FastifyRequest,
  reply: FastifyReply,
  readsWords: boolean,
) {
  const lastId = request.headers['last-event-id'];
  const joined = broadcaster.join(typeof lastId === 'string' ? lastId : undefined, readsWords);
  if (joined === null) {
    reply.header('Retry-After', '30');
    return refuse(reply, 503, `at most ${MOST_VIEWERS} pages may look at once; close one`);
  }
  reply.raw.once('close', () => joined.end());
  return reply
    .type('text/event-stream; charset=utf-8')
    .headers({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' })
    .send(joined.body);
}

function previewRoute(front: FastifyInstance, parts: PageParts): void {
  const { runtime, controlPrefix: prefix } = parts;
  let busy = false;
  front.post(`${prefix}/page/preview`, { onRequest: refuseForeign }, async (request, reply) => {
    const { scope, patch } = (request.body ?? {}) as {
      readonly scope?: unknown;
      readonly patch?: unknown;
    };
    if (typeof scope !== 'string' || !Object.hasOwn(runtime.scopes, scope) || !isMap(patch)) {
      return refuse(
        reply,
        400,
        'a preview takes {"scope", "patch"}: a scope that exists, and fields of a policy',
      );
    }
    if (busy) return refuse(reply, 429, 'one preview at a time; try again');
    busy = true;
    try {
      const { policy: before } = await readStatus(runtime, scope);
      const checked = patched(before, runtime.deployedPolicyOf(scope), patch);
      if (!checked.ok) return await refuse(reply, 400, checked.problem);
      const [stories, perSecond] = [PREVIEW_STORIES, PREVIEW_PER_SECOND];
      return { results: await preview({ before, after: checked.policy, stories, perSecond }) };
    } finally {
      busy = false;
    }
  });
}

/** As PATCH /circuit-breaker/policy does: null gives a field back to what is deployed. */
function patched(before: Policy, deployed: Policy, patch: Readonly<Record<string, unknown>>) {
  const given = Object.entries(patch).map(([name, value]) => [
    name,
    value === null && Object.hasOwn(deployed, name) ? deployed[name as keyof Policy] : value,
  ]);
  return overridePolicy(before, Object.fromEntries(given));
}
