import { z } from "@hono/zod-openapi";

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().openapi({ description: "A sentence for people." }),
    code: z.string().openapi({ description: "Stable name of the problem." }),
    request_id: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string(), code: z.string() })).optional(),
  })
  .openapi("Problem");

const DESCRIPTIONS = {
  400: "The cursor or the body cannot be read.",
  401: "No valid token was sent.",
  403: "The token does not allow this.",
  404: "There is no such thing, or it is not yours to see.",
  409: "It cannot be done in the present state.",
  413: "The body is too large.",
  422: "A parameter is not valid.",
  429: "Too many requests; `Retry-After` says when to come back.",
  503: "Not now: the process is stopping, or the sources have nothing at the moment.",
  507: "The disk is nearly full.",
} as const;

type ProblemStatus = keyof typeof DESCRIPTIONS;

/** Documents the refusals of a route: `responses: { 200: …, ...problems(404, 422) }`. */
export function problems<Status extends ProblemStatus>(...statuses: Status[]) {
  const entries = statuses.map((status) => [
    status,
    { description: DESCRIPTIONS[status], content: { "application/problem+json": { schema: problemSchema } } },
  ]);
  return Object.fromEntries(entries) as {
    [Key in Status]: {
      description: string;
      content: { "application/problem+json": { schema: typeof problemSchema } };
    };
  };
}
