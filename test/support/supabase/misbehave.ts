import { setTimeout as delay } from "node:timers/promises";
import type { Fault, FaultKind } from "./faults.ts";
import type { Service } from "./target.ts";

export interface Misbehaving {
  fault: Fault;
  service: Service;
  /** Lets the service handle the request. */
  handle: () => Promise<Response>;
  /** Resets the connection on which the answer is awaited. */
  reset: () => void;
  /** Aborts when the client has given up, or the server stops. */
  gone: AbortSignal;
}

/** Kinds whose answer is the service's own, torn or late. */
const TEARS: ReadonlySet<FaultKind> = new Set(["reset-after-commit", "stalled-body", "truncated-json", "slow"]);

/** Answers as the fault says. Status 0 of the result's header `x-nothing-sent` marks an answer that nobody receives. */
export async function misbehave(options: Misbehaving): Promise<Response> {
  const { fault, service, handle, reset, gone } = options;
  const handled = (fault.commit ?? TEARS.has(fault.kind)) ? await handle() : undefined;
  switch (fault.kind) {
    case "reset":
    case "reset-after-commit":
      reset();
      return nothing();
    case "hang":
      await until(gone);
      return nothing();
    case "slow":
      await delay(fault.delayMs ?? 50, undefined, { signal: gone }).catch(() => undefined);
      return handled ?? handle();
    case "stalled-body":
      return stalled(handled, gone);
    case "truncated-json":
      return truncated(handled);
    default:
      return refusal(fault, service);
  }
}

/** Stands for an answer that was never sent. */
const nothing = (): Response => new Response(null, { status: 204, headers: { "x-nothing-sent": "1" } });

export const wasSent = (response: Response): boolean => !response.headers.has("x-nothing-sent");

/** Refusals of the gateway, and those that look alike on every service. */
function refusal({ kind, retryAfter }: Fault, service: Service): Response {
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  if (kind === "57014") return statementTimeout(service);
  if (kind === "401-expired") return expiredToken(service);
  if (kind === "empty-404") return new Response(null, { status: 404, headers });
  if (kind === "429") return Response.json({ message: "API rate limit exceeded" }, { status: 429, headers });
  const title = HTML_TITLES[kind] ?? kind;
  return html(Number(kind), title, headers);
}

const HTML_TITLES: Partial<Record<FaultKind, string>> = {
  413: "413 Request Entity Too Large",
  502: "502 Bad Gateway",
  503: "503 Service Temporarily Unavailable",
  520: "520: Web server is returning an unknown error",
};

export const tooLarge = (): Response => html(413, "413 Request Entity Too Large");

const html = (status: number, title: string, headers: Record<string, string> = {}): Response =>
  new Response(`<html>\r\n<head><title>${title}</title></head>\r\n<body><h1>${title}</h1></body>\r\n</html>\r\n`, {
    status,
    headers: { "content-type": "text/html", ...headers },
  });

function statementTimeout(service: Service): Response {
  const message = "canceling statement due to statement timeout";
  if (service === "storage") {
    const told = "The connection to the database timed out";
    return Response.json(
      { statusCode: "544", error: "DatabaseTimeout", message: told, code: "DatabaseTimeout" },
      { status: 544 },
    );
  }
  if (service === "auth") return Response.json({ code: "request_timeout", message }, { status: 504 });
  return Response.json(
    { code: "57014", details: null, hint: null, message },
    { status: 500, headers: { "proxy-status": "PostgREST; error=57014" } },
  );
}

function expiredToken(service: Service): Response {
  if (service === "storage") {
    const message = '"exp" claim timestamp check failed';
    return Response.json({ statusCode: "403", error: "Unauthorized", message, code: "AccessDenied" }, { status: 400 });
  }
  if (service === "auth") {
    const message = "invalid JWT: unable to parse or verify signature, token has invalid claims: token is expired";
    return Response.json(
      { code: "bad_jwt", message },
      { status: 403, headers: { "x-sb-error-code": "bad_jwt", "x-supabase-api-version": "2024-01-01" } },
    );
  }
  return Response.json(
    { code: "PGRST303", details: null, hint: null, message: "JWT expired" },
    {
      status: 401,
      headers: {
        "proxy-status": "PostgREST; error=PGRST303",
        "www-authenticate": 'Bearer error="invalid_token", error_description="JWT expired"',
      },
    },
  );
}

/** A status that may carry a body, for answers whose body is what goes wrong. */
const bodied = (status = 200): number => (status === 204 ? 200 : status);

/** Headers and half of the body, then nothing until the client is gone. */
async function stalled(handled: Response | undefined, gone: AbortSignal): Promise<Response> {
  const whole = handled ? Buffer.from(await handled.arrayBuffer()) : Buffer.from("[]");
  const half = whole.subarray(0, Math.max(1, whole.length >> 1));
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      // White space where there was no body at all: without a byte the headers would not leave either.
      controller.enqueue(half.length > 0 ? half : Buffer.from(" "));
      await until(gone);
      try {
        controller.close();
      } catch {
        // The client is gone, and its stream with it.
      }
    },
  });
  const headers = new Headers(handled?.headers ?? { "content-type": "application/json" });
  headers.delete("content-length");
  return new Response(body, { status: bodied(handled?.status), headers });
}

/** A proper answer of HTTP whose JSON stops in the middle. */
async function truncated(handled: Response | undefined): Promise<Response> {
  const whole = (await handled?.text()) ?? "";
  const text = whole.length > 1 ? whole.slice(0, -Math.ceil(whole.length / 2)) : '[{"id":1},{"id"';
  const headers = new Headers(handled?.headers);
  headers.delete("content-length");
  headers.set("content-type", "application/json; charset=utf-8");
  return new Response(text, { status: bodied(handled?.status), headers });
}

function until(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
