/** Policies in a row, the outermost first, as one policy. */
import { BreakerOptionsError } from '../errors.ts';
import { rejected, type ExecuteOptions, type Policy, type Protected } from '../policy.ts';
import { notAFunction, refused } from '../read-options.ts';

/** Policies in one pipeline at most; a pipeline in it counts as one. */
const MOST_POLICIES = 32;

/** What a policy answers by itself where fn gave nothing. */
type FallbackOf<Of> = Of extends { readonly answers?: () => infer Fallback }
  ? 'answers' extends keyof Of
    ? Fallback
    : never
  : never;

/**
 * Makes one policy of several; each protects those after it, and the last protects fn.
 *
 * @param policies From the outermost to the innermost, 1 to 32; a pipeline is one too.
 * @throws BreakerOptionsError for no policy, too many, or something without execute().
 *
 * @example
 * const orders = pipeline(retry({ attempts: 3 }), breaker, timeout({ timeout: 2_000 }));
 * const order = await orders.execute(({ signal }) => fetch(url, { signal }));
 */
export function pipeline<const Policies extends readonly Policy<unknown>[]>(
  ...policies: Policies
): Policy<FallbackOf<Policies[number]>>;
export function pipeline(...policies: readonly Policy<unknown>[]): Policy<unknown> {
  if (policies.length < 1 || policies.length > MOST_POLICIES) {
    throw new BreakerOptionsError(
      `expected a pipeline of 1 to ${MOST_POLICIES} policies, got ${policies.length}`,
    );
  }
  for (const policy of policies as readonly unknown[]) {
    if (typeof (policy as Partial<Policy> | null | undefined)?.execute === 'function') continue;
    throw refused('every policy', 'an object with a function execute', policy);
  }
  const nested = policies.reduceRight((inner, outer) => ({
    execute: (fn, options) => outer.execute((context) => inner.execute(fn, context), options),
  }));
  return {
    execute: <T>(fn: Protected<T>, options?: ExecuteOptions) =>
      // Before a breaker among them counts it as a failure of what it protects.
      typeof fn === 'function' ? nested.execute(fn, options) : rejected(notAFunction('fn', fn)),
  };
}
