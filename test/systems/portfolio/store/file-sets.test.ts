import { expect, spyOn, test } from "bun:test";
import type { FileName } from "../../../../src/db/schema/portfolio.ts";
import { sha256Hex } from "../../../../src/kit/hash.ts";
import {
  type FileText,
  fileText,
  listFiles,
  loadFile,
  loadSets,
  packSet,
  replaceSet,
  unpackText,
} from "../../../../src/systems/portfolio/store/file-sets.ts";
import { openTestDatabase, type TestDatabase } from "../../../support/database.ts";
import { AT, giveUser, uuid } from "../people/people-fixtures.ts";

async function save({ db }: TestDatabase, userId: string, texts: Map<FileName, FileText>): Promise<number> {
  const set = packSet({ userId, texts, runId: 1, analysedAt: AT });
  const stored = (await loadSets(db, [userId])).get(userId);
  return db.write((tx) => replaceSet(tx, set, stored));
}

test("the market's pair is compressed once, however many users get it, and never inside a transaction", async () => {
  await using store = await openTestDatabase();
  const market = fileText("# Mercado: año, señal, €");
  const compress = spyOn(Bun, "zstdCompressSync");
  try {
    for (const number of [1, 2, 3]) {
      const userId = uuid(number);
      await giveUser(store.db, { userId });
      const texts = new Map<FileName, FileText>([
        ["mercado_informe.md", market],
        ["portfolio_informe.md", fileText(`Posiciones de ${number}`)],
      ]);
      const set = packSet({ userId, texts, runId: 1, analysedAt: AT });
      const before = compress.mock.calls.length;
      await store.db.write((tx) => replaceSet(tx, set, undefined));
      expect(compress.mock.calls.length).toBe(before);
    }
    expect(compress.mock.calls.map(([text]) => String(text)).toSorted()).toEqual([
      "# Mercado: año, señal, €",
      ...[1, 2, 3].map((number) => `Posiciones de ${number}`),
    ]);
  } finally {
    compress.mockRestore();
  }
});

test("a text that is only compared is never compressed", () => {
  const compress = spyOn(Bun, "zstdCompressSync");
  try {
    expect(fileText("x").sha256).toBe(sha256Hex("x"));
    expect(compress).not.toHaveBeenCalled();
  } finally {
    compress.mockRestore();
  }
});

test.each(["", "á€😀\r\n", "x".repeat(1_000_000)])("a text comes back as it was stored (%#)", async (content) => {
  await using store = await openTestDatabase();
  await giveUser(store.db, { userId: uuid(1) });
  const text = fileText(content);
  expect(unpackText(text.packed)).toBe(content);
  expect(await save(store, uuid(1), new Map([["portfolio_informe.md", text]]))).toBe(1);
  const file = await loadFile(store.db.read, uuid(1), "portfolio_informe.md");
  expect(file).toMatchObject({ sha256: sha256Hex(content), bytes: Buffer.byteLength(content), revision: 1 });
  expect(file!.content === content).toBe(true);
});

test("a new set takes the place of the whole old one, and texts that nobody has any more go", async () => {
  await using store = await openTestDatabase();
  for (const number of [1, 2]) await giveUser(store.db, { userId: uuid(number) });
  const shared = fileText("compartido");
  const set = (own: string) =>
    new Map<FileName, FileText>([
      ["mercado_informe.md", shared],
      ["portfolio_informe.md", fileText(own)],
    ]);
  await save(store, uuid(1), set("a"));
  await save(store, uuid(2), set("b"));
  expect(await save(store, uuid(1), new Map([["mercado_informe.md", fileText("otro")]]))).toBe(1);
  expect(await listFiles(store.db.read, uuid(1))).toMatchObject([{ name: "mercado_informe.md", revision: 2 }]);
  const { rows } = await store.db.client.execute("select sha256 from portfolio_contents");
  expect(rows.map(({ sha256 }) => sha256).toSorted()).toEqual(["compartido", "b", "otro"].map(sha256Hex).toSorted());
});
