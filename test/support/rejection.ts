import type { VigiaError } from "../../src/kit/errors.ts";

/**
 * What a promise is rejected with; fails when it is not. For work that yields often, in place of `expect(…).rejects`: Bun's
 * waits inside a turn of the event loop, where each `setImmediate` sleeps until the next timer while a socket is open.
 */
export const rejection = (promise: Promise<unknown>): Promise<VigiaError & { sqlState?: string }> =>
  promise.then(
    () => {
      throw new Error("it was not rejected");
    },
    (error) => error,
  );
