/** Where the health of a stage is asked: each path by GET, by HEAD for monitors, and by any page. */

const PATHS = ['health', 'health/liveness', 'health/readiness'];

const cors = { origin: '*', headers: ['Content-Type'], maxAge: 600 };

/** The events of the health function. */
export const events = PATHS.flatMap((path) =>
  ['get', 'head'].map((method) => ({ http: { method, path, cors } })),
);
