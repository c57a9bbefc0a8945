/** What one call is given: its context, and the abort that it may follow. */
import { describe, expect, test, vi } from 'vitest';
import { Context, Scope } from '../../lib/breaker/context.ts';

describe('a context', () => {
  test('of a policy around the call is that one; any other is new', () => {
    const context = new Context(3);
    expect(Context.of(context)).toBe(context);
    expect(Context.of(undefined)).toMatchObject({ attempt: 1 });
    const { signal } = new AbortController();
    const own = Context.of({ signal, attempt: 2 });
    expect(own.attempt).toBe(2);
    expect(own.signal).toBe(signal);
    expect(Context.sourceOf(Context.of({}))).toBeNull();
    expect(Context.of({ attempt: 4 }).attempt).toBe(4);
  });

  test('has one signal, however often it is read', () => {
    for (const context of [new Context(), new Context(1, new Scope())]) {
      const { signal } = context;
      expect(context.signal).toBe(signal);
      expect(signal.aborted).toBe(false);
    }
  });
});

describe('a scope', () => {
  test('is aborted once, and tells so by its signal, read before or after', () => {
    const scope = new Scope();
    const { signal } = scope;
    expect(scope.aborted).toBe(false);
    scope.abort(1);
    scope.abort(2);
    expect(scope).toMatchObject({ aborted: true, reason: 1 });
    expect(signal).toMatchObject({ aborted: true, reason: 1 });
    const late = new Scope();
    late.abort(3);
    expect(late.signal).toMatchObject({ aborted: true, reason: 3 });
  });

  test('tells those who follow it, and those who left no more', () => {
    const scope = new Scope();
    const [stays, leaves] = [0, 1].map(() => ({ handleEvent: vi.fn<() => void>() }));
    if (stays === undefined || leaves === undefined) throw new Error('expected two');
    scope.removeEventListener('abort', stays);
    scope.addEventListener('abort', stays);
    scope.addEventListener('abort', leaves);
    scope.removeEventListener('abort', leaves);
    scope.abort(1);
    scope.abort(1);
    expect(stays.handleEvent).toHaveBeenCalledOnce();
    expect(leaves.handleEvent).not.toHaveBeenCalled();
  });
});
