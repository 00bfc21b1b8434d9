export { createServer, type HouseRoutes, type ServerOptions } from "./app.ts";
export { deprecated } from "./deprecated.ts";
export type { ServerEnv } from "./env.ts";
export { contentEtag, noneMatchHolds, notModified } from "./etag.ts";
export { type Listening, listen } from "./listen.ts";
export { type CursorBinding, decodeCursor, encodeCursor, pageOf, pageQuery, pageSchema } from "./paging.ts";
export { HttpProblem } from "./problem.ts";
export { problemSchema, problems } from "./problem-schema.ts";
export { createRouter } from "./router.ts";
