/** The port of the last good answers: what the degraded face serves where there is no second API. */

/** An answer of the full face that was kept. */
export interface KeptAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyText: string;
  readonly bodyIsBase64?: true | undefined;
  /** Epoch milliseconds. */
  readonly keptAtMs: number;
  /** What the request had of each header that the answer's Vary names; '' where it had none. */
  readonly varied: Readonly<Record<string, string>>;
}

/** Keeps answers by key for a day. */
export interface LastGoodStore {
  /** @returns undefined where none is kept. */
  read(key: string): Promise<KeptAnswer | undefined>;
  /** Keeps an answer in place of an older one; where one is younger than staleAtMs, nothing happens. */
  keep(key: string, answer: KeptAnswer, staleAtMs: number): Promise<void>;
}

/** How long an answer is kept, in milliseconds. */
export const KEPT_FOR_MS = 24 * 3_600_000;
