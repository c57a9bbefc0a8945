/** What pages of other origins are told: on every answer, and on a preflight. */

const EXPOSED = 'X-Service-Level,X-Service-Fail-Open,X-Service-Shielded,Retry-After';

const header = (name) => `method.response.header.${name}`;
const quoted = (value) => `'${value}'`;

const originHeaders = ({ origins: [origin], credentials }) => ({
  [header('Access-Control-Allow-Origin')]: quoted(origin),
  ...(credentials && { [header('Access-Control-Allow-Credentials')]: quoted('true') }),
  ...(origin !== '*' && { [header('Vary')]: quoted('Origin') }),
});

const declaredOf = (parameters) =>
  Object.fromEntries(Object.keys(parameters).map((name) => [name, true]));

/**
 * What every answer says. Of several origins the mapping cannot know which one asks: the face says it then,
 * and answers that no face gave say nothing.
 */
export function allowedBy(cors) {
  if (cors === 'off') return { parameters: null, declared: null };
  const parameters = {
    ...(cors.origins.length === 1 && originHeaders(cors)),
    [header('Access-Control-Expose-Headers')]: quoted(EXPOSED),
  };
  return { parameters, declared: declaredOf(parameters) };
}

/** A preflight: one answer for each origin, since a mapping's headers are constants. */
export function preflight(cors, methods) {
  const answers = cors.origins.map((origin, index) => ({
    status: 200 + index,
    parameters: {
      ...originHeaders({ ...cors, origins: [origin] }),
      [header('Access-Control-Allow-Methods')]: quoted(
        ['OPTIONS', ...methods.filter((one) => one !== 'OPTIONS')].join(','),
      ),
      [header('Access-Control-Allow-Headers')]: quoted(cors.headers.join(',')),
      [header('Access-Control-Max-Age')]: quoted('600'),
    },
  }));
  return {
    Integration: {
      Type: 'MOCK',
      RequestTemplates: { 'application/json': whose(cors.origins) },
      IntegrationResponses: answers.map(({ status, parameters }) => ({
        StatusCode: String(status),
        ...(status > 200 && { SelectionPattern: String(status) }),
        ResponseParameters: parameters,
      })),
    },
    MethodResponses: answers.map(({ status, parameters }) => ({
      StatusCode: String(status),
      ResponseParameters: declaredOf(parameters),
    })),
  };
}

/** The status that stands for the origin which asks; the first one's where it is none of them. */
function whose(origins) {
  if (origins.length === 1) return '{"statusCode":200}';
  const others = origins
    .slice(1)
    .map((origin, index) => `#if($origin == "${origin}")#set($status = ${201 + index})#end`);
  return [
    '#set($origin = "$!input.params(\'Origin\')")',
    '#set($status = 200)',
    ...others,
    '{"statusCode":$status}',
  ].join('\n');
}
