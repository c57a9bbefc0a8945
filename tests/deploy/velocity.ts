/** API Gateway's mapping templates, evaluated: the parts of its `$input`, `$util` and `$context` in use. */
import { render } from 'velocityjs';

/** What a mapping template of a response makes of an answer. */
export interface MappedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Renders a request template.
 *
 * @param body The request's body, JSON text.
 */
export function mapRequest(
  template: string,
  body: string,
  context: { readonly requestId: string; readonly requestTimeEpoch: number },
): string {
  return render(template, { input: inputOf(body), util: UTIL, context });
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

function inputOf(body: string) {
  const parsed: unknown = JSON.parse(body);
  return {
    /** A JSON path as JSON text; only the root is in use. */
    json: (path: string) => {
      if (path !== '$') throw new Error(`only $ is supported, got ${path}`);
      return JSON.stringify(parsed);
    },
    /** A JSON path as a value: the root or one of its fields. */
    path: (path: string) => {
      if (path === '$') return parsed;
      return (parsed as Readonly<Record<string, unknown>>)[path.replace(/^\$\./, '')];
    },
  };
}

const UTIL = {
  parseJson: (text: string) => JSON.parse(text) as unknown,
  /** Java's strings take a regular expression in replaceAll, where JavaScript's take the text. */
  escapeJavaScript: (text: string) => {
    const escaped = escapeJavaScript(text);
    return {
      toString: () => escaped,
      replaceAll: (pattern: string, replacement: string) =>
        escaped.replaceAll(new RegExp(pattern, 'g'), replacement),
    };
  },
};

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
    if (unit >= 32 && unit < 127) return char;
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
