/** A function behind a policy, with the signature that it has without. */
import type { Policy } from './policy.ts';
import { notAFunction } from './read-options.ts';

/**
 * @param policy A breaker, a pipeline, or any other policy.
 * @param fn Is called with the arguments and the `this` of each call.
 * @returns A function with fn's parameters, name and length, whose answer is a promise.
 * @throws BreakerOptionsError if fn is no function.
 */
export function wrap<This, Args extends unknown[], T, Fallback = never>(
  policy: Policy<Fallback>,
  fn: (this: This, ...args: Args) => T,
): (this: This, ...args: Args) => Promise<Awaited<T> | Fallback> {
  if (typeof fn !== 'function') throw notAFunction('fn', fn);
  const wrapped = function (this: This, ...args: Args): Promise<Awaited<T> | Fallback> {
    return policy.execute<Awaited<T>>(() => fn.apply(this, args) as Awaited<T>);
  };
  return Object.defineProperties(wrapped, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  });
}
