import { Hono } from "hono";

/** One Hono route that sends a text as long as `BODY_BYTES` says: what the framework can do at best. */
const body = "x".repeat(Number(process.env.BODY_BYTES));
const app = new Hono().get("/static", (context) => context.body(body, 200, { "Content-Type": "application/json" }));

Bun.serve({ hostname: "127.0.0.1", port: Number(process.env.PORT), development: false, fetch: app.fetch });
process.on("SIGTERM", () => process.exit(0));
