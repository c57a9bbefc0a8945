/** What requests may hold and workflows may answer, to break a mapping template. */
import type { Level } from '../../lib/level/level.ts';
import type { WorkflowOutput } from '../../lib/runtime/workflow.ts';

export const MACHINE =
  'arn:aws:states:us-east-1:123456789012:stateMachine:ServiceResiliencyWorkflow-dev';
/** What the gateway knows of every request. */
export const CONTEXT = {
  requestId: '6a1f-0c',
  requestTimeEpoch: 1_767_323_045_000,
  httpMethod: 'POST',
  path: '/dev/service-api',
  domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
  apiId: 'abc123',
};

/** Bodies that break a template which escapes too little or too much. */
export const BODIES: Readonly<Record<string, string>> = {
  'an empty object': '{}',
  'what the demo takes': '{"error":true}',
  quotes: String.raw`{"a":"she said \"no\" and 'yes'"}`,
  'a single quote alone': `{"a":"it's"}`,
  backslashes: String.raw`{"a":"C:\\temp\\","b":"\\\\","c":"\\'"}`,
  'an escaped escape': String.raw`{"a":"\\\"","b":"\\u0041"}`,
  'Velocity directives': '{"a":"#set($x = 1) #if(true) #end ## #* *#"}',
  'Velocity references': '{"a":"$context.requestId ${body} $!input $util.escapeJavaScript"}',
  'CloudFormation references': '{"a":"${AWS::AccountId} ${ServiceResiliencyWorkflow}"}',
  'a dollar of a replacement': '{"a":"$1 $& $$ $` cash $"}',
  newlines: String.raw`{"a":"one\ntwo\r\nthree\tfour"}`,
  'pretty printing': '{\n  "a": [\n    1,\n    2\n  ]\n}',
  'line separators': '{"a":"\u2028 and \u2029"}',
  'an emoji and accents': '{"a":"🙂 más, ñ, 日本語, \u{10FFFF}"}',
  'a lone surrogate': String.raw`{"a":"\ud83d"}`,
  'a NUL and controls': String.raw`{"a":"\u0000 \u0001 \u001f \u007f \b\f"}`,
  'slashes and a script': '{"a":"</script><!-- /x/ -->"}',
  'an injected state key': String.raw`{"a":"\"},\"stateKey\":\"OTHER\",\"x\":{\"y\":\""}`,
  'a state key of its own': '{"stateKey":"OTHER","kind":"tick","receivedAt":0}',
  'keys as hostile as values': String.raw`{"\"":1,"'":2,"\\":3,"$x":4,"\n":5}`,
  'numbers as they were written': '{"a":-0.50,"b":1e21,"c":12345678901234567890,"d":1.0}',
  'the same key twice, in its order': '{"b":1,"a":2,"b":3}',
  nothing: '',
  'every JSON type': '{"a":null,"b":true,"c":[[],{}],"d":""}',
  '32 KiB': JSON.stringify({ a: `"'\\$é`.repeat((32 * 1024) / 7) }),
};

/** Names and values that break a template which escapes too little or too much. */
export const TEXTS: Readonly<Record<string, string>> = {
  quotes: `she said "no" and 'yes'`,
  backslashes: String.raw`\ \\ \" \' \u0041 \\\\'`,
  'Velocity directives': '#set($x = 1) #if(true) #end ## #* *# $context.requestId $!input ${body}',
  'an injected state key': '"},"stateKey":"OTHER","x":{"y":"',
  'an injected state key, escaped once': String.raw`\"},\"stateKey\":\"OTHER\",\"x\":{\"y\":\"`,
  'an injected state key, escaped twice': String.raw`\\\"},\\\"stateKey\\\":\\\"OTHER\\\"`,
  'controls and beyond ASCII': '\u0000\n\r\t\b\f\u007f é ñ 日本語 🙂 \u2028 \ud83d',
  'slashes and commas': '</script>,connection,',
  'what an object has already': '__proto__',
};

/** Headers that arrive. */
export const END_TO_END = {
  'Content-Type': 'application/json',
  'X-Custom': 'a, b',
  'Idempotency-Key': '7',
} as const;

/** Whose trace a request may be part of. */
export const TRACED = {
  Traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  traceparent: 'another',
  tracestate: 'a=1,b="2"',
  'X-Amzn-Trace-Id': "Root=1-67891233-abcdef012345678912345678;it's",
} as const;

/** What the workflow may answer a request with. */
export const OUTPUTS: readonly WorkflowOutput[] = [
  ...([1, 2, 3] satisfies Level[]).flatMap((level) =>
    [false, true].map((failOpen) => answer({ level, failOpen })),
  ),
  answer({
    statusCode: 500,
    body: JSON.stringify({ status: 500, message: 'Internal Server Error' }),
  }),
  answer({ statusCode: 400, body: String.raw`{"status":400,"message":"\"error\" must be …"}` }),
  answer({ level: 3, statusCode: 503, headers: { 'Retry-After': '60' } }),
  answer({ headers: { 'Retry-After': '1', ETag: '"x"', 'Cache-Control': 'no-store' } }),
  answer({ body: '{"a":"$x #set($y = 1) ${z} \\" \\\\ \u2028 🙂 ñ"}' }),
  answer({ body: '[]' }),
  answer({ body: '"text"' }),
];

/** Executions that answer no request. */
export const UNUSABLE: readonly (readonly [how: string, execution: object])[] = [
  ['failed', { status: 'FAILED', error: 'States.Runtime', cause: 'a "cause"' }],
  ['timed out', { status: 'TIMED_OUT' }],
  ['answered nothing', { status: 'SUCCEEDED' }],
  ['answered null', { status: 'SUCCEEDED', output: 'null' }],
  ['answered something else', { status: 'SUCCEEDED', output: '{"kind":"tick"}' }],
];

/** An answer of the workflow. */
export function answer(given: Partial<WorkflowOutput>): WorkflowOutput {
  const body = JSON.stringify({ status: 200, level: given.level ?? 1, msg: 'Full Capacity' });
  return { statusCode: 200, headers: {}, body, level: 1, failOpen: false, ...given };
}

/** What StartSyncExecution says of it. */
export function succeeded(output: WorkflowOutput) {
  return { status: 'SUCCEEDED', name: '6a1f-0c', output: JSON.stringify(output) };
}
