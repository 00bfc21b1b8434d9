import { describe, expect, test } from "bun:test";
import { migratedDatabase } from "../support/postgres/index.ts";
import { undone } from "./files.ts";

const ANA = "0191f000-0000-7000-8000-00000000000a";
const BETO = "0191f000-0000-7000-8000-00000000000b";

describe("the bucket of reports", async () => {
  const { sql } = await migratedDatabase();
  const put = (name: string, bucket = "portfolio-files") =>
    sql`insert into storage.objects (bucket_id, name) values (${bucket}, ${name})`;
  await sql`insert into storage.buckets (id, name) values ('otro', 'otro')`;
  for (const user of [ANA, BETO]) {
    await put(`${user}/portfolio_informe.md`);
    await put(`informes/${user}/portfolio_informe.md`);
  }
  await put("raiz.json");
  await put(ANA);
  await put(`${ANA.toUpperCase()}/mayusculas.json`);
  await put(`x${ANA}/parecido.json`);
  await put(`${ANA}/ajeno.json`, "otro");

  const as = (role: string, sub: string | null, statement: string): Promise<string[] | string> =>
    undone(sql, async (transaction) => {
      const claims = JSON.stringify({ role, ...(sub === null ? {} : { sub }) });
      await transaction`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${claims}, true)`;
      return await transaction.unsafe(statement).then(
        (rows) => rows.map(({ name }) => name as string).sort(),
        ({ code }) => code as string,
      );
    });
  const LIST = "select name from storage.objects";

  test("A10: a user lists the own folder only, under a base prefix too; objects at the root are hidden", async () => {
    expect(await as("authenticated", ANA, LIST)).toEqual([
      `${ANA}/portfolio_informe.md`,
      `informes/${ANA}/portfolio_informe.md`,
    ]);
  });

  test("P45: of two users each reads theirs", async () => {
    expect(await as("authenticated", BETO, LIST)).toEqual([
      `${BETO}/portfolio_informe.md`,
      `informes/${BETO}/portfolio_informe.md`,
    ]);
  });

  test("A10: anon is denied, and so is whoever has a token without a user", async () => {
    expect(await as("anon", null, LIST)).toEqual([]);
    expect(await as("authenticated", null, LIST)).toEqual([]);
    expect(await as("anon", ANA, LIST)).toEqual([]);
  });

  test("A10: only the server writes, even in the user's own folder", async () => {
    const insert = `insert into storage.objects (bucket_id, name) values ('portfolio-files', '${ANA}/mio.json') returning name`;
    expect(await as("authenticated", ANA, insert)).toBe("42501");
    expect(await as("authenticated", ANA, `update storage.objects set metadata = '{}' returning name`)).toEqual([]);
    expect(await as("authenticated", ANA, "delete from storage.objects returning name")).toEqual([]);
    expect(await as("service_role", null, insert)).toEqual([`${ANA}/mio.json`]);
    expect(await as("service_role", null, LIST)).toHaveLength(9);
  });

  test("the bucket is private, of 10 MB, for JSON and Markdown", async () => {
    const [bucket] =
      await sql`select public, file_size_limit::int as bytes, allowed_mime_types from storage.buckets where id = 'portfolio-files'`;
    expect({ ...bucket }).toEqual({
      public: false,
      bytes: 10_485_760,
      allowed_mime_types: ["application/json", "text/markdown"],
    });
  });
});
