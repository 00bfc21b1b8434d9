import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { renderSchema } from "../../scripts/render-schema.ts";
import { migratedDatabase } from "../support/postgres/index.ts";
import { queryOf, undone } from "./files.ts";

test("supabase/schema.json is what the migrations make; bun run scripts/render-schema.ts writes it", async () => {
  await using database = await migratedDatabase();
  const rendered = await undone(database.sql, (sql) => renderSchema(queryOf(sql)));
  expect(JSON.parse(readFileSync(join(import.meta.dir, "../../supabase/schema.json"), "utf8"))).toEqual(
    JSON.parse(rendered),
  );
});
