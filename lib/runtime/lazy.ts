/** A Lambda handler whose parts are made at the first event, so that importing it reads nothing. */

/**
 * Joins a handler's maker with the maker of its runtime; both run once per process.
 *
 * @param afterEvent Told when an event has ended, however it did: afterwards the process may be frozen.
 *   It must not throw.
 */
export function lazyHandler<Runtime, Result>(
  createHandler: (runtime: Runtime) => (event: unknown) => Promise<Result>,
  createRuntime: () => Runtime | Promise<Runtime>,
  afterEvent?: () => unknown,
): (event: unknown) => Promise<Result> {
  let handler: ((event: unknown) => Promise<Result>) | undefined;
  return async (event) => {
    handler ??= createHandler(await createRuntime());
    try {
      return await handler(event);
    } finally {
      await afterEvent?.();
    }
  };
}
