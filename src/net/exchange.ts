import type { Clock } from "../kit/clock.ts";
import { linkAbort, whenAborted } from "./abort.ts";
import { BodyTooLargeError, decodeBody, readBody } from "./read-body.ts";

/** The part of `fetch` that the door uses; tests pass one that ends at a loopback server. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ExchangeOptions {
  fetch: Fetch;
  clock: Clock;
  url: URL;
  method: string;
  headers: Headers;
  body: string | Uint8Array<ArrayBuffer> | undefined;
  /** Time for everything, from connecting to the last byte of the body. */
  limitMs: number;
  maxBodyBytes: number;
  signal: AbortSignal;
  /** Statuses whose body is wanted whole; of others only the start is read. */
  isWanted(status: number): boolean;
}

/** One request and what came of it. Never an exception: a failing exchange is an ordinary result. */
export type Exchange = ExchangeMeasures &
  (
    | { ended: "answered"; status: number; headers: Headers; text: string }
    | { ended: "redirected"; status: number; location: string }
    | {
        ended: "failed";
        reason: "timeout" | "network" | "too_large" | "aborted";
        status: number | undefined;
        /** False when the connection was never made: then the peer has seen nothing. */
        sent: boolean;
        /** The system's code, for example `ECONNRESET`. */
        cause: string;
      }
  );

export type Answered = Extract<Exchange, { ended: "answered" }>;
/** An exchange after its redirects. */
export type Ended = Exclude<Exchange, { ended: "redirected" }>;

interface ExchangeMeasures {
  /** Bodies sent and received, the latter after decompression. */
  bytes: number;
  durationMs: number;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** An error's body is read for its explanation only. */
const ERROR_BODY_BYTES = 64 * 1024;
/** Codes of Node and Bun for a connection that was never made. */
const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ConnectionRefused",
  "ENOTFOUND",
  "EAI_AGAIN",
  "FailedToOpenSocket",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

export async function exchange(options: ExchangeOptions): Promise<Exchange> {
  const { clock, signal, isWanted } = options;
  const startedMs = clock.monotonicMs();
  const controller = new AbortController();
  const unlink = linkAbort(controller, [signal]);
  const timer = new AbortController();
  let timedOut = false;
  clock.sleep(options.limitMs, timer.signal).then(
    () => {
      timedOut = true;
      controller.abort(new Error("time limit"));
    },
    () => undefined,
  );
  const received: { response?: Response } = {};
  const measures = (bytes: number): ExchangeMeasures => ({
    bytes: bytes + bodyLength(options.body),
    durationMs: clock.monotonicMs() - startedMs,
  });
  try {
    // The race ends a stalled exchange even where a stream does not listen to its signal.
    const work = receive(options, controller.signal, received);
    return await Promise.race([work, whenAborted(controller.signal)]).then((got) => ({
      ...got,
      ...measures(got.bytes),
    }));
  } catch (thrown) {
    const { response } = received;
    const bytes = thrown instanceof BodyTooLargeError ? thrown.bytes : 0;
    // A refusal is understood by its status; whether its explanation arrives whole does not matter.
    if (response && !isWanted(response.status) && !signal.aborted)
      return { ended: "answered", status: response.status, headers: response.headers, text: "", ...measures(bytes) };
    const reason = signal.aborted ? "aborted" : timedOut ? "timeout" : failureOf(thrown);
    const cause = causeOf(thrown);
    const sent = response !== undefined || reason !== "network" || !NEVER_CONNECTED.has(cause);
    return { ended: "failed", reason, status: response?.status, sent, cause, ...measures(bytes) };
  } finally {
    timer.abort();
    unlink();
    // Lets go of a body that was not read to its end.
    controller.abort();
  }
}

type Received =
  | { ended: "answered"; status: number; headers: Headers; text: string; bytes: number }
  | { ended: "redirected"; status: number; location: string; bytes: number };

async function receive(
  { fetch, url, method, headers, body, isWanted, maxBodyBytes }: ExchangeOptions,
  signal: AbortSignal,
  received: { response?: Response },
): Promise<Received> {
  const response = await fetch(url.href, {
    method,
    headers,
    signal,
    redirect: "manual",
    // On a connection that is used again and turns out dead, Bun repeats a GET by itself: a request that nobody counted.
    keepalive: false,
    ...(body === undefined ? {} : { body }),
  });
  received.response = response;
  const { status } = response;
  const location = response.headers.get("location");
  if (method === "GET" && REDIRECTS.has(status) && location !== null && !isWanted(status)) {
    await response.body?.cancel().catch(() => undefined);
    return { ended: "redirected", status, location, bytes: 0 };
  }
  const content = await readBody(response, isWanted(status) ? maxBodyBytes : ERROR_BODY_BYTES);
  const text = decodeBody(content, response.headers.get("content-type"));
  return { ended: "answered", status, headers: response.headers, text, bytes: content.byteLength };
}

function failureOf(thrown: unknown): "network" | "too_large" {
  return thrown instanceof BodyTooLargeError ? "too_large" : "network";
}

/** Only a short code: messages and `path` of network errors hold the whole address. */
function causeOf(thrown: unknown): string {
  const error = thrown instanceof Error ? thrown : undefined;
  if (error && "code" in error && /^[\w.-]{1,60}$/.test(String(error.code))) return String(error.code);
  return error?.name ?? "unknown";
}

function bodyLength(body: string | Uint8Array | undefined): number {
  return body === undefined ? 0 : Buffer.byteLength(body);
}
