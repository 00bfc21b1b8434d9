import type { OpenAPIHono } from "@hono/zod-openapi";
import { type Alias, resolveAlias } from "./aliases.ts";
import type { ServerEnv } from "./env.ts";
import { contentEtag, notModified } from "./etag.ts";

/** Heading under which routes stand in the description. */
export interface ApiTag {
  name: string;
  description: string;
}

export interface DocumentOptions {
  version: string;
  aliases: readonly Alias[];
  /** Those of the systems; the house's own come after them. */
  tags: readonly ApiTag[];
}

type Document = ReturnType<OpenAPIHono<ServerEnv>["getOpenAPI31Document"]>;
type Operation = { responses?: Record<string, unknown>; deprecated?: boolean };

const HOUSE_TAGS: readonly ApiTag[] = [
  { name: "jobs", description: "Schedules, runs, alerts and events." },
  { name: "health", description: "Probes and figures." },
  { name: "deprecated", description: "Answers of the replaced API; each names its successor." },
];

const METHODS = ["get", "put", "post", "delete", "patch"] as const;
const PROBLEM = {
  description: "Anything that is not a success, as problem details (RFC 9457).",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** The API's description: every route, each with the problem answer; aliases are listed as deprecated. */
export function buildDocument(app: OpenAPIHono<ServerEnv>, { version, aliases, tags }: DocumentOptions): Document {
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description:
      "The operator's token, or that of an end user: the access token of the Supabase project, or one printed by `vigia token --user`. End users reach their own portfolio only. Reads of public data need no token.",
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Vigía",
      version,
      description: "Watches data sources on a schedule, scores what it finds, keeps the history and serves it.",
      license: { name: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [...tags, ...HOUSE_TAGS],
  });
  const paths = document.paths ?? {};
  for (const path of Object.values(paths)) addProblems(path as Record<string, Operation>);
  for (const alias of aliases) addAlias(paths as Record<string, Record<string, Operation>>, alias, aliases);
  return document;
}

function addProblems(path: Record<string, Operation>): void {
  for (const method of METHODS) {
    const operation = path[method];
    if (operation) operation.responses = { ...operation.responses, default: PROBLEM };
  }
}

function addAlias(paths: Record<string, Record<string, Operation>>, { from }: Alias, aliases: readonly Alias[]): void {
  const target = paths[resolveAlias(from, aliases)?.path ?? ""];
  if (!target) return;
  paths[from] = Object.fromEntries(
    Object.entries(target).map(([method, operation]) => [method, { ...operation, deprecated: true }]),
  );
}

/** `GET /openapi.json`: built at the first request, when every route is there. */
export function serveDocument(app: OpenAPIHono<ServerEnv>, options: DocumentOptions): void {
  let built: { body: string; etag: string } | undefined;
  app.get("/openapi.json", (context) => {
    if (!built) {
      const body = JSON.stringify(buildDocument(app, options));
      built = { body, etag: contentEtag(body) };
    }
    const headers = { "Cache-Control": "no-cache" };
    return (
      notModified(context.req.raw, built.etag, headers) ??
      context.body(built.body, 200, { ...headers, "Content-Type": "application/json", ETag: built.etag })
    );
  });
}
