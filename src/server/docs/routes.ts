import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context } from "hono";
import type { ServerEnv } from "../env.ts";
import { contentEtag, notModified } from "../etag.ts";
import { createRouter } from "../router.ts";

/** Swagger UI's files come out of its package: a machine without internet shows the page too. */
const PACKAGE_DIR = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));

const ASSETS: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "favicon-32x32.png": "image/png",
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vigía API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="routes"></div>
<noscript>This page draws <a href="/openapi.json">/openapi.json</a> with a script.</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#routes",
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/** Only files of this server run here. Swagger UI sets styles on elements and draws its icons from data addresses. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `GET /docs`: Swagger UI on `/openapi.json`, with nothing from another host; `/redoc` leads there. */
export function docsRoutes() {
  const router = createRouter();
  router.get("/docs", (context) => send(context, PAGE, "text/html; charset=utf-8"));
  router.get("/docs/start.js", (context) => send(context, START, "text/javascript; charset=utf-8"));
  for (const [name, type] of Object.entries(ASSETS)) {
    const path = join(PACKAGE_DIR, name);
    let content: Promise<Uint8Array> | undefined;
    router.get(`/docs/${name}`, async (context) => {
      content ??= Bun.file(path).bytes();
      return send(context, await content, type);
    });
  }
  router.get("/redoc", (context) => context.redirect("/docs", 308));
  return router;
}

function send(context: Context<ServerEnv>, content: string | Uint8Array, type: string): Response {
  const etag = contentEtag(content);
  const headers = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
  };
  return (
    notModified(context.req.raw, etag, headers) ??
    context.body(content as string, 200, { ...headers, ETag: etag, "Content-Type": type })
  );
}
