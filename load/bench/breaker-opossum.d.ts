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
    readonly name?: string;
  }
  export default class CircuitBreaker {
    constructor(action: (...args: never[]) => unknown, options?: Options);
    readonly opened: boolean;
    readonly halfOpen: boolean;
    readonly closed: boolean;
    fire(...args: unknown[]): Promise<unknown>;
    readonly stats: { readonly rejects: number };
    fallback(answer: (...args: never[]) => unknown): this;
    on(event: string, listener: () => unknown): this;
    open(): void;
    shutdown(): void;
  }
}
