/** The least that a Bun server can be: what a start and a resident process cost by themselves. */
Bun.serve({ hostname: "127.0.0.1", port: Number(process.env.PORT), fetch: () => new Response("hello") });
process.on("SIGTERM", () => process.exit(0));
