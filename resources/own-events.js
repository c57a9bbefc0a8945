/** The product's own paths of the API, where services.json says that they are: who answers each method, and to whom. */
import { readControlPrefix } from '../lib/runtime/own-paths.ts';

const prefix = readControlPrefix().slice(1);
const under = (path) => (prefix === '' ? path : `${prefix}/${path}`);

/** Read by any page. */
const cors = { origin: '*', headers: ['Content-Type'], maxAge: 600 };
const signed = (method, path) => ({
  http: { method, path: under(`circuit-breaker/${path}`), authorizer: 'aws_iam' },
});

/** Of get-state; resources/stage-plugin.js asks who reads where `statusAuth` says so. */
export const status = [{ http: { method: 'get', path: under('circuit-breaker'), cors } }];

/** Of live-page, where there is one: its files stand below it. */
export const page = ['', '/{file}'].map((file) => ({
  http: { method: 'get', path: under(`circuit-breaker/page${file}`) },
}));

/** Of control. */
export const control = [
  signed('post', 'reset'),
  signed('put', 'override'),
  signed('delete', 'override'),
  signed('put', 'policy'),
  signed('patch', 'policy'),
];

/** Of bypass. */
export const bypass = [signed('any', 'bypass/{proxy+}')];

/** Of health: each path by GET, and by HEAD for monitors. */
export const health = ['health', 'health/liveness', 'health/readiness'].flatMap((path) =>
  ['get', 'head'].map((method) => ({ http: { method, path: under(path), cors } })),
);
