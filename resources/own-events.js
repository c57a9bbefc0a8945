/** The product's own paths of the API, where services.json says that they are: who answers each method, and to whom. */
import { readControlPrefix } from '../lib/runtime/own-paths.ts';

const prefix = readControlPrefix().slice(1);
const under = (path) => (prefix === '' ? path : `${prefix}/${path}`);

/** Read by any page. */
const cors = { origin: '*', headers: ['Content-Type'], maxAge: 600 };
const signed = (method, path) => ({
  http: { method, path: under(`circuit-breaker/${path}`), authorizer: 'aws_iam' },
});

/** A GET of the status or its page: everybody's, or who signs it, as `statusAuth` says. */
const read = async ({ resolveVariable }, http) => {
  const isOpen = (await resolveVariable('param:statusAuth')) !== 'iam';
  return { http: { method: 'get', ...http, ...(isOpen ? {} : { authorizer: 'aws_iam' }) } };
};

/** Of get-state. */
export const status = async (given) => [
  await read(given, { path: under('circuit-breaker'), cors }),
];

/** Of live-page, where there is one: its files stand below it. */
export const page = (given) =>
  Promise.all(
    ['', '/{file}'].map((file) => read(given, { path: under(`circuit-breaker/page${file}`) })),
  );

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
