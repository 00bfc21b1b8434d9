import { createRoute, z } from "@hono/zod-openapi";
import { requireOperator } from "../../../server/identity/index.ts";
import { problems } from "../../../server/problem-schema.ts";
import { refuseInput } from "../../../server/refuse-input.ts";
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
    const report = await importText(kind, name, await context.req.text()).catch(refuseInput(FILE_FAULTS));
    return context.json(report, 200);
  });
}

/** What is wrong with a file; each of these errors says how to mend it. */
const FILE_FAULTS = ["bad_header", "bad_csv", "bad_data", "bad_file_name", "not_supported"];
