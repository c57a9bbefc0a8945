/** The log line of every request: one, however it ended. */
import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Level } from '../level/level.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Meters } from '../telemetry/meters.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** Where requests are logged. */
export interface RequestLog {
  /** Logs a request when its answer is out, or its connection is gone: its status is then null. */
  begin(request: FastifyRequest, reply: FastifyReply): void;
  /** Logs what a connection was refused with, by its request if it has one in flight. */
  refused(socket: Socket, status: number): void;
}

/** Makes the log; the meters are told of every request to the service that has one. */
export function createRequestLog(
  telemetry: Telemetry,
  clock: Clock,
  meters: Pick<Meters, 'served'>,
): RequestLog {
  const inFlight = new WeakMap<object, { refusedWith: number | null }>();
  return {
    begin(request, reply) {
      const startedAt = clock.monotonicMs();
      const { raw } = reply;
      const { socket } = request.raw;
      const state = { refusedWith: null };
      inFlight.set(socket, state);
      raw.once('close', () => {
        if (inFlight.get(socket) === state) inFlight.delete(socket);
        if (reply.isShed) return;
        const status = raw.writableFinished ? raw.statusCode : state.refusedWith;
        const durationMs = clock.monotonicMs() - startedAt;
        telemetry.info('request', {
          requestId: request.id,
          method: request.method,
          path: withoutValues(request.url).slice(0, 200),
          status,
          servedLevel: reply.servedLevel ?? null,
          durationMs: Math.round(durationMs * 10) / 10,
          executionId: reply.executionId ?? null,
          ...(reply.traceId && { traceId: reply.traceId }),
        });
        const { url: route = '', config } = request.routeOptions;
        if (config.scope === undefined) return;
        meters.served({
          scope: reply.servedScope ?? config.scope,
          route,
          method: request.method,
          level: reply.servedLevel ?? null,
          code: status,
          durationMs,
          traceId: reply.traceId ?? undefined,
        });
      });
    },
    refused(socket, status) {
      const state = inFlight.get(socket);
      if (state === undefined) telemetry.info('request', { method: null, path: null, status });
      else state.refusedWith = status;
    },
  };
}

/** A query may hold secrets: its names are enough. */
function withoutValues(url: string): string {
  const [path = '', query] = url.split('?', 2);
  if (query === undefined) return path;
  const names = query.split('&').map((pair) => pair.split('=', 1)[0] ?? '');
  return `${path}?${names.join('&')}`;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope of a route of the service, for the meters. */
    scope?: string;
  }
  interface FastifyReply {
    /** The execution that answered, for the log. */
    executionId: string | null;
    /** The level that served, for the log. */
    servedLevel: Level | null;
    /** The scope that counts it, where a tenant has one of its own, for the meters. */
    servedScope: string | null;
    /** The trace of the request, for the log and the meters; null where nothing is traced. */
    traceId: string | null;
  }
}
