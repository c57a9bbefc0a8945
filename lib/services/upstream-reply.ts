/** What one try at an upstream ends with: a reply, or why there is none to pass on. */

/** What an upstream answered, as far as it is passed on. */
export interface UpstreamReply {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyText: string;
  /** bodyText is base64. */
  readonly bodyIsBase64?: true;
}

/** The connection failed, before the request was sent or after. */
export class UpstreamNetworkError extends Error {
  override readonly name = 'UpstreamNetworkError';
  readonly code = 'UPSTREAM_NETWORK';
  /** Whether the upstream may have got any of it; false is certain. */
  readonly wasSent: boolean;
  constructor(origin: string, wasSent: boolean, cause: unknown) {
    const when = wasSent ? 'after the request was sent' : 'before anything was sent';
    super(`expected ${origin} to answer, but the connection failed ${when}: ${reasonOf(cause)}`, {
      cause,
    });
    this.wasSent = wasSent;
  }
}

/** The upstream answered 4xx or 5xx. Its reply is no property of its own, which a log would show. */
export class UpstreamStatusError extends Error {
  override readonly name = 'UpstreamStatusError';
  readonly code = 'UPSTREAM_STATUS';
  readonly #isFailure: boolean;
  readonly #reply: UpstreamReply;
  constructor(origin: string, reply: UpstreamReply, countStatuses: readonly number[]) {
    super(`expected ${origin} to answer below 400, got ${reply.statusCode}`);
    this.#reply = reply;
    this.#isFailure = reply.statusCode >= 500 || countStatuses.includes(reply.statusCode);
  }

  /** Whether the status tells of the upstream's health, and not of the request alone. */
  get isFailure(): boolean {
    return this.#isFailure;
  }

  get reply(): UpstreamReply {
    return this.#reply;
  }

  /** The reply's: where a retry looks for Retry-After. */
  get headers(): UpstreamReply['headers'] {
    return this.#reply.headers;
  }
}

/** The upstream answered what the workflow cannot carry; the message is for the client. */
export class UpstreamAnswerError extends Error {
  override readonly name = 'UpstreamAnswerError';
  readonly code = 'UPSTREAM_ANSWER';
  readonly statusCode: number;
  constructor(statusCode: number, problem: string) {
    super(`the upstream's answer ${problem}`);
    this.statusCode = statusCode;
  }
}

/** The error of a host with several addresses has a code and no message. */
function reasonOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  return message === '' ? String(code) : message;
}
