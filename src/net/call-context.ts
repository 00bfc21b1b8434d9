import type { Clock } from "../kit/clock.ts";
import { VigiaError } from "../kit/errors.ts";
import { type Logger, logContext } from "../kit/log.ts";
import type { Random } from "../kit/random.ts";
import { createRedactor, type Redactor } from "../kit/redact.ts";
import { secretsOf } from "./address.ts";
import type { Breaker } from "./breaker.ts";
import type { HttpRequest } from "./client.ts";
import type { Fetch } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import type { RefusalMemory } from "./memory.ts";
import type { Peer } from "./peer.ts";
import type { RunClosures } from "./run-closures.ts";
import type { StatusClass, UsageLedger } from "./usage.ts";

/** One request that ended, or one call that was refused before anything left: what counters and metrics hear. */
export interface HttpEvent {
  system: string;
  peer: string;
  kind: string;
  status: number | undefined;
  statusClass: StatusClass;
  outcome: "ok" | "failed" | "refused";
  durationMs: number;
  /** Bodies sent and received, the latter after decompression. */
  bytes: number;
  /** The part of them that was sent. */
  bytesSent: number;
  /** 1 when the request repeats an earlier one. */
  retries: 0 | 1;
}

/** What all calls of the process share. */
export interface CallTools {
  clock: Clock;
  random: Random;
  log: Logger;
  fetch: Fetch;
  ledger: UsageLedger;
  memory: RefusalMemory;
  defaultTimeoutMs: number;
  userAgent: string;
  /** Configured values that must never show in a text. */
  secrets: readonly string[];
  observe(event: HttpEvent): void;
  /** Aborts when the door closes. */
  closing: AbortSignal;
  /** True the first time on a day that a budget of this name is found empty. */
  isFirstNotice(budget: string): boolean;
}

/** Who calls whom, and through what. */
export interface CallPlace {
  system: string;
  peer: Peer;
  gate: Gate;
  breaker: Breaker;
  closures: RunClosures;
}

/** Everything about one call; `requestsSent` grows as it goes. */
export interface CallContext extends CallPlace {
  tools: CallTools;
  request: HttpRequest;
  method: string;
  headers: Headers;
  redactor: Redactor;
  /** Aborts with the caller's signal and when the door closes. */
  signal: AbortSignal;
  label: { system: string; peer: string; kind: string };
  requestsSent: number;
}

export function createCallContext(
  tools: CallTools,
  place: CallPlace,
  request: HttpRequest,
  signal: AbortSignal,
): CallContext {
  const { peer, system } = place;
  const headers = requestHeaders(tools.userAgent, peer, request);
  return {
    ...place,
    tools,
    request,
    method: request.method ?? "GET",
    headers,
    redactor: createRedactor([...tools.secrets, ...secretsOf(peer, request.url, headers)]),
    signal,
    label: { system, peer: peer.name, kind: request.kind },
    requestsSent: 0,
  };
}

/** Whether the caller wants the answer with this status, or an error. */
export function isWanted({ accept }: HttpRequest, status: number): boolean {
  return (status >= 200 && status < 300) || (accept ?? []).includes(status);
}

/** The request's own headers win over the peer's, and those over ours. */
function requestHeaders(userAgent: string, peer: Peer, request: HttpRequest): Headers {
  const headers = new Headers({ "user-agent": userAgent });
  const correlationId = logContext.getStore()?.correlation_id;
  if (typeof correlationId === "string" && /^[\x21-\x7e]{1,128}$/.test(correlationId))
    headers.set("x-request-id", correlationId);
  for (const [name, value] of Object.entries({ ...peer.headers, ...request.headers })) setHeader(headers, name, value);
  return headers;
}

/** The runtime's own error would repeat the value, which may be a key with a line break behind it. */
function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw new VigiaError("invalid_header", `The header ${name} has a name or value that HTTP does not allow.`, {
      hint: "Line breaks and characters outside Latin-1 are not allowed; often a line break was copied along with a key.",
    });
  }
}
