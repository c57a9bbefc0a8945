/** Requests as services and the workflow are told of them. */
import type { Json, RequestText, ServiceRequest } from '../../lib/services/service.ts';

/** A POST to the service with a body and nothing else. */
export function requestText(body: Json): RequestText {
  return {
    method: 'POST',
    resource: '/service-api',
    pathParameters: {},
    query: {},
    headers: { 'content-type': 'application/json' },
    bodyText: JSON.stringify(body),
  };
}

/** The same, with its body parsed. */
export function serviceRequest(body: Json): ServiceRequest {
  return { ...requestText(body), body };
}
