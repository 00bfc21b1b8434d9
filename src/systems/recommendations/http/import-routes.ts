import { createRoute, z } from "@hono/zod-openapi";
import { VigiaError } from "../../../kit/errors.ts";
import { requireOperator } from "../../../server/identity/index.ts";
import { HttpProblem } from "../../../server/problem.ts";
import { problems } from "../../../server/problem-schema.ts";
import { createRouter } from "../../../server/router.ts";
import { IMPORT_KINDS } from "../import-file.ts";
import type { RouteDependencies } from "./dependencies.ts";

const importRoute = createRoute({
  method: "post",
  path: "/api/recommendations/import/{kind}",
  tags: ["recommendations"],
  summary: "Fill the stored answers of a source from CSV text",
  security: [{ bearer: [] }],
  middleware: [requireOperator] as const,
  request: {
    params: z.object({ kind: z.enum(IMPORT_KINDS) }),
    query: z.object({ name: z.string().max(200).default("file.csv").openapi({ description: "Named in problems." }) }),
    body: { required: true, content: { "text/csv": { schema: z.string() } } },
  },
  responses: {
    200: {
      description: "What was stored; lines with a problem were left out.",
      content: {
        "application/json": {
          schema: z
            .object({
              kind: z.enum(IMPORT_KINDS),
              file: z.string(),
              rows: z.number().int(),
              stored: z.number().int(),
              subjects: z.array(z.string()),
              problems: z.array(z.string()),
            })
            .openapi("ImportReport"),
        },
      },
    },
    ...problems(401, 403, 422, 429),
  },
});

export function importRoutes({ importText }: RouteDependencies) {
  return createRouter().openapi(importRoute, async (context) => {
    const { kind } = context.req.valid("param");
    const { name } = context.req.valid("query");
    const report = await importText(kind, name, await context.req.text()).catch(refuseFile);
    return context.json(report, 200);
  });
}

/** A file that cannot be read is the sender's to mend; each of these errors says how. */
function refuseFile(thrown: unknown): never {
  if (!(thrown instanceof VigiaError) || !FILE_FAULTS.has(thrown.code)) throw thrown;
  throw new HttpProblem(422, thrown.code, [thrown.message, thrown.hint].filter(Boolean).join(" "), { cause: thrown });
}

const FILE_FAULTS = new Set(["bad_header", "bad_csv", "bad_data", "bad_file_name", "not_supported"]);
