import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { UserDetail, UserSummary } from "../../src/systems/portfolio/people/user-views.ts";
import { jsonOf, type RunningHouse, startHouse, temporaryDir, vigia } from "./harness.ts";

const dir = temporaryDir();
const environment = {
  VIGIA_DATA_DIR: dir.path,
  RECOMMENDATION_TICKERS: "YPF",
  VIGIA_NOW: "2024-03-08T23:00:00Z",
};
const UNKNOWN = "99999999-0000-4000-8000-000000000000";
let running: RunningHouse;
const run = (...args: string[]) => vigia(["portfolio", ...args], { environment });
const json = async <Body>(...args: string[]) => jsonOf<Body>(await run(...args, "--json"));
const add = async (...args: string[]) => (await json<UserDetail>("users", "add", ...args)).user_id;

beforeAll(async () => {
  running = await startHouse(environment);
});

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

test("users lists everybody as a table, and as JSON; --limit cuts and says so", async () => {
  const [all, table, one] = [
    await json<UserSummary[]>("users"),
    await run("users"),
    await run("users", "--limit", "1"),
  ];
  expect(all.filter(({ source }) => source === "sample").map((user) => user.display_name)).toEqual([
    "Usuario de muestra 1",
    "Usuario de muestra 2",
    "Usuario de muestra 3",
  ]);
  const lines = table.stdout.trimEnd().split("\n");
  expect([table.code, lines.length]).toEqual([0, all.length + 1]);
  expect(lines[0]).toMatch(/^USER +NAME +SOURCE +STATE +PORTFOLIOS +ASSETS$/);
  expect(one.stdout.trimEnd().split("\n")).toHaveLength(2);
  expect(one.stderr).toContain("--limit shows more");
});

test("a user is added, shown, changed and removed", async () => {
  const id = await add(
    "--first-name",
    "Nueva",
    "--email",
    "nueva@example.com",
    "--tickers",
    "ypf, SPY",
    "--max-candidates",
    "4",
  );
  const shown = await json<UserDetail>("users", "show", id);
  expect(shown).toMatchObject({ display_name: "Nueva", symbols: ["YPF", "SPY"], config: { max_candidates: 4 } });
  const args = ["--email", "", "--timezone", "America/Lima", "--active", "false", "--scan-crypto", "false"];
  const changed = await json<UserDetail>("users", "update", id, ...args);
  expect(changed).toMatchObject({ email: null, first_name: "Nueva", timezone: "America/Lima", active: false });
  expect(changed.config).toMatchObject({ portfolio_tickers: ["YPF", "SPY"], scan_crypto: false });
  expect((await json<UserDetail>("users", "update", id, "--no-config")).config).toBeNull();
  const removed = await run("users", "remove", id);
  expect([removed.code, removed.stderr]).toEqual([0, ""]);
  expect(removed.stdout).toContain(`${id}: removed, with portfolios`);
  expect((await run("users", "show", id)).code).toBe(64);
});

test("show prints the holdings for people", async () => {
  const [first] = await json<UserSummary[]>("users");
  const { code, stdout } = await run("users", "show", first!.user_id);
  expect([code, stdout.split("\n")[0]]).toEqual([0, `${first!.user_id}  Usuario de muestra 1  (sample, active)`]);
  expect(stdout).toMatch(/^Acciones +AAPL +25 +182.4$/m);
});

test.each([
  [["users", "show", UNKNOWN], 64, "There is no user"],
  [["users", "remove", UNKNOWN], 64, "There is no user"],
  [["users", "add", "--id", "1"], 64, "is not a uuid"],
  [["users", "add", "--email", "x"], 64, "is not an e-mail address"],
  [["users", "update", UNKNOWN, "--active", "yes"], 64, "neither true nor false"],
  [["users", "add", "--max-candidates", "many"], 64, "not valid"],
  [["users", "show"], 64, "missing required argument"],
])("%j exits with %d and says why", async (args, code, said) => {
  const ran = await run(...args);
  expect([ran.code, ran.stdout]).toEqual([code, ""]);
  expect(ran.stderr).toContain(said);
});

describe("import", () => {
  test("a file for one user: 0 when all is stored", async () => {
    const id = await add();
    const file = dir.file("todo.csv", "symbol,quantity,price\nYPF,1,2\nGGAL,3,4\n");
    const ran = await run("import", file, "--user", id, "--portfolio", "Largo plazo");
    expect(ran).toEqual({ code: 0, stdout: "todo.csv: 2 of 2 lines stored (users: 1, new: 0)\n", stderr: "" });
    const { portfolios } = await json<UserDetail>("users", "show", id);
    expect(portfolios).toMatchObject([{ portfolio_name: "Largo plazo", assets: [{ quantity: 1 }, { quantity: 3 }] }]);
  });

  test("a file for many: 2 when lines were left out, each told on standard error", async () => {
    const id = "77777777-0000-4000-8000-000000000000";
    const file = dir.file("varios.csv", `user_id,symbol,quantity\n${id},YPF,1\n${id},GGAL,uno\n`);
    const ran = await run("import", file, "--json");
    expect([ran.code, jsonOf(ran)]).toMatchObject([2, { rows: 2, stored: 1, users: 1, created: 1 }]);
    expect(ran.stderr).toContain('varios.csv line 3: quantity "uno" is not a number');
  });

  test.each([
    ["nothing stored", "symbol,quantity\nYPF,-1\n", 1, "is below zero"],
    ["no header", "YPF,1\n", 1, "has no column symbol"],
    ["empty", "", 1, "is empty"],
    ["not text", new Uint8Array([0xff, 0xfe, 0x41, 0]), 1, "is not a UTF-8 text file"],
  ])("%s: exit %#", async (_, content, code, said) => {
    const id = await add();
    const ran = await run("import", dir.file("malo.csv", content), "--user", id);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toContain(said);
  });

  test("a file that is not there, or for nobody", async () => {
    expect((await run("import", `${dir.path}/none.csv`)).stderr).toContain("does not exist");
    const file = dir.file("solo.csv", "symbol\nYPF\n");
    expect((await run("import", file)).stderr).toContain("add a column user_id");
    expect((await run("import", file, "--user", UNKNOWN)).stderr).toContain("There is no user");
  });
});
