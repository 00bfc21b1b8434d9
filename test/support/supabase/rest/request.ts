import { parseError, RestError, unsupported } from "./errors.ts";
import { type Preferences, parsePrefer } from "./prefer.ts";
import { splitList, unquote } from "./sql-text.ts";

/** A request as PostgREST understands it, before the catalogue has been asked. */
export interface RestRequest {
  method: "GET" | "HEAD" | "POST" | "PATCH" | "DELETE";
  target: { kind: "table" | "function"; name: string };
  schema: string;
  /** The client named a schema, which the answer then repeats. */
  namesSchema: boolean;
  preferences: Preferences;
  /** One object instead of an array. */
  single: boolean;
  select: string | null;
  order: string | null;
  limit: number | undefined;
  offset: number;
  columns: string[] | undefined;
  onConflict: string[] | undefined;
  /** Everything else of the query, in order: filters, and the arguments of a function that is read. */
  conditions: [key: string, value: string][];
  body: string;
  path: string;
  headers: Headers;
}

const RESERVED = new Set(["select", "order", "limit", "offset", "columns", "on_conflict"]);
const METHODS = new Set(["GET", "HEAD", "POST", "PATCH", "DELETE"]);
const OBJECT = "application/vnd.pgrst.object+json";

export async function readRequest(request: Request, schemas: string[]): Promise<RestRequest> {
  const { pathname, searchParams: query } = new URL(request.url);
  const method = request.method as RestRequest["method"];
  const target = parsePath(pathname);
  if (!METHODS.has(method) || (target.kind === "function" && ["PATCH", "DELETE"].includes(method))) {
    if (method === ("PUT" as string)) throw unsupported("PUT");
    throw new RestError(405, "PGRST117", `Unsupported HTTP method: ${method}`);
  }
  if (request.headers.has("range")) throw unsupported("the Range header");
  const isRead = method === "GET" || method === "HEAD";
  const profile = request.headers.get(isRead ? "accept-profile" : "content-profile");
  const schema = profile ?? schemas[0]!;
  if (!schemas.includes(schema)) {
    throw new RestError(406, "PGRST106", `Invalid schema: ${schema}`, {
      hint: `Only the following schemas are exposed: ${schemas.join(", ")}`,
    });
  }
  return {
    method,
    target,
    schema,
    namesSchema: profile !== null,
    preferences: parsePrefer(request.headers.get("prefer")),
    single: wantsObject(request.headers.get("accept")),
    select: query.get("select"),
    order: query.get("order"),
    limit: parseCount("limit", query.get("limit")),
    offset: parseCount("offset", query.get("offset")) ?? 0,
    columns: parseNames(query.get("columns")),
    onConflict: parseNames(query.get("on_conflict")),
    conditions: [...query].filter(([key]) => !RESERVED.has(key)),
    body: await readBody(request, isRead),
    path: pathname,
    headers: request.headers,
  };
}

function parsePath(pathname: string): RestRequest["target"] {
  const [first = "", second, ...more] = pathname.slice(1).split("/").map(decodeURIComponent);
  if (first === "") throw unsupported("the description of the API at /");
  if (first === "rpc" && second && more.length === 0) return { kind: "function", name: second };
  if (second !== undefined) throw new RestError(404, "PGRST125", "Invalid path specified in request URL");
  return { kind: "table", name: first };
}

function wantsObject(accept: string | null): boolean {
  const types = (accept ?? "*/*").split(",").map((type) => type.split(";")[0]!.trim().toLowerCase());
  const known = types.find((type) => ["*/*", "application/*", "application/json", OBJECT].includes(type));
  if (!known || accept?.includes("nulls=stripped")) {
    throw new RestError(406, "PGRST107", `None of these media types are available: ${accept}`);
  }
  return known === OBJECT;
}

function parseCount(name: string, value: string | null): number | undefined {
  if (value === null) return undefined;
  if (!/^\d+$/.test(value)) throw parseError(`${name} parameter`, value, "expecting digits");
  return Number(value);
}

const parseNames = (list: string | null): string[] | undefined =>
  list === null ? undefined : splitList(list).map((name) => unquote(name.trim()));

async function readBody(request: Request, isRead: boolean): Promise<string> {
  const type = request.headers.get("content-type") ?? "application/json";
  const body = isRead ? "" : await request.text();
  if (body !== "" && !/^application\/json\b/i.test(type)) {
    throw new RestError(415, "PGRST102", `Content-Type not acceptable: ${type}`);
  }
  return body;
}
