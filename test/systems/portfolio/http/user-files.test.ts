import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { FILE_NAMES, type FileName } from "../../../../src/db/schema/portfolio.ts";
import { sha256Hex } from "../../../../src/kit/hash.ts";
import { giveUser } from "../people/people-fixtures.ts";
import { giveFiles, openPortfolioApi, type PortfolioApi } from "./portfolio-api.ts";
import { FOREIGN, OWN } from "./roles.ts";

const POSITION = { symbol: "YPF", quantity: 2, value: 50, currency: "USD" };
const TOTAL = { currency: "USD", positions: 1, value: 50 };
const TEXTS: Record<FileName, string> = {
  "portfolio_informe.md": "# Informe de acción ✓\n\n- Año: 2024\n",
  "mercado_informe.md": "# Mercado\n",
  "mercado_analisis.json": '{\n  "market": {}\n}',
  "portfolio_analisis.json": JSON.stringify({
    portfolio: { positions: [POSITION], position_totals: [TOTAL] },
    data_source: "sample",
  }),
};
const MARKET_ONLY = {
  "mercado_informe.md": TEXTS["mercado_informe.md"],
  "mercado_analisis.json": TEXTS["mercado_analisis.json"],
};

let api: PortfolioApi;
beforeEach(async () => {
  api = await openPortfolioApi();
  await giveUser(api.db, { userId: OWN });
  await giveUser(api.db, { userId: FOREIGN });
});
afterEach(() => api[Symbol.asyncDispose]());
const mine = (path: string, headers: Record<string, string> = {}) =>
  api.ask("self", `/portfolio/users/me${path}`, { headers });

describe("the list", () => {
  test("is empty before the first cycle", async () => {
    expect((await mine("/files")).body).toEqual({ items: [], count: 0 });
  });

  test("names each file with the hash and size of its bytes, all of one revision", async () => {
    await giveFiles(api.db, OWN, TEXTS);
    await giveFiles(api.db, OWN, { ...TEXTS, "mercado_informe.md": "# Otro\n" });
    const { body } = await mine("/files");
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual([...FILE_NAMES].sort());
    for (const { name, sha256, bytes, revision, analysed_at } of body.items) {
      const text = name === "mercado_informe.md" ? "# Otro\n" : TEXTS[name as FileName];
      expect([name, sha256, bytes, revision]).toEqual([name, sha256Hex(text), Buffer.byteLength(text), 2]);
      expect(analysed_at).toBe("2024-03-08T23:00:00.000Z");
    }
  });
});

describe("a file", () => {
  test.each(FILE_NAMES.map((name) => [name]))(
    "%s comes byte by byte, with its type and its hash as tag",
    async (name) => {
      await giveFiles(api.db, OWN, TEXTS);
      const { status, headers, text } = await mine(`/files/${name}`);
      expect([status, text]).toEqual([200, TEXTS[name]]);
      expect(Object.fromEntries(headers)).toMatchObject({
        "content-type": name.endsWith(".json") ? "application/json; charset=utf-8" : "text/markdown; charset=utf-8",
        etag: `"${sha256Hex(TEXTS[name])}"`,
        "cache-control": "private, max-age=60",
        "x-revision": "1",
        "x-content-type-options": "nosniff",
      });
    },
  );

  test("304 without a body for who has it, 200 once it changed", async () => {
    await giveFiles(api.db, OWN, TEXTS);
    const etag = (await mine("/files/portfolio_informe.md")).headers.get("etag")!;
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const { status, headers, text } = await mine("/files/portfolio_informe.md", { "If-None-Match": tag });
      expect([tag, status, text, headers.get("etag"), headers.get("cache-control")]).toEqual([
        tag,
        304,
        "",
        etag,
        "private, max-age=60",
      ]);
    }
    expect((await mine("/files/mercado_informe.md", { "If-None-Match": etag })).status).toBe(200);
    await giveFiles(api.db, OWN, { ...TEXTS, "portfolio_informe.md": "# Nuevo\n" });
    const changed = await mine("/files/portfolio_informe.md", { "If-None-Match": etag });
    expect([changed.status, changed.text, changed.headers.get("x-revision")]).toEqual([200, "# Nuevo\n", "2"]);
  });

  test("HEAD says the same without a body", async () => {
    await giveFiles(api.db, OWN, TEXTS);
    const path = "/portfolio/users/me/files/mercado_analisis.json";
    const { status, text, headers } = await api.ask("self", path, { method: "HEAD" });
    expect([status, text, headers.get("etag")]).toEqual([200, "", `"${sha256Hex(TEXTS["mercado_analisis.json"])}"`]);
  });

  test("is one of four names", async () => {
    await giveFiles(api.db, OWN, TEXTS);
    for (const name of [
      "other.md",
      "PORTFOLIO_INFORME.MD",
      "portfolio_informe.md.",
      "%2e%2e%2fvigia.db",
      "__proto__",
    ]) {
      const { status, body } = await mine(`/files/${name}`);
      expect([name, status, body.errors[0].path]).toEqual([name, 422, "path.name"]);
    }
  });
});

