import { createRoute, z } from "@hono/zod-openapi";
import { type Audit, requesterOf, requireOperator } from "../../../server/identity/index.ts";
import { problems } from "../../../server/problem-schema.ts";
import { refuseInput } from "../../../server/refuse-input.ts";
import { createRouter } from "../../../server/router.ts";
import { importUniverse } from "../universe-refresh.ts";
import type { PortfolioRoutesOptions } from "./options.ts";
import { dateParameter } from "./parameters.ts";

const importRoute = createRoute({
  method: "post",
  path: "/api/radar/universe/import",
  tags: ["radar"],
  summary: "Take the members of the S&P 500 from CSV text",
  description:
    "Columns `Symbol,Security,GICS Sector`. For a house whose prices come from files and that reads no list by itself.",
  security: [{ bearer: [] }],
  middleware: [requireOperator] as const,
  request: {
    query: z.object({
      as_of: dateParameter.optional().openapi({ description: "The day of which the list speaks. Default: today." }),
      force: z.enum(["true", "false"]).default("false").openapi({ description: "Take a list that changed a lot." }),
    }),
    body: { required: true, content: { "text/csv": { schema: z.string() } } },
  },
  responses: {
    200: {
      description: "How the list changed.",
      content: {
        "application/json": {
          schema: z
            .object({ added: z.array(z.string()), removed: z.array(z.string()), total: z.number().int() })
            .openapi("UniverseUpdate"),
        },
      },
    },
    ...problems(401, 403, 413, 422, 429),
  },
});

/** The list of members by hand, for a house that reads no network. */
export function universeRoutes({ db, clock }: PortfolioRoutesOptions, audit: Audit) {
  return createRouter().openapi(importRoute, async (context) => {
    const { as_of, force } = context.req.valid("query");
    const options = { force: force === "true", ...(as_of === undefined ? {} : { asOf: as_of }) };
    const update = await importUniverse({ db, clock }, await context.req.text(), options).catch(
      refuseInput(LIST_FAULTS),
    );
    await audit({
      ...requesterOf(context),
      action: "universe.import",
      entity: "universe",
      entityId: "sp500",
      details: { added: update.added.length, removed: update.removed.length, total: update.total },
    });
    return context.json(update, 200);
  });
}

/** What is wrong with a list; each of these errors says how to mend it. */
const LIST_FAULTS = [
  ...["bad_header", "bad_csv", "bad_symbol", "too_large", "bad_params"],
  ...["duplicate_members", "universe_size", "universe_changed", "older_list"],
];
