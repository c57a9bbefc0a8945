/** What is used of opossum, which ships no types. */
declare module 'opossum' {
  interface Options {
    readonly timeout?: number | false;
    readonly errorThresholdPercentage?: number;
    readonly volumeThreshold?: number;
    readonly resetTimeout?: number;
    readonly rollingCountTimeout?: number;
    readonly rollingCountBuckets?: number;
    readonly rollingPercentilesEnabled?: boolean;
    readonly enableSnapshots?: boolean;
    readonly errorFilter?: (error: unknown) => boolean;
  }
  export default class CircuitBreaker {
    constructor(action: (...args: unknown[]) => unknown, options?: Options);
    readonly opened: boolean;
    readonly halfOpen: boolean;
    readonly closed: boolean;
    fire(...args: unknown[]): Promise<unknown>;
    fallback(answer: (...args: unknown[]) => unknown): this;
    open(): void;
    shutdown(): void;
  }
}
