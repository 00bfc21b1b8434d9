import type { Server } from "bun";
import { anonymous, type Caller, readBearer, roleOfOpaqueKey } from "./bearer.ts";
import type { FaultSchedule } from "./faults.ts";
import type { HistoryEntry, HistoryKeeper } from "./history.ts";
import type { ProjectKeys } from "./keys.ts";
import type { Limits } from "./limits.ts";
import { misbehave, tooLarge, wasSent } from "./misbehave.ts";
import { readTarget, type Service, type Target } from "./target.ts";
import type { Wire } from "./wire.ts";

/** A request whose body is in memory. */
export interface Incoming {
  target: Target;
  /** With the path behind the service's prefix. */
  request: Request;
  keys: ProjectKeys;
}

export interface GatewayParts {
  keys: ProjectKeys;
  faults: FaultSchedule;
  history: HistoryKeeper;
  limits: Limits;
  /** Whether bodies of writes stay in the history. */
  recordBodies: boolean;
  wire: () => Wire;
  /** Aborts when the server stops. */
  stopping: AbortSignal;
  rest: (request: Request, caller: Caller) => Promise<Response>;
  /** These two judge the bearer themselves, as the real ones do. */
  storage: (incoming: Incoming) => Promise<Response>;
  auth: (incoming: Incoming) => Promise<Response>;
}

/** PostgREST forgives clocks that differ by so much. */
const REST_SKEW_SECONDS = 30;

/** The door of a project: knows keys, limits, faults, and writes down what passes. */
export function createGateway(parts: GatewayParts): (request: Request, server: Server<undefined>) => Promise<Response> {
  const { history, limits, faults } = parts;
  return async (request, server) => {
    const port = server.requestIP(request)?.port ?? 0;
    const target = readTarget(request);
    const entry = history.begin(target);
    const gone = AbortSignal.any([request.signal, parts.stopping]);
    try {
      const body = new Uint8Array(await request.arrayBuffer());
      entry.bytes = body.byteLength;
      if (parts.recordBodies && target.service === "rest" && body.length > 0)
        entry.body = new TextDecoder().decode(body);
      const handle = () => answer(parts, { entry, target, body });
      const reset = () => parts.wire().reset(port);
      const fault = faults.take(target);
      if (fault) entry.fault = fault.kind;
      const response = fault
        ? await misbehave({ fault, service: target.service, handle, reset, gone })
        : body.byteLength > limits.maxBodyBytes
          ? tooLarge()
          : await handle();
      if (wasSent(response)) entry.status = response.status;
      return withoutKeepAlive(response);
    } catch (error) {
      // The client hung up while it was sending; nobody reads this.
      if (gone.aborted) return new Response(null, { status: 499 });
      throw error;
    } finally {
      // A stalled answer is open until the client or the server ends it.
      if (entry.fault !== "stalled-body" || gone.aborted) history.end(entry);
      else gone.addEventListener("abort", () => history.end(entry), { once: true });
    }
  };
}

interface Passing {
  entry: HistoryEntry;
  target: Target;
  body: Uint8Array<ArrayBuffer>;
}

async function answer(parts: GatewayParts, { entry, target, body }: Passing): Promise<Response> {
  const refused = refuseKey(parts.keys, target);
  if (refused) return refused;
  const url = new URL(target.path + target.query, "http://project.invalid");
  const hasBody = body.byteLength > 0 && target.method !== "GET" && target.method !== "HEAD";
  const inner = new Request(url.href, {
    method: target.method,
    headers: target.headers,
    body: hasBody ? body : null,
  });
  const caller = await readCaller(parts.keys, target);
  if (caller instanceof Response) return caller;
  if (caller) entry.role = caller.role;
  const incoming = { target, request: inner, keys: parts.keys };
  const response =
    target.service === "rest"
      ? await parts.rest(inner, caller ?? anonymous())
      : target.service === "storage"
        ? await parts.storage(incoming)
        : target.service === "auth"
          ? await parts.auth(incoming)
          : Response.json({ message: "no Route matched with those values" }, { status: 404 });
  entry.committed = response.ok && isWrite(target);
  return response;
}

function isWrite({ service, method, path }: Target): boolean {
  if (method === "GET" || method === "HEAD" || method === "OPTIONS") return false;
  return service !== "storage" || !/^\/object\/(list|list-v2|sign)\//.test(path);
}

/** Storage and the key set take requests without a key: public and signed objects are read by browsers. */
const NEEDS_KEY: Record<Service, (path: string) => boolean> = {
  rest: () => true,
  auth: (path) => !path.startsWith("/.well-known/"),
  storage: () => false,
  unknown: () => false,
};

function refuseKey(keys: ProjectKeys, { service, path, headers }: Target): Response | undefined {
  const key = headers.get("apikey");
  if (key === keys.secretKey && /^mozilla\//i.test(headers.get("user-agent") ?? "")) {
    const hint = "Secret API keys can only be used in a protected environment and should never be used in a browser.";
    return Response.json({ message: "Forbidden use of secret API key in browser", hint }, { status: 401 });
  }
  if (!NEEDS_KEY[service](path)) return undefined;
  if (!key) {
    const hint = "No `apikey` request header or url param was found.";
    return Response.json({ message: "No API key found in request", hint }, { status: 401 });
  }
  if (key === keys.serviceKey || key === keys.anonKey || roleOfOpaqueKey(keys, key)) return undefined;
  const hint = "Double check your Supabase `anon` or `service_role` API key.";
  return Response.json({ message: "Invalid API key", hint }, { status: 401 });
}

/** Whom the bearer stands for. Rest is refused here; the other services say it in their own words. */
async function readCaller(keys: ProjectKeys, { service, headers }: Target): Promise<Caller | Response | undefined> {
  const bearer = await readBearer(keys, headers.get("authorization"), service === "rest" ? REST_SKEW_SECONDS : 0);
  if (bearer.kind === "caller") return bearer.caller;
  if (service !== "rest") return undefined;
  if (bearer.kind === "absent") {
    // The gateway exchanges a new key for a token; a legacy key is one, but only as a bearer.
    const role = roleOfOpaqueKey(keys, headers.get("apikey") ?? "");
    return role ? { role, claims: { role } } : anonymous();
  }
  if (bearer.problem === "expired") return refusedToken("PGRST303", "JWT expired");
  if (bearer.parts !== 3) return refusedToken("PGRST301", `Expected 3 parts in JWT; got ${bearer.parts}`);
  const details = "None of the keys was able to decode the JWT";
  return refusedToken("PGRST301", "No suitable key or wrong key type", details);
}

const refusedToken = (code: string, message: string, details: string | null = null): Response =>
  Response.json(
    { code, details, hint: null, message },
    {
      status: 401,
      headers: {
        "proxy-status": `PostgREST; error=${code}`,
        "www-authenticate": `Bearer error="invalid_token", error_description="${message}"`,
      },
    },
  );

// One connection for each request: on a kept one Bun's fetch repeats a reset GET by itself, and hides what a test wants to see.
function withoutKeepAlive(response: Response): Response {
  response.headers.set("connection", "close");
  return response;
}
