import { VigiaError } from "../kit/errors.ts";
import type { Connection } from "./connection.ts";

/** The HTTP API answered with a problem: its sentence, its code, and the status. */
export class ApiError extends VigiaError {
  override readonly name = "ApiError";
  readonly status: number;

  constructor(status: number, { code, detail }: Problem, hint?: string) {
    super(code ?? `http_${status}`, detail ?? `The server answered ${status}.`, hint === undefined ? {} : { hint });
    this.status = status;
  }
}

interface Problem {
  code?: string;
  detail?: string;
}

/**
 * Calls a JSON route; undefined for success without a body (204). Errors: `ApiError` for anything but 2xx, `not_vigia`
 * when no JSON comes back.
 */
export async function callApi<Body>(connection: Connection, path: string, init?: RequestInit): Promise<Body> {
  const response = await connection.fetch(path, init);
  const body: unknown = await response.json().catch((thrown) => {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  });
  if (!response.ok) {
    const refused = response.status === 401 || response.status === 403;
    throw new ApiError(response.status, problemOf(body), refused ? connection.tokenHint : undefined);
  }
  if (response.status === 204) return undefined as Body;
  if (typeof body !== "object" || body === null)
    throw new VigiaError("not_vigia", `What answers at ${connection.address} is not Vigía.`, {
      hint: "Check the address and its port.",
    });
  return body as Body;
}

export function postApi<Body>(
  connection: Connection,
  path: string,
  { body, signal }: { body?: unknown; signal?: AbortSignal } = {},
): Promise<Body> {
  return callApi<Body>(connection, path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
}

/** `?a=1&b=2` of the parameters that are set. */
export function query(parameters: Record<string, string | number | undefined>): string {
  const set = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return set.length === 0 ? "" : `?${new URLSearchParams(set)}`;
}

function problemOf(body: unknown): Problem {
  const { code, detail } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return {
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof detail === "string" ? { detail } : {}),
  };
}
