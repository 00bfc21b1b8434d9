import type { Context, Hono } from "hono";
import { TrieRouter } from "hono/router/trie-router";
import type { ServerEnv } from "./env.ts";
import { HttpProblem, problemResponse } from "./problem.ts";

/** 405 with `Allow` when the path exists for other methods, else 404. */
export function createNotFound(app: Pick<Hono<ServerEnv>, "routes">): (context: Context<ServerEnv>) => Response {
  // Built at the first miss, when every route is there.
  let methodsByPath: TrieRouter<string> | undefined;
  return (context) => {
    methodsByPath ??= collectMethods(app);
    const allowed = new Set(methodsByPath.match("ALL", context.req.path)[0].map(([method]) => method));
    if (allowed.size === 0 || allowed.has(context.req.method)) return problemResponse(context, unknownPath());
    return problemResponse(context, methodNotAllowed([...allowed]));
  };
}

function collectMethods({ routes }: Pick<Hono<ServerEnv>, "routes">): TrieRouter<string> {
  const router = new TrieRouter<string>();
  const seen = new Set<string>();
  const add = (method: string, path: string) => {
    if (seen.has(`${method} ${path}`)) return;
    seen.add(`${method} ${path}`);
    router.add("ALL", path, method);
  };
  for (const { method, path } of routes) {
    if (method === "ALL") continue;
    add(method, path);
    if (method === "GET") add("HEAD", path);
  }
  return router;
}

const unknownPath = () =>
  new HttpProblem(404, "unknown_path", "There is nothing at this address. GET /docs lists what there is.");

const methodNotAllowed = (allowed: string[]) =>
  new HttpProblem(405, "method_not_allowed", `This address takes ${allowed.join(", ")} only.`, {
    headers: { Allow: allowed.join(", ") },
  });
