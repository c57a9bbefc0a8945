/** Which requests are taken: as many as can be answered in time, the rest is refused before it costs. */
import type { RequestListener, Server } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../runtime/clock.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';
import { refuse } from '../problems.ts';
import type { Limits } from '../limits.ts';
import { createBodyBudget } from './body-budget.ts';
import { createGatedServer, gateOf } from './gated-server.ts';
import { AbandonedError, Lane, LaneFullError } from './lane.ts';
import { Pace } from './pace.ts';
import { Returns } from './returns.ts';

/** How often refusals are logged, in milliseconds. */
const LOG_EVERY_MS = 1_000;

const BUSY = 'too many requests at the same time; try again as Retry-After says';

/** Who is let in to one lane. */
export interface Admitted {
  /** Refuses a request before its body is read, where there is no place for it. */
  readonly onRequest: (
    request: FastifyRequest,
    reply: FastifyReply,
  ) => Promise<FastifyReply | undefined>;
  /** Has a handler answer when there is a place for it, or refuses. */
  readonly handler: (handle: Handler) => Handler;
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Refuses, and tells of it. */
export interface Admission {
  /** Makes the server that the front listens with. */
  readonly serverFactory: (handler: RequestListener) => Server;
  /** @param name The scope, for the metric and the log. */
  readonly lane: (name: string) => Admitted;
  readonly close: () => void;
}

/** Makes the admission of a front. */
export function createAdmission(
  { maxConnections, bodyBytes, lane: lanePlaces }: Limits,
  telemetry: Telemetry,
  clock: Clock,
): Admission {
  const log = createRefusalLog(telemetry);
  const pace = new Pace();
  const bodies = createBodyBudget(bodyBytes);
  const nowMs = () => clock.monotonicMs();
  const returns = new Returns(nowMs);
  const refuseBusy = (name: string, request: FastifyRequest, reply: FastifyReply) => {
    log.count(name);
    reply.isShed = true;
    const seconds = returns.seconds();
    gateOf(request.raw)?.hold(seconds * 1_000, returns);
    return refuse(reply.header('Retry-After', seconds), 503, BUSY);
  };
  return {
    serverFactory: (handler) =>
      createGatedServer(handler, {
        maxConnections,
        nowMs,
        onConnection: () => pace.connected(),
        onDrop: () => log.count('connections'),
      }),
    lane(name) {
      const lane = new Lane(lanePlaces, pace, nowMs);
      return {
        async onRequest(request, reply) {
          const isTaken = !lane.isFull() && bodies.take(request.raw, reply.raw);
          return isTaken ? undefined : refuseBusy(name, request, reply);
        },
        handler: (handle) => async (request, reply) => {
          // Checked, and kept as text: what it was parsed into would wait in the queue as well.
          if (request.bodyText !== '') request.body = null;
          try {
            const answered = await lane.run(reply.raw, () => handle(request, reply));
            returns.served();
            return answered;
          } catch (error) {
            if (error instanceof LaneFullError) return refuseBusy(name, request, reply);
            // Its connection is closed: nobody gets this.
            if (error instanceof AbandonedError) return refuse(reply, 503, BUSY);
            throw error;
          }
        },
      };
    },
    close: log.flush,
  };
}

/** One line a second at the most, however many are refused: a line each would cost what refusing saves. */
function createRefusalLog(telemetry: Telemetry) {
  const refused = new Map<string, number>();
  let timer: NodeJS.Timeout | null = null;
  const flush = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    for (const [scope, requests] of refused)
      telemetry.warn('requests refused', { scope, requests });
    refused.clear();
  };
  return {
    count(scope: string) {
      telemetry.count('RequestShed', scope);
      refused.set(scope, (refused.get(scope) ?? 0) + 1);
      timer ??= setTimeout(flush, LOG_EVERY_MS).unref();
    },
    flush,
  };
}

declare module 'fastify' {
  interface FastifyReply {
    /** The request was refused for load: it is counted, and has no line of its own. */
    isShed: boolean;
  }
}