const OF_PORTFOLIO = ["/files/portfolio_informe.md", "/files/portfolio_analisis.json", "/positions", "/report.pdf"];
const OF_MARKET = ["/files/mercado_informe.md", "/files/mercado_analisis.json", "/report.pdf?report=market"];

describe("404", () => {
  test.each([...OF_PORTFOLIO, ...OF_MARKET].map((path) => [path]))(
    "%s says that no cycle has run yet",
    async (path) => {
      const { status, body } = await mine(path);
      expect([status, body.code]).toEqual([404, "no_file_yet"]);
      expect(body.detail).toBe("There are no files of this user yet. portfolio_cycle makes the first ones.");
    },
  );

  test("of a user without positions says so, and the market's files are there", async () => {
    await giveFiles(api.db, OWN, MARKET_ONLY);
    expect((await mine("/files")).body.count).toBe(2);
    for (const path of OF_MARKET) expect([path, (await mine(path)).status]).toEqual([path, 200]);
    for (const path of OF_PORTFOLIO) {
      const { status, body } = await mine(path);
      expect([path, status, body.code]).toEqual([path, 404, "no_positions"]);
      expect(body.detail).toMatch(/^There is no portfolio_(informe\.md|analisis\.json): this user has no positions/);
    }
  });
});

describe("the positions", () => {
  test("are those of the file, with their sums, source and moment", async () => {
    await giveFiles(api.db, OWN, TEXTS);
    const { body, headers } = await mine("/positions");
    expect(body).toEqual({
      analysed_at: "2024-03-08T23:00:00.000Z",
      data_source: "sample",
      positions: [POSITION],
      position_totals: [TOTAL],
    });
    expect(headers.get("cache-control")).toBe("private, max-age=60");
    const etag = headers.get("etag")!;
    expect(etag).toStartWith(`"${sha256Hex(TEXTS["portfolio_analisis.json"])}`);
    expect((await mine("/positions", { "If-None-Match": etag })).status).toBe(304);
    // The file's own tag is of other bytes.
    const ofFile = (await mine("/files/portfolio_analisis.json")).headers.get("etag")!;
    expect((await mine("/positions", { "If-None-Match": ofFile })).status).toBe(200);
  });
});

describe("report.pdf", () => {
  test.each([
    ["", "portfolio_informe"],
    ["?report=portfolio", "portfolio_informe"],
    ["?report=market", "mercado_informe"],
  ])("%s is %s as a document to save", async (query, name) => {
    await giveFiles(api.db, OWN, TEXTS);
    const { status, headers, text } = await mine(`/report.pdf${query}`);
    expect([status, text.slice(0, 5)]).toEqual([200, "%PDF-"]);
    const etag = `"${sha256Hex(TEXTS[`${name}.md` as FileName])}-pdf"`;
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-type": "application/pdf",
      "content-disposition": `attachment; filename="${name}.pdf"`,
      "cache-control": "private, max-age=60",
      "x-revision": "1",
      etag,
    });
    const known = await mine(`/report.pdf${query}`, { "If-None-Match": etag });
    expect([known.status, known.text]).toEqual([304, ""]);
  });

  test("422 for another report", async () => {
    await giveFiles(api.db, OWN, TEXTS);
    expect((await mine("/report.pdf?report=both")).body.errors[0].path).toBe("query.report");
  });
});
