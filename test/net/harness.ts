import type { Clock } from "../../src/kit/clock.ts";
import { createSystemClock } from "../../src/kit/clock.ts";
import type { LogFields, Logger, LogLevel } from "../../src/kit/log.ts";
import type { HttpEvent } from "../../src/net/call-context.ts";
import type { HttpRequest } from "../../src/net/client.ts";
import { createHttpDoor, type HttpDoor, type HttpDoorOptions } from "../../src/net/door.ts";
import { HttpCallError } from "../../src/net/http-call-error.ts";
import type { Peer } from "../../src/net/peer.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { type FaultServer, routeTo, startFaultServer } from "../support/faults.ts";

export interface LogLine {
  level: LogLevel;
  event: string;
  message: string;
  fields: LogFields;
}

/** A logger that keeps what it is told. */
export function createMemoryLog(): { log: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const make = (carried: LogFields): Logger => {
    const at =
      (level: LogLevel) =>
      (event: string, message: string, fields: LogFields = {}) =>
        void lines.push({ level, event, message, fields: { ...carried, ...fields } });
    return {
      debug: at("debug"),
      info: at("info"),
      warn: at("warn"),
      error: at("error"),
      child: (fields) => make({ ...carried, ...fields }),
    };
  };
  return { log: make({}), lines };
}

/** Fast rules, so that tests on the real clock take milliseconds. */
export const QUICK_PEER: Peer = {
  name: "quotes",
  hosts: ["quotes.example"],
  attempts: 3,
  delaysMs: [1, 2],
  timeoutMs: 5_000,
  spacingMs: 0,
  concurrency: 4,
};

export interface Bench extends AsyncDisposable {
  server: FaultServer;
  store: TestDatabase;
  door: HttpDoor;
  events: HttpEvent[];
  lines: LogLine[];
  /** Another door on the same database, as after a restart. */
  reopen(overrides?: Partial<HttpDoorOptions>): HttpDoor;
}

/** A door whose every host is the scripted server. */
export async function openBench(overrides: Partial<HttpDoorOptions> = {}): Promise<Bench> {
  const store = await openTestDatabase();
  const server = await startFaultServer();
  const events: HttpEvent[] = [];
  const { log, lines } = createMemoryLog();
  const clock: Clock = createSystemClock();
  const reopen = (more: Partial<HttpDoorOptions> = {}) =>
    createHttpDoor({
      db: store.db,
      clock,
      random: () => 0.5,
      log,
      fetch: routeTo(server),
      defaultTimeoutMs: 5_000,
      observe: (event) => void events.push(event),
      ...overrides,
      ...more,
    });
  const door = reopen();
  return {
    server,
    store,
    door,
    events,
    lines,
    reopen,
    async [Symbol.asyncDispose]() {
      await door.close();
      await server.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

export const request = (overrides: Partial<HttpRequest> = {}): HttpRequest => ({
  url: "https://quotes.example/chart",
  signal: new AbortController().signal,
  kind: "chart",
  ...overrides,
});

/** The `HttpCallError` that a call rejects with; anything else is an error of the test. */
export async function failureOf(call: Promise<unknown>): Promise<HttpCallError> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof HttpCallError) return thrown;
    throw thrown;
  }
  throw new Error("the call resolved");
}
