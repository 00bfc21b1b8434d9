import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { addressesOf, type KnownValues } from "../../../support/described-reads.ts";
import { type Parameter, type Route, routesOf } from "../../../support/openapi.ts";
import { giveUser } from "../people/people-fixtures.ts";
import { analysisOf } from "./analysis-fixture.ts";
import { giveAlerts, giveCycle, giveFiles, openPortfolioApi, type PortfolioApi } from "./portfolio-api.ts";
import { OWN } from "./roles.ts";

/** Already as they go over the wire. */
const VALUES = [
  ...[
    "..%2f..%2fvigia.db",
    "..%5c",
    "%2e%2e",
    "%00",
    "me%00",
    "YPF%00",
    "%0d%0aX-Injected:1",
    "%ff%fe",
    "%c0%ae",
    "%ed%a0%80",
  ],
  ...[
    "%",
    "%zz",
    "x".repeat(10_000),
    "x".repeat(2_000),
    "%41".repeat(600),
    "'%20OR%20'1'='1",
    "1;drop%20table%20users",
  ],
  ...[
    "__proto__",
    "constructor",
    "null",
    "NaN",
    "-1",
    "0",
    "1e309",
    "9".repeat(30),
    "0x10",
    "%F0%9F%92%A9",
    "%E2%80%AE",
  ],
  ...["2024-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "-000001-01-01", "2024-03-08T00:00:00Z", "%D9%A1%D9%A2"],
];

let api: PortfolioApi;
beforeAll(async () => {
  api = await openPortfolioApi();
  await giveUser(api.db, { userId: OWN, holds: { A: ["YPF"] } });
  await giveCycle(api.db, { id: 1 });
  await giveAlerts(api.db, OWN, [["YPF", "2024-03-08", "SOBREVENTA"]]);
  const asset = analysisOf("YPF", "2024-03-08");
  await giveFiles(api.db, OWN, {
    "portfolio_informe.md": "# Informe",
    "portfolio_analisis.json": JSON.stringify({
      portfolio: { assets: { YPF: asset }, positions: [], position_totals: [] },
      data_source: "csv",
    }),
  });
});
afterAll(() => api[Symbol.asyncDispose]());

const good: KnownValues = (name) => ({ id: [OWN], symbol: ["YPF"], run_id: ["latest"], portfolio: ["A"] })[name];
const isOurs = ({ path }: Route) => /^\/api\/(portfolio|radar|market|charts|indicators)/.test(path);
const reads = () => routesOf(api.document).filter((route) => route.method === "get" && isOurs(route));

/** The address of a route with one parameter replaced. */
function spoil(route: Route, { name, in: place }: Parameter, value: string): string {
  const address = addressesOf(route, (of, path) =>
    of === name && place === "path" ? ["HOSTILE"] : good(of, path),
  )[0]!;
  if (place === "path") return address.replace("HOSTILE", () => value);
  const [path, query = ""] = address.split("?");
  const others = query.split("&").filter((pair) => pair && !pair.startsWith(`${name}=`));
  return `${path}?${[...others, `${name}=${value}`].join("&")}`;
}

async function ask(address: string) {
  const { status, text, headers, body } = await api.ask("operator", address.replace(/^\/api/, ""));
  // 404s of one client are counted by the minute.
  await api.clock.advance(2_000);
  return { status, text, headers, body };
}

describe("a hostile value is refused by a problem that names nothing of the inside, or finds nothing", () => {
  test("in every place of every read", async () => {
    const seen = new Map<number, number>();
    for (const route of reads())
      for (const parameter of route.operation.parameters ?? [])
        for (const value of VALUES) {
          if (parameter.in === "header") continue;
          const address = spoil(route, parameter, value);
          const { status, text, headers, body } = await ask(address);
          const where = address.slice(0, 200);
          seen.set(status, (seen.get(status) ?? 0) + 1);
          expect([where, status < 500]).toEqual([where, true]);
          expect([where, headers.has("x-injected")]).toEqual([where, false]);
          expect([where, /SQLITE|libsql|node_modules|\.ts:\d/.exec(text.slice(0, 5_000))]).toEqual([where, null]);
          if (status < 400) continue;
          expect([where, headers.get("content-type"), body.status]).toEqual([
            where,
            "application/problem+json",
            status,
          ]);
          expect([where, body.detail.length < 600]).toEqual([where, true]);
        }
    for (const status of [404, 414, 422]) expect([status, (seen.get(status) ?? 0) > 10]).toEqual([status, true]);
  }, 60_000);

  test("and leaves everything as it was", async () => {
    expect((await ask("/api/portfolio/users")).body.count).toBe(1);
    expect((await ask(`/api/portfolio/users/${OWN}/alerts`)).body.count).toBe(1);
  });
});

test("a date that is none is refused, and names its parameter", async () => {
  const dated = reads().flatMap((route) =>
    (route.operation.parameters ?? [])
      .filter(({ name }) => name === "from" || name === "to")
      .map((one) => [route, one] as const),
  );
  expect(dated.length).toBeGreaterThanOrEqual(6);
  for (const [route, parameter] of dated)
    for (const value of ["2024-02-30", "2024-3-8", "0000-00-00", "hoy", "%00", "2024-03-08T00:00:00Z", ""]) {
      const address = spoil(route, parameter, value);
      const { status, body } = await ask(address);
      expect([address, status, body.errors?.[0].path]).toEqual([address, 422, `query.${parameter.name}`]);
    }
});

test("a cursor that was made up, cut or altered is refused with 400", async () => {
  const paged = reads().filter(({ operation }) => operation.parameters?.some(({ name }) => name === "cursor"));
  expect(paged.length).toBeGreaterThanOrEqual(7);
  for (const route of paged)
    for (const value of ["x", "e30", "AAAA", "%00", "bnVsbA", "A".repeat(512), "..%2f", "%F0%9F%92%A9"]) {
      const address = spoil(route, { name: "cursor", in: "query", schema: {} }, value);
      const { status, body } = await ask(address);
      expect([address, status, body.code]).toEqual([address, 400, "bad_cursor"]);
    }
});

test("a parameter given twice, or as a list, is no way in", async () => {
  for (const query of [
    "symbol=YPF&symbol=GGAL",
    "symbol[]=YPF",
    "limit=1&limit=2",
    "from[gt]=2024-01-01",
    "tenant_id=other",
  ]) {
    const { status } = await ask(`/api/portfolio/users/${OWN}/alerts?${query}`);
    expect([query, [200, 422].includes(status)]).toEqual([query, true]);
  }
  const other = await api.ask("self", `/portfolio/users/me/alerts?id=${OWN}&user_id=x&tenant_id=x`);
  expect(other.body.count).toBe(1);
});
