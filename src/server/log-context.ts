import type { Context } from "hono";
import { logContext } from "../kit/log.ts";
import type { ServerEnv } from "./env.ts";

/** Work of a request whose log lines, and calls to elsewhere, carry the request's id. */
export function inLogContext<Result>(context: Context<ServerEnv>, work: () => Promise<Result>): Promise<Result> {
  return logContext.run({ correlation_id: context.get("requestId") }, work);
}
