import { VigiaError } from "../kit/errors.ts";
import type { Connection } from "./connect.ts";

/** The HTTP API answered with a problem: its sentence, its code, and the status. */
export class ApiError extends VigiaError {
  override readonly name = "ApiError";
  readonly status: number;
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Record<string, unknown>) {
    const text = (value: unknown) => (typeof value === "string" ? value : undefined);
    super(text(problem.code) ?? `http_${status}`, text(problem.detail) ?? `The server answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

/** Calls a JSON route; rejects with `ApiError` for anything but 2xx. */
export async function callApi<Body>(connection: Connection, path: string, init?: RequestInit): Promise<Body> {
  const response = await connection.fetch(path, init);
  const body = (await response.json().catch(() => ({}))) as Body;
  if (!response.ok) throw new ApiError(response.status, body as Record<string, unknown>);
  return body;
}

export function postApi<Body>(connection: Connection, path: string, body?: unknown): Promise<Body> {
  return callApi<Body>(connection, path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** `?a=1&b=2` of the parameters that are set. */
export function query(parameters: Record<string, string | number | undefined>): string {
  const set = Object.entries(parameters).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return set.length === 0 ? "" : `?${new URLSearchParams(set)}`;
}
