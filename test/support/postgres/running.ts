/** What has to be ended with the test process. Kept apart from what starts it: a run without Postgres loads none of that. */
export interface Stoppable {
  stop(): Promise<void>;
}

// On the global object: every test file of a process shares one cluster, whatever the runner does with its modules.
const KEY = Symbol.for("vigia.test.postgres");
const held = globalThis as { [KEY]?: Promise<Stoppable> | undefined };

/** Starts `start` the first time, and gives the same one to everybody afterwards. */
export function runOnce<T extends Stoppable>(start: () => Promise<T>): Promise<T> {
  held[KEY] ??= start();
  return held[KEY] as Promise<T>;
}

/** Ends the cluster if this process has started one. */
export async function stopPostgres(): Promise<void> {
  const running = held[KEY];
  held[KEY] = undefined;
  const cluster = await running?.catch(() => undefined);
  await cluster?.stop();
}
