import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { FILE_NAMES } from "../../../db/schema/portfolio.ts";
import type { ServerEnv } from "../../../server/env.ts";
import { notModified } from "../../../server/etag.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { listFiles, loadFile, type StoredFile } from "../store/file-sets.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { userParameter } from "./parameters.ts";
import { userOf } from "./user-of.ts";

const SECURED = [{ bearer: [] }];
const TAGS = ["portfolio"];

const fileSchema = z
  .object({
    name: z.enum(FILE_NAMES),
    sha256: z.string(),
    bytes: z.number().int(),
    revision: z.number().int().openapi({ description: "The same for all files of the user: they change together." }),
    analysed_at: z.string(),
  })
  .openapi("PortfolioFile");

const list = createRoute({
  method: "get",
  path: "/api/portfolio/users/{user}/files",
  tags: TAGS,
  summary: "The user's files, without their texts",
  security: SECURED,
  request: { params: z.object({ user: userParameter }) },
  responses: {
    200: {
      description: "Four files, two for a user without positions, none before the first cycle.",
      content: { "application/json": { schema: z.object({ items: z.array(fileSchema), count: z.number().int() }) } },
    },
    ...problems(401, 403, 404),
  },
});

const one = createRoute({
  method: "get",
  path: "/api/portfolio/users/{user}/files/{name}",
  tags: TAGS,
  summary: "One file as it is delivered; its tag is the SHA-256 of its bytes",
  security: SECURED,
  request: { params: z.object({ user: userParameter, name: z.enum(FILE_NAMES) }) },
  responses: {
    200: {
      description: "The text.",
      content: { "application/json": { schema: z.unknown() }, "text/markdown": { schema: z.string() } },
    },
    304: { description: "The client has this version already." },
    ...problems(401, 403, 404, 422),
  },
});

const pdf = createRoute({
  method: "get",
  path: "/api/portfolio/users/{user}/report.pdf",
  tags: TAGS,
  summary: "A report as PDF",
  security: SECURED,
  request: {
    params: z.object({ user: userParameter }),
    query: z.object({ report: z.enum(["portfolio", "market"]).default("portfolio") }),
  },
  responses: {
    200: { description: "The document.", content: { "application/pdf": { schema: z.string() } } },
    304: { description: "The client has this version already." },
    ...problems(401, 403, 404, 422),
  },
});

/** A user's own files: for the user's token, the operator and admins of the house. */
export function userFileRoutes({ db }: PortfolioRoutesOptions) {
  const fileOf = async (context: Context<ServerEnv>, user: string, name: (typeof FILE_NAMES)[number]) => {
    const userId = await userOf(context, user, db);
    const file = await loadFile(db.read, userId, name);
    if (!file) throw noFileYet(name);
    return file;
  };
  return createRouter()
    .openapi(list, async (context) => {
      const userId = await userOf(context, context.req.valid("param").user, db);
      const items = (await listFiles(db.read, userId)).map(renderFile);
      return context.json({ items, count: items.length }, 200, { "Cache-Control": "no-store" });
    })
    .openapi(one, async (context) => {
      const { user, name } = context.req.valid("param");
      const { content, sha256, revision } = await fileOf(context, user, name);
      const headers = { "Cache-Control": "private, max-age=60", ETag: `"${sha256}"`, "X-Revision": String(revision) };
      return (notModified(context.req.raw, headers.ETag, headers) ??
        context.body(content, 200, { ...headers, "Content-Type": contentType(name) })) as never;
    })
    .openapi(pdf, async (context) => {
      const { report } = context.req.valid("query");
      const name = report === "portfolio" ? "portfolio_informe.md" : "mercado_informe.md";
      const { content, sha256 } = await fileOf(context, context.req.valid("param").user, name);
      const headers = {
        "Cache-Control": "private, max-age=60",
        ETag: `"${sha256}-pdf"`,
        "Content-Disposition": `attachment; filename="${name.replace(/\.md$/, ".pdf")}"`,
      };
      const known = notModified(context.req.raw, headers.ETag, headers);
      if (known) return known as never;
      // Loaded with the first request: the library is large, and few processes ever print.
      const { renderPdf } = await import("../../../kit/pdf/index.ts");
      const bytes = await renderPdf(content);
      return context.body(bytes, 200, { ...headers, "Content-Type": "application/pdf" }) as never;
    });
}

const contentType = (name: string): string =>
  name.endsWith(".json") ? "application/json; charset=utf-8" : "text/markdown; charset=utf-8";

const renderFile = ({ name, sha256, bytes, revision, analysedAt }: StoredFile) => ({
  name,
  sha256,
  bytes,
  revision,
  analysed_at: analysedAt,
});

const noFileYet = (name: string) =>
  new HttpProblem(
    404,
    "no_file_yet",
    `There is no ${name} of this user. portfolio_cycle makes the first one; a user without positions has the market's files only.`,
  );
