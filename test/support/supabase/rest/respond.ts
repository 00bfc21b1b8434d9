import { RestError } from "./errors.ts";
import { renderApplied } from "./prefer.ts";
import type { RestRequest } from "./request.ts";

/** What the database said to a request that succeeded. */
export interface Answer {
  /** JSON as Postgres wrote it. */
  body: string;
  /** Rows in the answer, or written. */
  rows: number;
  /** Rows in all, when the client wanted them counted. */
  total: number | undefined;
  /** New rows of an upsert. */
  inserted: number;
  returnsVoid: boolean;
}

/** Status, headers and body of T 3.4; PGRST103 when the page lies behind the last row. */
export function renderResponse(request: RestRequest, answer: Answer): Response {
  const { method, target, preferences } = request;
  const isCall = target.kind === "function";
  const isRead = isCall || method === "GET" || method === "HEAD";
  const headers = new Headers({
    "content-range": isRead ? rangeOfPage(request, answer) : rangeOfWrite(method, answer),
  });
  if (request.namesSchema) headers.set("content-profile", request.schema);
  const kind = isCall ? "call" : isRead ? "read" : method === "POST" ? "insert" : "change";
  const applied = renderApplied(preferences, kind);
  if (applied) headers.set("preference-applied", applied);
  const hasBody = isRead ? !answer.returnsVoid : preferences.return === "representation";
  if (hasBody) {
    const type = request.single ? "application/vnd.pgrst.object+json" : "application/json";
    headers.set("content-type", `${type}; charset=utf-8`);
  }
  const status = isRead ? statusOfPage(request, answer) : statusOfWrite(request, answer);
  return new Response(hasBody && method !== "HEAD" ? answer.body : null, { status, headers });
}

function rangeOfPage({ offset }: RestRequest, { rows, total }: Answer): string {
  const page = rows > 0 && total !== 0 ? `${offset}-${offset + rows - 1}` : "*";
  return `${page}/${total ?? "*"}`;
}

function rangeOfWrite(method: string, { rows, total }: Answer): string {
  const page = method === "PATCH" && rows > 0 ? `0-${rows - 1}` : "*";
  return `${page}/${total ?? "*"}`;
}

function statusOfPage({ offset }: RestRequest, { rows, total, returnsVoid }: Answer): number {
  if (returnsVoid) return 204;
  if (total === undefined) return 200;
  if (offset > total) {
    throw new RestError(416, "PGRST103", "Requested range not satisfiable", {
      details: `An offset of ${offset} was requested, but there are only ${total} rows.`,
    });
  }
  return rows < total ? 206 : 200;
}

function statusOfWrite({ method, preferences }: RestRequest, { rows, inserted }: Answer): number {
  if (method !== "POST") return preferences.return === "representation" ? 200 : 204;
  const mergedOnly = preferences.resolution === "merge-duplicates" && rows > 0 && inserted === 0;
  return mergedOnly ? 200 : 201;
}
