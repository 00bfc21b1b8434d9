import type { Clock } from "../kit/clock.ts";
import { errorCode } from "../kit/errors.ts";
import { type Logger, logContext } from "../kit/log.ts";
import type { Random } from "../kit/random.ts";
import { createRedactor, type Redactor } from "../kit/redact.ts";
import { linkAbort } from "./abort.ts";
import { allowedAddress, headersForOtherHost, maskAddress, secretsOf } from "./address.ts";
import type { Breaker, Permit } from "./breaker.ts";
import type { HttpAnswer, HttpRequest } from "./client.ts";
import { type Exchange, exchange, type Fetch } from "./exchange.ts";
import type { Gate } from "./gate.ts";
import { type HttpCallCode, type HttpCallDetails, HttpCallError } from "./http-call-error.ts";
import type { RefusalMemory } from "./memory.ts";
import type { Peer } from "./peer.ts";
import { type AttemptFailure, mayHelp, parseRetryAfter, waitBeforeRetry } from "./retry.ts";
import type { RunClosures } from "./run-closures.ts";
import type { BudgetUnit, StatusClass, UsageLedger } from "./usage.ts";

/** One request that ended, or one call that was refused before anything left: what counters and metrics hear. */
export interface HttpEvent {
  system: string;
  peer: string;
  kind: string;
  status: number | undefined;
  statusClass: StatusClass;
  outcome: "ok" | "failed" | "refused";
  durationMs: number;
  bytes: number;
  /** 1 when the request repeats an earlier one. */
  retries: 0 | 1;
}

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

export interface CallPlace {
  system: string;
  peer: Peer;
  gate: Gate;
  breaker: Breaker;
  closures: RunClosures;
}

type Answered = Extract<Exchange, { ended: "answered" }>;
type Ended = Exclude<Exchange, { ended: "redirected" }>;

const DEFAULT_MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_REDIRECTS = 3;
const EXCERPT_CHARACTERS = 200;
/** More of an error's body is never looked at for its excerpt. */
const EXCERPT_SOURCE_CHARACTERS = 4_000;

/** One call: admission, attempts with their waits, and what the peer's answers teach for later calls. */
export class HttpCall {
  private readonly headers: Headers;
  private readonly redactor: Redactor;
  private readonly signal: AbortSignal;
  private readonly unlink: () => void;
  private requestsSent = 0;

  constructor(
    private readonly tools: CallTools,
    private readonly place: CallPlace,
    private readonly request: HttpRequest,
  ) {
    this.headers = requestHeaders(tools.userAgent, place.peer, request);
    this.redactor = createRedactor([...tools.secrets, ...secretsOf(place.peer, request.url, this.headers)]);
    const { controller, unlink } = linkAbort([request.signal, tools.closing]);
    this.signal = controller.signal;
    this.unlink = unlink;
  }

  async make(): Promise<HttpAnswer> {
    try {
      const url = allowedAddress(this.place.peer, this.request.url);
      if (!url) throw await this.refuseHost(this.request.url);
      await this.checkRefusals();
      const permit = this.place.breaker.ask();
      if (!permit) throw await this.refuseBreaker();
      try {
        return await this.makeAttempts(url, permit);
      } finally {
        permit.released();
      }
    } catch (thrown) {
      if (this.signal.aborted && !(thrown instanceof HttpCallError)) throw this.error("aborted", "was aborted");
      throw thrown;
    } finally {
      this.unlink();
    }
  }

