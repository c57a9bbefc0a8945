/** The mapping templates on Apache Velocity itself, in the two versions that API Gateway's may be. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { GatewayInput } from '../deploy/velocity.ts';

const SHIM = new URL('Mapping.java', import.meta.url).pathname;

/** How long all of them may take, in milliseconds. */
const RENDER_MS = 120_000;

/** A template with what it is rendered for: a request of a client, or an answer of the integration. */
export interface Mapping {
  readonly template: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly request?: GatewayInput;
  /** JSON text. */
  readonly answer?: string;
}

/** What became of one. */
export interface Rendered {
  readonly text?: string;
  /** What the answer's status is overridden with, or `null`. */
  readonly status?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly error?: string;
}

/**
 * Renders each, in one process.
 *
 * @param classPath That of a version.
 * @throws Error with what the process said, if it did not end well.
 */
export async function renderAll(
  classPath: string,
  mappings: readonly Mapping[],
): Promise<readonly Rendered[]> {
  const asked = mappings.map(({ request, ...mapping }) => {
    const { body, header = {}, querystring = {}, path = {} } = request ?? { body: undefined };
    const maps = { header, querystring, path };
    const pairs = Object.entries(maps).map(([kind, values]) => [kind, Object.entries(values)]);
    return { ...mapping, body, ...(Object.fromEntries(pairs) as object) };
  });
  const args = ['-XX:TieredStopAtLevel=1', '-cp', classPath, SHIM];
  const child = spawn('java', args, { timeout: RENDER_MS });
  // What it said is told below, where it ended early.
  child.stdin.on('error', () => {});
  child.stdin.end(inAscii(JSON.stringify(asked)));
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
  try {
    return JSON.parse(out) as readonly Rendered[];
  } catch (error) {
    throw new Error(`Velocity must answer, got: ${complaint.slice(0, 2_000)}`, { cause: error });
  }
}

/** Its JSON parser takes no DEL. */
function inAscii(json: string): string {
  return json.replaceAll(/[\u007f-\uffff]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
