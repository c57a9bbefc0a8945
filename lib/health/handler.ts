/** The health of a service as HTTP answers: for Lambda behind API Gateway, and for any other server. */
import type { HealthCheckManager } from './manager.ts';

/** An answer as API Gateway takes it from a function. */
export interface HealthAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers a request; what it is told of the request only matters for HEAD, which gets no body. */
export type HealthHandler = (event?: unknown) => Promise<HealthAnswer>;

/** One handler for each question. */
export interface HealthHandlers {
  /** Whether the process runs: 200, without looking at anything. */
  readonly liveness: HealthHandler;
  /** Whether it takes requests: 200 or 503. */
  readonly readiness: HealthHandler;
  /** How it is: the document, with 503 if it is unhealthy, otherwise 200. */
  readonly health: HealthHandler;
}

/** Makes the handlers. */
export function createHealthCheckHandler(manager: HealthCheckManager): HealthHandlers {
  return {
    liveness: async (event) => answer(event, true, { status: 'alive', ...manager.head() }),
    readiness: async (event) => {
      const document = await manager.executeReadinessChecks();
      return answer(event, document.status === 'ready', document);
    },
    health: async (event) => {
      const document = await manager.executeHealthChecks();
      return answer(event, document.status !== 'unhealthy', document);
    },
  };
}

const HEADERS = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store',
};

function answer(event: unknown, isWell: boolean, document: object): HealthAnswer {
  return {
    statusCode: isWell ? 200 : 503,
    headers: HEADERS,
    body: methodOf(event) === 'HEAD' ? '' : JSON.stringify(document),
  };
}

/** Of both forms of API Gateway's events. */
function methodOf(event: unknown): string | undefined {
  const { httpMethod, requestContext } = (event ?? {}) as {
    readonly httpMethod?: string;
    readonly requestContext?: { readonly http?: { readonly method?: string } };
  };
  return httpMethod ?? requestContext?.http?.method;
}
