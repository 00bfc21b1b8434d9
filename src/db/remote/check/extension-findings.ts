import type { Query } from "../connection.ts";
import { EXTENSIONS } from "./expected.ts";
import { type Finding, quoted } from "./finding.ts";

/** Missing or misplaced extensions. Warnings: reports and searches want them, no table does. */
export async function findExtensionFaults(query: Query): Promise<Finding[]> {
  const rows = await query<{ name: string; schema: string }>(
    "select extname as name, extnamespace::regnamespace::text as schema from pg_extension where extname = any ($1::text[])",
    [EXTENSIONS],
  );
  const schemas = new Map(rows.map(({ name, schema }) => [name, schema]));
  return EXTENSIONS.flatMap((name): Finding[] => {
    const schema = schemas.get(name);
    if (schema === undefined) {
      const fix = `create extension ${quoted(name)} with schema extensions;`;
      return [{ id: "EXT001", level: "warning", object: name, message: "extension is missing", fix }];
    }
    if (schema === "extensions") return [];
    const message = `extension is in the schema ${schema}, not in extensions`;
    const fix = `alter extension ${quoted(name)} set schema extensions;`;
    return [{ id: "EXT002", level: "warning", object: name, message, fix }];
  });
}