  private async makeAttempts(url: URL, permit: Permit): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      // What an attempt teaches is noted inside the gate, so that the calls waiting behind it know before they start.
      const result = await this.place.gate.enter(() => this.makeAttempt(url, permit, attempt), this.signal);
      if ("answer" in result) return result.answer;
      await this.tools.clock.sleep(result.waitMs, this.signal);
    }
  }

  private async makeAttempt(
    url: URL,
    permit: Permit,
    attempt: number,
  ): Promise<{ answer: HttpAnswer } | { waitMs: number }> {
    await this.checkRefusals();
    if (permit.revoked) throw await this.refuseBreaker();
    const end = await this.follow(url, attempt, permit);
    if (end.ended === "answered" && isWanted(this.request, end.status)) {
      await this.noteAnswer(permit, end.status);
      return { answer: this.answer(end) };
    }
    const failure = this.failureOf(end);
    const { random } = this.tools;
    const repeatable = this.isGet || (this.request.idempotent ?? false);
    const waitMs = waitBeforeRetry(this.place.peer, failure, { attempt, repeatable, random });
    if (waitMs !== undefined) return { waitMs };
    await this.noteFailure(permit, failure);
    throw this.failureError(failure, end);
  }

  /** One attempt: the request and, for GET, up to three redirects within the peer's hosts. */
  private async follow(start: URL, attempt: number, permit: Permit): Promise<Ended> {
    let url = start;
    let headers = this.headers;
    let limitMs = this.request.timeoutMs ?? this.place.peer.timeoutMs ?? this.tools.defaultTimeoutMs;
    for (let redirects = 0; ; redirects++) {
      const end = await this.send(url, headers, limitMs, attempt);
      if (end.ended !== "redirected") return end;
      limitMs = Math.max(1, limitMs - end.durationMs);
      const next = allowedAddress(this.place.peer, end.location, url);
      if (!next || redirects === MAX_REDIRECTS) {
        permit.succeeded();
        if (!next) throw await this.refuseHost(URL.parse(end.location, url.href)?.href ?? "");
        throw this.error("too_many_redirects", `redirected more than ${MAX_REDIRECTS} times`, { status: end.status });
      }
      if (next.origin !== url.origin) headers = headersForOtherHost(headers);
      next.username = "";
      next.password = "";
      url = next;
    }
  }

  private async send(url: URL, headers: Headers, limitMs: number, attempt: number): Promise<Exchange> {
    const { clock, fetch } = this.tools;
    const { gate, peer } = this.place;
    const unit = await this.reserve();
    try {
      await gate.turn(this.signal);
    } catch (thrown) {
      await this.tools.ledger.refund(unit);
      throw thrown;
    }
    this.requestsSent++;
    const end = await exchange({
      fetch,
      clock,
      url,
      method: this.request.method ?? "GET",
      headers,
      body: this.request.body,
      limitMs,
      maxBodyBytes: peer.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
      signal: this.signal,
      isWanted: (status) => isWanted(this.request, status),
    });
    await this.count(unit, end, attempt, url);
    return end;
  }

  private async reserve(): Promise<BudgetUnit> {
    const { peer, system } = this.place;
    const { ledger, log } = this.tools;
    const decision = await ledger.reserve(this.label, peer.dailyLimit, this.request.reserve ?? 0);
    if (decision.granted) return decision.unit;
    const retryAt = ledger.resetsAt();
    const fields = { system, peer: peer.name, limit: peer.dailyLimit, resets_at: retryAt.toISOString() };
    if (decision.reason === "reserved") {
      const kept = `has only the ${this.request.reserve} requests left that are kept for the next batch`;
      throw await this.refuse("budget_reserved", kept, { retryAt, retryable: true });
    }
    if (this.tools.isFirstNotice(`${system}/${peer.name}`))
      log.warn("http.budget_exhausted", `${peer.name}: the day's ${peer.dailyLimit} requests are used.`, fields);
    throw await this.refuse("budget_exhausted", `has no requests left today (${peer.dailyLimit} a day)`, {
      retryAt,
      retryable: true,
      hint: "The budget begins anew at 00:00 UTC.",
    });
  }

  private async count(unit: BudgetUnit, end: Exchange, attempt: number, url: URL): Promise<void> {
    const { ledger, log, observe } = this.tools;
    const { durationMs, bytes, status } = end;
    const statusClass = statusClassOf(end);
    const isError =
      end.ended === "failed"
        ? end.reason !== "aborted"
        : end.ended === "answered" && !isWanted(this.request, end.status);
    const retry = attempt > 1;
    observe({
      ...this.label,
      status,
      statusClass,
      outcome: isError || end.ended === "failed" ? "failed" : "ok",
      durationMs,
      bytes,
      retries: retry ? 1 : 0,
    });
    const fields = {
      ...this.label,
      method: this.request.method ?? "GET",
      url: this.redactor.text(maskAddress(this.place.peer, url.href)),
      status,
      status_class: statusClass,
      duration_ms: Math.round(durationMs),
      attempt,
      ...(end.ended === "failed" ? { cause: end.cause } : {}),
    };
    if (isError) log.warn("http.call", `${this.place.peer.name}: ${statusClass} (${this.request.kind})`, fields);
    else log.debug("http.call", `${this.place.peer.name}: ${statusClass} (${this.request.kind})`, fields);
    try {
      await ledger.settle(unit, { statusClass, retry, error: isError, bytes, durationMs });
    } catch (thrown) {
      // The answer is worth more than its counter; the unit stays counted as `open`.
      log.warn("http.usage_failed", "A request could not be counted.", { ...this.label, error: errorCode(thrown) });
    }
  }

  private async noteAnswer(permit: Permit, status: number): Promise<void> {
    if (permit.succeeded()) await this.tools.memory.forgetBreaker(this.place.peer.name);
    await this.rememberStatus(status);
  }

  private async noteFailure(permit: Permit, { code, status }: AttemptFailure): Promise<void> {
    const { closures, peer } = this.place;
    if (code === "aborted") return;
    if (status !== undefined && (status === 429 || peer.opensOn?.includes(status))) closures.close(peer.name, status);
    if (!mayHelp(peer, { code, status })) return this.noteAnswer(permit, status ?? 0);
    if (permit.failed()) await this.noteBreakerOpen(status);
    if (status !== undefined) await this.rememberStatus(status);
  }

  private async noteBreakerOpen(status: number | undefined): Promise<void> {
    const { peer, system } = this.place;
    const { clock, log, memory } = this.tools;
    const until = new Date(clock.now().getTime() + (peer.breaker?.openMs ?? 0));
    const reason = `${peer.breaker?.failures} calls in a row failed`;
    log.warn("http.breaker_open", `${peer.name}: ${reason}; not asked until ${until.toISOString()}.`, {
      system,
      peer: peer.name,
      until: until.toISOString(),
    });
    await memory.remember({ peer: peer.name, subject: "", kind: "breaker", reason, status, until });
  }

  private async rememberStatus(status: number): Promise<void> {
    const { peer } = this.place;
    const { clock, ledger, memory } = this.tools;
    const rule = peer.remembers?.find((candidate) => candidate.status === status);
    if (!rule) return;
    const subject = rule.scope === "peer" ? "" : this.request.subject;
    // Without a subject there is nothing that the refusal could be about.
    if (subject === undefined) return;
    const { lasts } = rule;
    const until = "forMs" in lasts ? new Date(clock.now().getTime() + lasts.forMs) : ledger.resetsAt();
    const reason = `answered ${status} (${this.request.kind})`;
    await memory.remember({ peer: peer.name, subject, kind: rule.kind, reason, status, until });
  }

  /** What is known without asking: refusals of earlier calls, of this run or remembered. */
  private async checkRefusals(): Promise<void> {
    this.signal.throwIfAborted();
    const { closures, peer } = this.place;
    const remembered = await this.tools.memory.recall(peer.name, this.request.subject ?? "");
    if (remembered) {
      const until = remembered.until.toISOString();
      const isBreaker = remembered.kind === "breaker";
      throw await this.refuse(
        isBreaker ? "breaker_open" : "remembered_refusal",
        `is not asked until ${until}: ${remembered.reason}`,
        { retryAt: remembered.until, status: remembered.status, retryable: isBreaker },
      );
    }
    const closure = closures.find(peer.name);
    if (closure) {
      const span = closure.until ? `until ${closure.until.toISOString()}` : "for the rest of this run";
      const sentence = `is not asked ${span}, because it answered ${closure.status}`;
      throw await this.refuse("breaker_open", sentence, { status: closure.status, retryAt: closure.until });
    }
  }

  private refuseBreaker(): Promise<HttpCallError> {
    const { breaker } = this.place;
    const retryAt = new Date(this.tools.clock.now().getTime() + breaker.opensInMs);
    return this.refuse("breaker_open", "is not asked, because its last calls failed", { retryAt, retryable: true });
  }

  private async refuseHost(address: string): Promise<HttpCallError> {
    const { peer, system } = this.place;
    const shown = this.redactor.text(maskAddress(peer, address));
    const host = URL.parse(address)?.host ?? "(not an address)";
    this.tools.log.warn("http.refused", `${system} may not reach ${host} as ${peer.name}.`, {
      ...this.label,
      url: shown,
      hosts: peer.hosts,
    });
    return this.refuse("host_not_allowed", `may not be reached at ${host}`, {
      hint: `Allowed are ${peer.hosts.join(", ")}, over https; the system's declaration names them.`,
    });
  }

  /** Counts what never left, and gives the error to throw. */
  private async refuse(
    code: HttpCallCode,
    sentence: string,
    details: Partial<HttpCallDetails>,
  ): Promise<HttpCallError> {
    this.tools.observe({
      ...this.label,
      status: undefined,
      statusClass: "refused",
      outcome: "refused",
      durationMs: 0,
      bytes: 0,
      retries: 0,
    });
    this.tools.log.debug("http.not_sent", `${this.place.peer.name}: ${code} (${this.request.kind})`, {
      ...this.label,
      code,
    });
    await this.tools.ledger.refused(this.label);
    return this.error(code, sentence, details);
  }

  private failureOf(end: Ended): AttemptFailure {
    if (end.ended === "failed") return { code: end.reason, status: end.status, sent: end.sent };
    const retryAfterMs = parseRetryAfter(end.headers.get("retry-after"), this.tools.clock.now());
    return { code: "http_status", status: end.status, sent: true, retryAfterMs };
  }

  private failureError(failure: AttemptFailure, end: Ended): HttpCallError {
    const { clock } = this.tools;
    const { code, status, retryAfterMs } = failure;
    const retryAt = retryAfterMs === undefined ? undefined : new Date(clock.now().getTime() + retryAfterMs);
    return this.error(code, this.sentenceOf(failure, end), {
      status,
      retryAt,
      retryable: mayHelp(this.place.peer, failure),
      ...(end.ended === "failed" ? { cause: end.cause } : { bodyExcerpt: this.excerpt(end.text) }),
    });
  }

  private sentenceOf({ code, status }: AttemptFailure, end: Ended): string {
    switch (code) {
      case "timeout":
        return `did not answer within its time limit`;
      case "too_large":
        return `sent a body larger than ${this.place.peer.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES} bytes`;
      case "aborted":
        return "was aborted";
      case "http_status":
        return `answered ${status}`;
      default:
        return `could not be reached (${end.ended === "failed" ? end.cause : "unknown"})`;
    }
  }

  private answer({ status, headers, text }: Answered): HttpAnswer {
    return { status, headers, text, json: () => this.parse(status, text) };
  }

  private parse(status: number, text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      const isHtml = /^\s*</.test(text);
      const sentence = isHtml ? "sent HTML or XML instead of JSON" : "sent JSON that is broken or cut";
      throw this.error("bad_body", sentence, { status, retryable: true, bodyExcerpt: this.excerpt(text) });
    }
  }

  private excerpt(text: string): string {
    return this.redactor.text(text.slice(0, EXCERPT_SOURCE_CHARACTERS)).slice(0, EXCERPT_CHARACTERS);
  }

  private error(code: HttpCallCode, sentence: string, details: Partial<HttpCallDetails> = {}): HttpCallError {
    const { name } = this.place.peer;
    const { kind } = this.request;
    const attempts = this.requestsSent;
    const after = attempts > 1 ? `, ${attempts} requests` : "";
    return new HttpCallError(code, `${name} ${sentence} (${kind}${after}).`, {
      ...details,
      peer: name,
      kind,
      attempts,
    });
  }

  private get label() {
    return { system: this.place.system, peer: this.place.peer.name, kind: this.request.kind };
  }

  private get isGet(): boolean {
    return (this.request.method ?? "GET") === "GET";
  }
}

function isWanted({ accept }: HttpRequest, status: number): boolean {
  return (status >= 200 && status < 300) || (accept ?? []).includes(status);
}

function requestHeaders(userAgent: string, peer: Peer, request: HttpRequest): Headers {
  const headers = new Headers({ "user-agent": userAgent });
  const correlationId = logContext.getStore()?.correlation_id;
  if (typeof correlationId === "string" && /^[\x21-\x7e]{1,128}$/.test(correlationId))
    headers.set("x-request-id", correlationId);
  for (const [name, value] of Object.entries({ ...peer.headers, ...request.headers })) headers.set(name, value);
  return headers;
}

function statusClassOf(end: Exchange): StatusClass {
  if (end.ended === "failed" && end.reason !== "too_large") return end.reason;
  return `${Math.floor((end.status ?? 200) / 100)}xx` as StatusClass;
}
