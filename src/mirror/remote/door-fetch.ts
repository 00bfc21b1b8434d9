import { seconds } from "../../kit/duration.ts";
import { createRedactor, type Redactor } from "../../kit/redact.ts";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../net/client.ts";
import { HttpCallError } from "../../net/http-call-error.ts";
import { SUPABASE_PEER } from "./peer.ts";

/** Reads answer sooner than writes, which may wait for the gateway's own minute. */
const READ_TIMEOUT_MS = seconds(30);
/** Serialization failure and deadlock: nothing was done, and the same statement may pass (concordance 6). */
const PASSING_STATES = ["40001", "40P01"];
/** Answers that supabase-js has to read; the door repeats the others by itself. */
const READ_STATUSES = [
  300, 304, 400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 416, 422, 431, 500,
];

export interface DoorFetch {
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** What ended the last call without an answer: supabase-js keeps only its message. */
  readonly failure: HttpCallError | undefined;
}

/**
 * `fetch` for supabase-js that goes through the house's door, which alone spaces, limits, repeats and counts. What the client
 * would read as success without one having happened becomes an error here: a 404 without a body, which it takes for 204.
 */
export function createDoorFetch(http: HttpClient, signal: AbortSignal, key: string): DoorFetch {
  const redactor = createRedactor([key]);
  let failure: HttpCallError | undefined;
  return {
    async fetch(input, init = {}) {
      failure = undefined;
      const request = await doorRequest(input, init, signal);
      try {
        return toResponse(await http.call(SUPABASE_PEER, request), redactor);
      } catch (thrown) {
        if (!(thrown instanceof HttpCallError)) throw thrown;
        failure = thrown;
        // A success whose body never came whole, or was too large, is none.
        if (thrown.status !== undefined && thrown.status >= 300) return failedResponse(thrown, thrown.status, redactor);
        throw thrown;
      }
    },
    get failure() {
      return failure;
    },
  };
}

async function doorRequest(
  input: string | URL | Request,
  { method = "GET", headers, body, signal: own }: RequestInit,
  signal: AbortSignal,
): Promise<HttpRequest> {
  const url = input instanceof Request ? input.url : String(input);
  const reads = method === "GET" || /\/object\/(list|info)\//.test(url);
  return {
    url,
    method: method as NonNullable<HttpRequest["method"]>,
    headers: Object.fromEntries(new Headers(headers)),
    ...(body == null ? {} : { body: await bodyOf(body) }),
    signal: own ? AbortSignal.any([own, signal]) : signal,
    kind: kindOf(url, reads),
    // Upserts by key, deletions by key, objects with upsert: a second time does no harm.
    idempotent: true,
    accept: READ_STATUSES,
    retryIf: (status, text) => status === 500 && PASSING_STATES.some((state) => text.includes(`"${state}"`)),
    ...(reads ? { timeoutMs: READ_TIMEOUT_MS } : {}),
  };
}

async function bodyOf(body: NonNullable<RequestInit["body"]>): Promise<string | Uint8Array<ArrayBuffer>> {
  return typeof body === "string" ? body : new Uint8Array(await new Response(body).arrayBuffer());
}

function kindOf(url: string, reads: boolean): string {
  const service = /^\/(rest|storage|auth)\/v1\//.exec(new URL(url).pathname)?.[1] ?? "other";
  return `${service}_${reads ? "read" : "write"}`;
}

const BODYLESS = new Set([204, 304]);

/** An error may repeat the request; it is masked while it is whole, because half of a key is not known for one any more. */
function toResponse({ status, headers, text }: HttpAnswer, redactor: Redactor): Response {
  // An array is taken for an empty result, no body for a deletion that worked.
  if (status === 404 && !text.trimStart().startsWith("{"))
    return refusal(404, "wrong_address", "The project answered 404 without a reason.");
  const kept = new Headers();
  for (const name of ["content-type", "content-range", "preference-applied", "retry-after"]) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  const body = status >= 400 ? redactor.text(text) : text;
  return new Response(BODYLESS.has(status) ? null : body, { status, headers: kept });
}

/** An answer that the door gave up on: only the start of its body is known; of one that is cut, nothing is passed on. */
function failedResponse({ bodyExcerpt = "", message }: HttpCallError, status: number, redactor: Redactor): Response {
  const isWhole = bodyExcerpt.startsWith("{") && bodyExcerpt.trimEnd().endsWith("}");
  return refusal(status, "", redactor.text(isWhole ? bodyExcerpt : message));
}

const refusal = (status: number, code: string, message: string): Response =>
  Response.json({ code, message, details: null, hint: null }, { status });
