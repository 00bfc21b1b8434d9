import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openTestHouse, type TestHouse } from "../../../support/house.ts";
import { readSvg } from "../charts/read-svg.ts";
import { openPricesApi, sessions } from "./stored-prices.ts";

const SYMBOLS = ["AAPL", "BRK-B", "^GSPC", "YPFD.BA", "GC=F", "BTC-USD"];
const api = await openPricesApi({
  ...Object.fromEntries(SYMBOLS.map((symbol) => [symbol, sessions(1_600)])),
  NEW: sessions(1),
  EMPTY: [],
});
afterAll(() => api[Symbol.asyncDispose]());

const descriptionOf = (svg: string): string => readSvg(svg).children.find(({ name }) => name === "desc")!.text;

describe("GET /api/charts/{symbol}.svg", () => {
  test.each([
    ["AAPL", "AAPL.svg"],
    ["BRK-B", "BRK-B.svg"],
    ["^GSPC", "%5EGSPC.svg"],
    ["^GSPC", "^GSPC.svg"],
    ["YPFD.BA", "YPFD.BA.svg"],
    ["GC=F", "GC%3DF.svg"],
    ["GC=F", "GC=F.svg"],
    ["BTC-USD", "btc-usd.svg"],
  ])("draws %s at %s", async (symbol, file) => {
    const response = await api.get(`/api/charts/${file}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("image/svg+xml; charset=utf-8");
    expect(descriptionOf(await response.text())).toStartWith(`Precios de ${symbol} del `);
  });

  test("anybody may embed it, and it can do nothing but be seen", async () => {
    const { headers } = await api.get("/api/charts/AAPL.svg");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; style-src 'unsafe-inline'");
    expect(headers.get("cache-control")).toBe("public, max-age=300");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-data-source")).toBe("csv");
  });

  test("who has it gets 304; another period is another picture", async () => {
    const tag = (await api.get("/api/charts/AAPL.svg")).headers.get("etag")!;
    const known = await api.get("/api/charts/AAPL.svg", { "If-None-Match": tag });
    expect([known.status, await known.text(), known.headers.get("cache-control")]).toEqual([
      304,
      "",
      "public, max-age=300",
    ]);
    expect((await api.get("/api/charts/AAPL.svg?period=6mo", { "If-None-Match": tag })).status).toBe(200);
  });

  test.each([
    ["", "9 de marzo de 2023", 262],
    ["?period=3mo", "11 de diciembre de 2023", 65],
    ["?period=2y", "9 de marzo de 2022", 523],
    ["?period=1y&interval=1wk", "6 de marzo de 2023", 53],
  ])("shows with %p the days from %s on", async (query, from, bars) => {
    const svg = await (await api.get(`/api/charts/AAPL.svg${query}`)).text();
    expect(descriptionOf(svg)).toContain(`del ${from} al `);
    expect(descriptionOf(svg)).toContain(`${bars} barras`);
    expect(svg).toContain("EMA 200");
  });

  test("one bar is a chart too", async () => {
    expect((await api.get("/api/charts/NEW.svg")).status).toBe(200);
  });

  test("nothing stored is 404 with the remedy, and nothing is read or fetched", async () => {
    const before = api.market.loads.length;
    for (const symbol of ["NOPE", "EMPTY"]) {
      const response = await api.get(`/api/charts/${symbol}.svg`);
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(await response.json()).toMatchObject({ code: "no_prices", detail: expect.stringContaining(symbol) });
    }
    expect(api.market.loads.length).toBe(before);
  });

  test.each([
    ["AAPL", "symbol"],
    ["AAPL.png", "symbol"],
    [".svg", "symbol"],
    ["%3Cscript%3E.svg", "symbol"],
    ["..%2F..%2Fetc.svg", "symbol"],
    ["A%00.svg", "symbol"],
    [`${"A".repeat(500)}.svg`, "symbol"],
    ["%E0%A4%A.svg", "symbol"],
    ["AAPL.svg?period=9y", "period"],
    ["AAPL.svg?interval=1m", "interval"],
  ])("refuses %s and names the field", async (file, field) => {
    const response = await api.get(`/api/charts/${file}`);
    expect(response.status).toBe(422);
    expect(JSON.stringify(await response.json())).toContain(field);
  });
});

describe("charts linked by users' files", () => {
  const USER = "5a3b1e00-0001-4000-8000-000000000001";
  const PUBLIC_URL = "https://vigia.example.test/";
  let linked: TestHouse;
  let unlinked: TestHouse;
  beforeAll(async () => {
    linked = await openTestHouse({ settings: { VIGIA_PUBLIC_URL: PUBLIC_URL }, analyzed: false });
    unlinked = await openTestHouse({ analyzed: false });
    await linked.runJob("portfolio_cycle");
    await unlinked.runJob("portfolio_cycle");
  });
  afterAll(async () => {
    await linked[Symbol.asyncDispose]();
    await unlinked[Symbol.asyncDispose]();
  });

  const chartFiles = async (house: TestHouse): Promise<(string | null)[]> => {
    const texts = await Promise.all(
      ["portfolio_analisis.json", "mercado_analisis.json"].map(async (name) =>
        (await house.asOperator(`/api/portfolio/users/${USER}/files/${name}`)).text(),
      ),
    );
    return texts.flatMap((text) => {
      const found: (string | null)[] = [];
      JSON.parse(text, (key, value) => {
        if (key === "chart_file") found.push(value);
        return value;
      });
      return found;
    });
  };

  test("P41: each address in the files answers with a picture, without a token", async () => {
    const addresses = await chartFiles(linked);
    expect(addresses.length).toBeGreaterThan(5);
    for (const address of addresses) {
      expect(address).toStartWith(`${PUBLIC_URL}api/charts/`);
      const response = await linked.fetch(address!.slice(PUBLIC_URL.length - 1));
      expect([address, response.status]).toEqual([address, 200]);
      const svg = await response.text();
      expect(() => readSvg(svg)).not.toThrow();
      expect(svg).toContain("DATOS DE MUESTRA");
    }
    const report = await (await linked.asOperator(`/api/portfolio/users/${USER}/files/portfolio_informe.md`)).text();
    expect(report).toContain(`](${PUBLIC_URL}api/charts/AAPL.svg)`);
  });

  test("P41: without a public address there are no links, though the charts are served", async () => {
    const addresses = await chartFiles(unlinked);
    expect(addresses.length).toBeGreaterThan(5);
    expect(addresses.every((address) => address === null)).toBe(true);
    expect((await unlinked.fetch("/api/charts/AAPL.svg")).status).toBe(200);
  });

  test("the report is printed with the links to its charts", async () => {
    const response = await linked.asOperator(`/api/portfolio/users/${USER}/report.pdf`);
    expect(response.headers.get("content-type")).toBe("application/pdf");
    const source = Buffer.from(await response.arrayBuffer()).toString("latin1");
    expect(source).toStartWith("%PDF-");
    expect(source).toContain(`(${PUBLIC_URL}api/charts/AAPL.svg)`);
  });
});
