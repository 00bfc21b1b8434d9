import type { Schema } from "./json-schema.ts";

/** The part of an OpenAPI 3.1 document that tests look at. */
export interface Document {
  openapi: string;
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, unknown> };
}

export interface Operation {
  tags?: string[];
  summary?: string;
  deprecated?: boolean;
  security?: Record<string, string[]>[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { description?: string; content?: Content }>;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  schema: Schema;
}

type Content = Record<string, { schema?: Schema }>;

export interface Route {
  method: string;
  path: string;
  operation: Operation;
}

export function routesOf({ paths }: Document): Route[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
  );
}

/** Finds what `#/components/schemas/Name` points at. */
export const resolverOf =
  ({ components }: Document) =>
  (ref: string): Schema => {
    const found = components.schemas[ref.replace("#/components/schemas/", "")];
    if (!found) throw new Error(`${ref} points at nothing`);
    return found;
  };
