import { createRoute, z } from "@hono/zod-openapi";
import { FILE_NAMES } from "../../../db/schema/portfolio.ts";
import { notModified } from "../../../server/etag.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { listFiles, type StoredFile } from "../store/file-sets.ts";
import { fileSchema, marketFileSchema, portfolioFileSchema } from "./file-schemas.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { createReportPrinter } from "./report-printer.ts";
import { ownUserPath } from "./user-admin-schemas.ts";
import { fileOf, NO_FILE, userOf } from "./user-of.ts";

const common = { tags: ["portfolio"], security: [{ bearer: [] }] };
const description = "Users read their own; the operator and admins of the house read everybody's.";
const { 404: notFound, ...refusals } = problems(401, 403, 404, 422, 429);
const noFile = { ...refusals, 404: { ...notFound, description: NO_FILE } };
const unchanged = { description: "The client has this version already." };

const list = createRoute({
  ...common,
  method: "get",
  path: "/api/portfolio/users/{id}/files",
  summary: "The user's files, without their texts",
  description,
  request: { params: ownUserPath },
  responses: {
    200: {
      description: "Four files, two for a user without positions, none before the first cycle.",
      content: { "application/json": { schema: z.object({ items: z.array(fileSchema), count: z.number().int() }) } },
    },
    ...refusals,
    404: notFound,
  },
});

const one = createRoute({
  ...common,
  method: "get",
  path: "/api/portfolio/users/{id}/files/{name}",
  summary: "One file as it is delivered; its tag is the SHA-256 of its bytes",
  description,
  request: { params: ownUserPath.extend({ name: z.enum(FILE_NAMES) }) },
  responses: {
    200: {
      description: "The file: JSON for the two `_analisis.json`, else Markdown. `X-Revision` as in the list.",
      content: {
        "application/json": { schema: z.union([portfolioFileSchema, marketFileSchema]) },
        "text/markdown": { schema: z.string() },
      },
    },
    304: unchanged,
    ...noFile,
  },
});

const pdf = createRoute({
  ...common,
  method: "get",
  path: "/api/portfolio/users/{id}/report.pdf",
  summary: "A report as PDF",
  description,
  request: {
    params: ownUserPath,
    query: z.object({ report: z.enum(["portfolio", "market"]).default("portfolio") }),
  },
  responses: {
    200: {
      description: "The text of portfolio_informe.md or mercado_informe.md.",
      content: { "application/pdf": { schema: z.string().openapi({ format: "binary" }) } },
    },
    304: unchanged,
    ...noFile,
  },
});

/** Own data: browsers may keep it for a minute, nobody in between. */
const CACHE_CONTROL = "private, max-age=60";

/** A user's own files: for the user's token, the operator and admins of the house. */
export function userFileRoutes({ db }: PortfolioRoutesOptions) {
  const print = createReportPrinter();
  return createRouter()
    .openapi(list, async (context) => {
      const userId = await userOf(context, context.req.valid("param").id, db);
      const items = (await listFiles(db.read, userId)).map(renderFile);
      return context.json({ items, count: items.length }, 200, { "Cache-Control": "no-store" });
    })
    .openapi(one, async (context) => {
      const { id, name } = context.req.valid("param");
      const { content, sha256, revision } = await fileOf(await userOf(context, id, db), name, db);
      const headers = { "Cache-Control": CACHE_CONTROL, ETag: `"${sha256}"`, "X-Revision": String(revision) };
      return (notModified(context.req.raw, headers.ETag, headers) ??
        context.body(content, 200, { ...headers, "Content-Type": contentType(name) })) as never;
    })
    .openapi(pdf, async (context) => {
      const { report } = context.req.valid("query");
      const name = report === "portfolio" ? "portfolio_informe.md" : "mercado_informe.md";
      const userId = await userOf(context, context.req.valid("param").id, db);
      const { content, sha256, revision } = await fileOf(userId, name, db);
      const headers = {
        "Cache-Control": CACHE_CONTROL,
        ETag: `"${sha256}-pdf"`,
        "X-Revision": String(revision),
        "Content-Disposition": `attachment; filename="${name.replace(/\.md$/, ".pdf")}"`,
      };
      const known = notModified(context.req.raw, headers.ETag, headers);
      if (known) return known as never;
      const bytes = await print(sha256, content);
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
