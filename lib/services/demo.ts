/** The demo service: says which face served, and fails when it is asked to. */
import { maintenance } from './maintenance.ts';
import type { Answer, Json, Service, ServiceRequest, ServiceSettings } from './service.ts';

/** Makes the demo service; `{"error": true}` is honoured only where the fault switch is on. */
export function createDemoService({ faultSwitch }: ServiceSettings): Service {
  const serve = async (request: ServiceRequest, success: Json): Promise<Answer> => {
    const error = errorField(request.body);
    if (typeof error !== 'boolean') {
      const message = `"error" must be true or false, got ${JSON.stringify(error)}`;
      return { outcome: 'none', statusCode: 400, headers: {}, body: { status: 400, message } };
    }
    if (faultSwitch && error) {
      const body = { status: 500, message: 'Internal Server Error' };
      return { outcome: 'error', statusCode: 500, headers: {}, body };
    }
    return { outcome: 'success', statusCode: 200, headers: {}, body: success };
  };
  return {
    full: (request) => serve(request, { status: 200, level: 1, msg: 'Full Capacity' }),
    degraded: (request) => serve(request, { status: 200, level: 2, msg: 'Degraded Mode' }),
    maintenance,
    probe: async (_face, request) =>
      faultSwitch && errorField(request.body) === true ? 'error' : 'success',
  };
}

function errorField(body: Json): Json {
  const isAbsent = typeof body !== 'object' || body === null || !('error' in body);
  return isAbsent ? false : (body['error'] ?? null);
}
