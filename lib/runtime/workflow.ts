/** What an execution of the workflow begins with and what it answers, whoever starts it. */
import * as v from 'valibot';
import type { Signals } from '../alarms/level-alarms.ts';
import type { Level } from '../level/level.ts';
import type { RequestText } from '../services/service.ts';
import type { TraceCarrier } from '../telemetry/tracing.ts';
import type { DeployedInput } from './deployed-input.ts';

/** What an execution begins with; the gateway's mapping template builds the same on AWS. */
export interface WorkflowInput {
  readonly kind: 'request' | 'tick';
  readonly scope: string;
  readonly stateKey: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  readonly failOpenLevel: Level;
  /** Read replicas of the row, of which a request reads one, or the row; absent from an input of before. */
  readonly readReplicas: number;
  readonly signals: Signals;
  /** Whether another face may serve the request again. */
  readonly safe: boolean;
  /** Whether an operator looks past the level: the full face serves, and nothing is counted. */
  readonly bypass: boolean;
  /** What the deployed policy wants of the workflow, where the row does not say it. */
  readonly deployed: DeployedInput;
  /** The trace context that it is part of, for example `{traceparent}`; {} where there is none. */
  readonly trace: TraceCarrier;
  readonly request: RequestText;
}

/** The largest input in bytes of its JSON text: what StartSyncExecution takes. */
export const INPUT_LIMIT_BYTES = 262_144;

/**
 * The most that of a request may stand in it. The rest is the workflow's: what it hands to a function holds the
 * request and the row (up to 2 KB with a policy), and a state that grows over the limit fails uncatchably.
 */
export const REQUEST_LIMIT_BYTES = INPUT_LIMIT_BYTES - 4_096;

/** What to say of a request that the workflow cannot take, with the bytes that came. */
export function describeTooLarge(got: number | string): string {
  return `the request must be at most ${REQUEST_LIMIT_BYTES} bytes as the workflow's input, got ${got}`;
}

/** The bytes of a request as the gateway's template counts it: its texts, and the marks around them. */
export function requestBytesOf(request: RequestText): number {
  const { requestId = '', resource, rawPath = '', bodyText } = request;
  const { pathParameters, query, headers } = request;
  const maps = [pathParameters, query, headers].flatMap((map) => Object.entries(map));
  const entries = maps.map(([name, value]) => bytesOf(name) + bytesOf(value) + AROUND_ENTRY_BYTES);
  const texts = [requestId, resource, rawPath, bodyText].map(bytesOf);
  return [...entries, ...texts].reduce((sum, bytes) => sum + bytes, AROUND_REQUEST_BYTES);
}

/** `"":"",` */
const AROUND_ENTRY_BYTES = 6;

/** The names of the fields, the method and the marks; a few more than the longest method makes of them. */
const AROUND_REQUEST_BYTES = 140;

/** Without its quotes. */
const bytesOf = (text: string) => writtenBytesOf(JSON.stringify(text)) - 2;

/** The bytes of an input as the gateway's template writes it: slashes escaped, and ASCII alone. */
export function inputBytesOf(input: WorkflowInput): number {
  return writtenBytesOf(JSON.stringify(input));
}

function writtenBytesOf(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === SLASH) bytes += 1;
    else if (unit > DELETE) bytes += String.raw`\u0000`.length - 1;
  }
  return bytes;
}

const SLASH = 0x2f;
/** The last character that the template leaves as it is. */
const DELETE = 0x7f;

/** The request of a tick, which nobody sent. */
export const NO_REQUEST: RequestText = {
  method: 'GET',
  resource: '',
  pathParameters: {},
  query: {},
  headers: {},
  bodyText: '',
};

const outputSchema = v.object({
  statusCode: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.record(v.string(), v.string()),
  /** JSON text. */
  body: v.string(),
  level: v.picklist([1, 2, 3]),
  failOpen: v.boolean(),
  /** Absent from a workflow of before. */
  shielded: v.optional(v.boolean()),
});

/** What the workflow answers a request with. */
export type WorkflowOutput = v.InferOutput<typeof outputSchema>;

/** Reads the output of an execution; null where it is none that the workflow answers with. */
export function parseOutput(output: unknown): WorkflowOutput | null {
  const parsed = v.safeParse(outputSchema, output);
  return parsed.success ? parsed.output : null;
}
