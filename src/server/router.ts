import { OpenAPIHono } from "@hono/zod-openapi";
import type { ZodError } from "zod";
import type { ServerEnv } from "./env.ts";
import { HttpProblem, type InvalidField } from "./problem.ts";

/** Names of request parts in problem paths. */
const PART_NAMES: Readonly<Record<string, string>> = { json: "body", param: "path" };
/** Faults listed in one answer. */
const MAX_FIELD_ERRORS = 20;

/** An empty part of the API: every validator's refusal becomes a 422 problem. */
export function createRouter(): OpenAPIHono<ServerEnv> {
  return new OpenAPIHono<ServerEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidInput(result.target, result.error);
    },
  });
}

/** 422 with each fault; `detail` is the first one as a sentence. */
export function invalidInput(target: string, error: ZodError): HttpProblem {
  const part = PART_NAMES[target] ?? target;
  const errors: InvalidField[] = error.issues.slice(0, MAX_FIELD_ERRORS).map((issue) => ({
    path: [part, ...issue.path.map(String)].join(".").slice(0, 100),
    message: issue.message.slice(0, 200),
    code: issue.code,
  }));
  const first = errors[0];
  const detail = first ? `${first.path} is not valid: ${first.message}` : "The request is not valid";
  return new HttpProblem(422, "invalid_input", `${detail.replace(/\.$/, "")}.`, { extensions: { errors } });
}
