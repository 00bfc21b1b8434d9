import type { Clock } from "./clock.ts";

/** Makes ids; injected, so that tests can predict them. */
export interface Ids {
  /** A uuid v7 as text: sorts by time. */
  uuid(): string;
}

export function createIds(clock: Clock): Ids {
  return { uuid: () => Bun.randomUUIDv7("hex", clock.now()) };
}
