/** API Gateway's mapping templates, evaluated: the parts of its `$input`, `$util` and `$context` in use. */
import { render } from 'velocityjs';

/** What a mapping template of a response makes of an answer. */
export interface MappedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request as the gateway's `$input` has it; each map has the last value of a repeated name. */
export interface GatewayInput {
  /** The raw text; undefined where there is none. */
  readonly body: string | undefined;
  readonly header?: Readonly<Record<string, string>>;
  readonly querystring?: Readonly<Record<string, string>>;
  readonly path?: Readonly<Record<string, string>>;
}

/** Renders a request template. */
export function mapRequest(
  template: string,
  request: GatewayInput,
  context: Readonly<Record<string, string | number | object>>,
): string {
  const { body, header = {}, querystring = {}, path = {} } = request;
  const maps = { header: mapOf(header), querystring: mapOf(querystring), path: mapOf(path) };
  const params = () => ({ get: (name: keyof typeof maps) => maps[name] });
  return render(template, { input: { body, params }, util: UTIL, context });
}

/**
 * Renders a response template.
 *
 * @param body What the integration answered, JSON text.
 * @param defaultStatus The status of the integration response that the template belongs to.
 * @throws where a parameter is overridden twice, which API Gateway answers with a 500.
 */
export function mapResponse(template: string, body: string, defaultStatus: number): MappedAnswer {
  const header = onceOnly();
  const responseOverride = onceOnly({ header: header.proxy });
  const text = render(template, {
    input: inputOf(body),
    util: UTIL,
    context: { responseOverride: responseOverride.proxy },
  });
  const { status = defaultStatus } = responseOverride.values;
  return {
    status: Number(status),
    headers: header.values as MappedAnswer['headers'],
    body: text,
  };
}

/** A Java map: its keys are data, also `get` or `__proto__`. */
function mapOf(values: Readonly<Record<string, string>>) {
  const entries = new Map(Object.entries(values));
  return { keySet: () => [...entries.keys()], get: (name: string) => entries.get(name) };
}

function inputOf(body: string) {
  const parsed: unknown = JSON.parse(body);
  return {
    /** A JSON path as a value: the root or one of its fields. */
    path: (path: string) => {
      if (path === '$') return parsed;
      return (parsed as Readonly<Record<string, unknown>>)[path.replace(/^\$\./, '')];
    },
  };
}

const UTIL = {
  parseJson: (text: string) => JSON.parse(text) as unknown,
  escapeJavaScript: (text: string | JavaString) => javaString(escapeJavaScript(String(text))),
};

/** What the templates ask of a string of Java. */
interface JavaString {
  toString(): string;
  length(): number;
  replaceAll(pattern: string, replacement: string): JavaString;
}

/** Java's strings take a regular expression in replaceAll, where JavaScript's take the text; length is a method. */
function javaString(text: string): JavaString {
  return {
    toString: () => text,
    length: () => text.length,
    replaceAll: (pattern, replacement) =>
      javaString(text.replaceAll(new RegExp(pattern, 'g'), replacement)),
  };
}

const SHORT: Readonly<Record<string, string>> = {
  '\b': String.raw`\b`,
  '\n': String.raw`\n`,
  '\t': String.raw`\t`,
  '\f': String.raw`\f`,
  '\r': String.raw`\r`,
};

/** StringEscapeUtils.escapeJavaScript of commons-lang 2, which escapes quotes of both kinds and slashes. */
function escapeJavaScript(text: string): string {
  const escaped = Array.from({ length: text.length }, (_, index) => {
    const unit = text.charCodeAt(index);
    const char = text.charAt(index);
    if (`'"\\/`.includes(char)) return `\\${char}`;
    if (unit >= 32 && unit < 128) return char;
    return SHORT[char] ?? `\\u${unit.toString(16).toUpperCase().padStart(4, '0')}`;
  });
  return escaped.join('');
}

/** A map each of whose keys can be set once. */
function onceOnly(values: Record<string, unknown> = {}) {
  const proxy = new Proxy(values, {
    set(target, name, value) {
      if (Object.hasOwn(target, name)) throw new Error(`${String(name)} is overridden twice`);
      return Reflect.set(target, name, value);
    },
  });
  return { values, proxy };
}
