import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FILE_NAMES } from "../../../../src/db/schema/portfolio.ts";
import { giveUser, uuid } from "../people/people-fixtures.ts";
import { type Answer, giveAlerts, giveCycle, giveFiles, openPortfolioApi, type PortfolioApi } from "./portfolio-api.ts";
import { ALL_ROLES, FOREIGN, OWN, type Role } from "./roles.ts";

const UNKNOWN = uuid(9);
const TEXTS = {
  "portfolio_informe.md": "# Informe\n",
  "mercado_informe.md": "# Mercado\n",
  "mercado_analisis.json": "{}",
  "portfolio_analisis.json": '{"portfolio":{"positions":[],"position_totals":[]},"data_source":"csv"}',
};
const PARTS = [
  "",
  "/files",
  ...FILE_NAMES.map((name) => `/files/${name}`),
  "/history",
  "/alerts",
  "/positions",
  "/report.pdf",
];

let api: PortfolioApi;
beforeAll(async () => {
  api = await openPortfolioApi();
  await giveCycle(api.db, { id: 1 });
  for (const userId of [OWN, FOREIGN]) {
    await giveUser(api.db, { userId });
    await giveFiles(api.db, userId, TEXTS);
    await giveAlerts(api.db, userId, [["YPF", "2024-03-08", "SOBREVENTA"]]);
  }
});
afterAll(() => api[Symbol.asyncDispose]());

const codeOf = ({ status, body }: Answer) => (status === 200 ? 200 : `${status} ${body.code}`);
const NOT_MINE = "404 unknown_user";

describe("a user's data", () => {
  const everybody = { own: 200, foreign: 200, me: NOT_MINE, unknown: NOT_MINE };
  const nobody = { own: NOT_MINE, foreign: NOT_MINE, me: NOT_MINE, unknown: NOT_MINE };
  const own = { own: 200, foreign: NOT_MINE, me: 200, unknown: NOT_MINE };
  const stranger = "401 not_authenticated";
  const cases: Record<Role, Record<"own" | "foreign" | "me" | "unknown", unknown>> = {
    anonymous: { own: stranger, foreign: stranger, me: stranger, unknown: stranger },
    self: own,
    "viewer who is a user": own,
    viewer: nobody,
    analyst: nobody,
    "foreign admin": nobody,
    "cli of another": nobody,
    admin: everybody,
    "cli of the house": everybody,
    operator: everybody,
  };
  const ids = { own: OWN, foreign: FOREIGN, me: "me", unknown: UNKNOWN };

  test.each(ALL_ROLES.map((role) => [role]))("is open to %s as far as it is theirs", async (role) => {
    // 404s of one client are counted by the minute.
    await api.clock.advance(120_000);
    for (const part of PARTS)
      for (const [whose, id] of Object.entries(ids)) {
        const answer = await api.ask(role, `/portfolio/users/${id}${part}`);
        expect([part, whose, codeOf(answer)]).toEqual([part, whose, cases[role][whose as keyof typeof ids] as never]);
      }
  });

  test("leaves no trace in shared caches", async () => {
    for (const part of PARTS) {
      const { headers } = await api.ask("self", `/portfolio/users/me${part}`);
      expect([part, headers.get("cache-control")]).toEqual([
        part,
        expect.stringMatching(/^(no-store|private, max-age=\d+)$/),
      ]);
    }
  });

  test.each([["self"], ["viewer"], ["foreign admin"], ["viewer who is a user"]] as [Role][])(
    "of a foreign id looks to %s exactly like an unknown one, whatever is asked beside",
    async (role) => {
      await api.clock.advance(120_000);
      const { headers } = await api.ask("operator", `/portfolio/users/${FOREIGN}/files/portfolio_informe.md`);
      const tag = { headers: { "If-None-Match": headers.get("etag")! } };
      const questions = [
        ...PARTS.map((part) => [part, tag] as const),
        ...PARTS.map((part) => [part, { headers: { "If-None-Match": "*" } }] as const),
        ["/history?cursor=x", {}],
        ["/alerts?limit=0", {}],
        ["/alerts?symbol=YPF", {}],
        ["/files/other.md", {}],
        ["/files", { method: "HEAD" }],
        ["/files", { method: "POST" }],
        ["/files/portfolio_informe.md", { method: "DELETE" }],
      ] as const;
      for (const [part, asking] of questions) {
        const look = async (id: string) => {
          const { status, headers, text } = await api.ask(role, `/portfolio/users/${id}${part}`, asking);
          const requestId = headers.get("x-request-id")!;
          const shown = JSON.stringify([status, [...headers].sort(), text]);
          return shown.replaceAll(requestId, "REQUEST").replaceAll(id, "ID");
        };
        const foreign = await look(FOREIGN);
        expect([part, foreign]).toEqual([part, await look(UNKNOWN)]);
        expect([part, foreign.startsWith("[2"), foreign.startsWith("[3")]).toEqual([part, false, false]);
        // Well below the limit of unknown ids.
        await api.clock.advance(5_000);
      }
    },
  );

  test("is found by an id in upper case", async () => {
    const id = "ABCDEF00-0000-4000-8000-000000000000";
    await giveUser(api.db, { userId: id.toLowerCase() });
    expect((await api.ask("operator", `/portfolio/users/${id}/files`)).body).toEqual({ items: [], count: 0 });
  });
});

describe("the house's own", () => {
  const members: Role[] = ["viewer", "analyst", "viewer who is a user", "admin", "cli of the house", "operator"];

  test.each(ALL_ROLES.map((role) => [role]))("%s and the cycles", async (role) => {
    for (const path of ["/portfolio/cycles", "/portfolio/cycles/latest", "/portfolio/cycles/1"]) {
      const wanted = role === "anonymous" ? "401 not_authenticated" : members.includes(role) ? 200 : "403 forbidden";
      expect([path, codeOf(await api.ask(role, path))]).toEqual([path, wanted]);
    }
  });

  test.each(ALL_ROLES.map((role) => [role]))(
    "%s and what there is not: nobody learns more than they may",
    async (role) => {
      const wanted =
        role === "anonymous" ? "401 not_authenticated" : members.includes(role) ? "404 unknown_cycle" : "403 forbidden";
      expect(codeOf(await api.ask(role, "/portfolio/cycles/99"))).toBe(wanted);
    },
  );
});

test.each(ALL_ROLES.map((role) => [role]))("market data is open to %s", async (role) => {
  const paths = ["/radar/sp500/history", "/radar/crypto30/history", "/portfolio/analyses/YPF"];
  for (const path of paths) expect([path, codeOf(await api.ask(role, path))]).toEqual([path, 200]);
  expect(codeOf(await api.ask(role, "/radar/sp500/latest"))).toBe("404 no_scan_yet");
});
