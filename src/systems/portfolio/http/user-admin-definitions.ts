import { createRoute, z } from "@hono/zod-openapi";
import { requireOperator } from "../../../server/identity/index.ts";
import { pageQuery, pageSchema } from "../../../server/paging.ts";
import { problems } from "../../../server/problem-schema.ts";
import {
  importQuery,
  importReportSchema,
  listQuery,
  newUserBody,
  ownUserPath,
  portfolioBody,
  portfolioPath,
  userChangesBody,
  userDetailSchema,
  userPath,
  userSummarySchema,
} from "./user-admin-schemas.ts";

const common = { tags: ["portfolio"], security: [{ bearer: [] }] };
const operated = { ...common, middleware: requireOperator };

const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});
const body = <Schema extends z.ZodType>(schema: Schema) => ({
  required: true,
  content: { "application/json": { schema } },
});

export const listRoute = createRoute({
  ...operated,
  method: "get",
  path: "/api/portfolio/users",
  summary: "Users whose positions are analysed, oldest first",
  request: { query: listQuery.extend(pageQuery(50, 200).shape) },
  responses: { 200: json("A page of users.", pageSchema(userSummarySchema)), ...problems(400, 401, 403, 422) },
});

export const readRoute = createRoute({
  ...common,
  method: "get",
  path: "/api/portfolio/users/{id}",
  summary: "A user with portfolios and configuration",
  description: "Users read their own; the operator and admins of the house read everybody's.",
  request: { params: ownUserPath },
  responses: { 200: json("The user.", userDetailSchema), ...problems(401, 403, 404, 422, 429) },
});

export const createUserRoute = createRoute({
  ...operated,
  method: "post",
  path: "/api/portfolio/users",
  summary: "Add a user",
  request: { body: body(newUserBody) },
  responses: { 201: json("The user; `Location` is theirs.", userDetailSchema), ...problems(401, 403, 409, 422, 429) },
});

export const updateUserRoute = createRoute({
  ...operated,
  method: "patch",
  path: "/api/portfolio/users/{id}",
  summary: "Change what is sent of a user; null clears",
  request: { params: userPath, body: body(userChangesBody) },
  responses: { 200: json("The user.", userDetailSchema), ...problems(401, 403, 404, 409, 422, 429) },
});

export const removeUserRoute = createRoute({
  ...operated,
  method: "delete",
  path: "/api/portfolio/users/{id}",
  summary: "Remove a user with their portfolios, configuration, files, alerts and results",
  request: { params: userPath },
  responses: {
    204: { description: "The user is gone, and everything of theirs." },
    ...problems(401, 403, 404, 409, 422, 429),
  },
});

export const replacePortfolioRoute = createRoute({
  ...operated,
  method: "put",
  path: "/api/portfolio/users/{id}/portfolios/{portfolio}",
  summary: "Let a portfolio hold exactly these assets; it is made when there is none of that name",
  request: { params: portfolioPath, body: body(portfolioBody) },
  responses: {
    200: json("The user; the portfolio was there.", userDetailSchema),
    201: json("The user; the portfolio is new.", userDetailSchema),
    ...problems(401, 403, 404, 409, 422, 429),
  },
});

export const removePortfolioRoute = createRoute({
  ...operated,
  method: "delete",
  path: "/api/portfolio/users/{id}/portfolios/{portfolio}",
  summary: "Remove a portfolio with its assets",
  request: { params: portfolioPath },
  responses: { 204: { description: "The portfolio is gone." }, ...problems(401, 403, 404, 409, 422, 429) },
});

export const importRoute = createRoute({
  ...operated,
  method: "post",
  path: "/api/portfolio/import",
  summary: "Replace portfolios by the positions of a CSV text",
  request: { query: importQuery, body: { required: true, content: { "text/csv": { schema: z.string() } } } },
  responses: {
    200: json("What was stored; lines with a problem were left out.", importReportSchema),
    ...problems(401, 403, 404, 413, 422, 429),
  },
});
