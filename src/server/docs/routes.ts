import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { contentEtag, notModified } from "../etag.ts";
import { createRouter } from "../router.ts";

const PAGE_PATH = join(import.meta.dir, "page.html");

/**
 * `GET /docs`: one page that draws `/openapi.json`, with nothing from another host, because a machine without internet
 * has to show it too. (Scalar's package only links to its script on a CDN.)
 */
export function docsRoutes() {
  const page = readFileSync(PAGE_PATH, "utf8");
  const etag = contentEtag(page);
  const headers = {
    "Content-Security-Policy": contentPolicy(page),
    "Cache-Control": "no-cache",
    "Content-Type": "text/html; charset=utf-8",
  };
  const router = createRouter();
  router.get("/docs", (context) => {
    const { "Content-Type": _, ...cached } = headers;
    return notModified(context.req.raw, etag, cached) ?? context.body(page, 200, { ...headers, ETag: etag });
  });
  router.get("/redoc", (context) => context.redirect("/docs", 308));
  return router;
}

/** Only this page's own script and style run, named by their digests. */
function contentPolicy(page: string): string {
  const sources = (tag: string) => {
    const content = page.match(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`))?.[1] ?? "";
    return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
  };
  return [
    "default-src 'none'",
    `script-src ${sources("script")}`,
    `style-src ${sources("style")}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
