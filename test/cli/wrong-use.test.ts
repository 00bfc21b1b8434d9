import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type RunningHouse, startHouse, temporaryDir, vigia } from "./harness.ts";

const dir = temporaryDir();
const environment = { VIGIA_DATA_DIR: join(dir.path, "data"), RECOMMENDATION_TICKERS: "YPF" };
const macro = dir.file("macro.csv", "series,date,value\nusd,2024-01-01,abc\nusd,2024-01-02,800\n");
const headless = dir.file("headless.csv", "foo,bar\n1,2\n");
const binary = dir.file("binary.csv", new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe]));
const pipe = join(dir.path, "pipe.csv");
Bun.spawnSync(["mkfifo", pipe]);
let running: RunningHouse;

beforeAll(async () => {
  running = await startHouse({ ...environment, MARKET_DATA: "csv", MARKET_DATA_DIR: dir.path });
});

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

interface Case {
  args: string[];
  code: number;
  /** What standard error says: the problem and the remedy. */
  says: RegExp[];
}

const CASES: Case[] = [
  { args: [], code: 64, says: [/Usage: vigia/] },
  { args: ["nonsense"], code: 64, says: [/unknown command 'nonsense'/, /--help/] },
  { args: ["score"], code: 64, says: [/unknown command 'score'/, /scores/] },
  { args: ["runs", "--nope"], code: 64, says: [/unknown option '--nope'/, /--help/] },
  { args: ["scores", "extra"], code: 64, says: [/too many arguments/] },
  { args: ["run"], code: 64, says: [/missing required argument 'job'/] },
  { args: ["run", "nope"], code: 64, says: [/no job called nope/, /vigia jobs/] },
  { args: ["run", "daily_analysis", "--as-of", "2024-13-01"], code: 64, says: [/2024-13-01/, /2024-03-08/] },
  { args: ["run", "daily_analysis", "--as-of", "2024-02-30"], code: 64, says: [/2024-02-30/] },
  {
    args: ["run", "retention", "--as-of", "2024-01-02"],
    code: 64,
    says: [/retention takes no --as-of/, /daily_analysis/],
  },
  { args: ["jobs", "pause", "nope"], code: 64, says: [/no job called nope/] },
  { args: ["jobs", "pause", "../x"], code: 64, says: [/name/] },
  { args: ["jobs", "cancel", "track_record"], code: 1, says: [/track_record is not running/] },
  { args: ["runs", "--job", "nope"], code: 64, says: [/no job called nope/] },
  { args: ["runs", "--limit", "0"], code: 64, says: [/--limit/, /whole number above 0/] },
  { args: ["logs", "abc"], code: 64, says: [/abc/, /whole number/] },
  { args: ["logs", "999"], code: 64, says: [/no run 999/] },
  { args: ["scores"], code: 1, says: [/no analysis yet/i, /daily_analysis/] },
  { args: ["backfill", "--from", "2024-01-02"], code: 64, says: [/--to/] },
  { args: ["backfill", "--from", "2024-02-01", "--to", "2024-01-02"], code: 64, says: [/2024-02-01 is later/, /Swap/] },
  { args: ["analyze", "??"], code: 64, says: [/\?\? is no symbol/, /CSV file/] },
  { args: ["analyze", "YPF", "--window", "-1"], code: 64, says: [/--window/] },
  { args: ["analyze", "YPF", "--profile", "v9"], code: 64, says: [/v2, legacy-1/] },
  { args: ["analyze", join(dir.path, "none.csv")], code: 1, says: [/none\.csv does not exist/, /CSV file/] },
  { args: ["analyze", dir.path], code: 1, says: [/is a directory/] },
  { args: ["analyze", pipe], code: 1, says: [/is not a regular file/] },
  { args: ["analyze", binary], code: 1, says: [/binary\.csv.*not UTF-8/, /header/] },
  {
    args: ["analyze", headless],
    code: 1,
    says: [/headless\.csv: line 1.*no column date/, /date,open,high,low,close,volume/],
  },
  { args: ["rec", "import"], code: 64, says: [/missing required argument/] },
  { args: ["rec", "import", "weather", macro], code: 64, says: [/prices, fundamentals, macro/] },
  { args: ["rec", "import", "macro", join(dir.path, "none.csv")], code: 1, says: [/none\.csv does not exist/] },
  { args: ["rec", "import", "macro", dir.path], code: 1, says: [/is a directory/] },
  { args: ["rec", "import", "macro", binary], code: 1, says: [/not a UTF-8 text file/] },
  {
    args: ["rec", "import", "macro", headless],
    code: 1,
    says: [/headless\.csv has no column series, date, value/, /Needed/],
  },
  { args: ["--tenant", "nobody", "runs"], code: 1, says: [/credentials/, /--tenant nobody/] },
  { args: ["--url", "nonsense", "runs"], code: 64, says: [/--url nonsense is not an address/, /http:\/\//] },
  {
    args: ["--url", "http://127.0.0.1:1", "runs"],
    code: 1,
    says: [/does not answer at http:\/\/127\.0\.0\.1:1/, /bun run start/],
  },
];

describe("a wrong use is answered with what is wrong, where, and the remedy; standard output stays empty", () => {
  for (const { args, code, says } of CASES) {
    test(`vigia ${args.join(" ").replaceAll(dir.path, "…")}`, async () => {
      const ran = await vigia(args, { environment });
      expect(ran.stdout).toBe("");
      for (const pattern of says) expect(ran.stderr).toMatch(pattern);
      expect(ran.code).toBe(code);
    });
  }
});

test("an import tells the lines that it left out, and stores the others: exit 2", async () => {
  const ran = await vigia(["rec", "import", "macro", macro, "--json"], { environment });
  expect(ran.code).toBe(2);
  expect(ran.stderr).toContain('macro.csv line 2: value "abc" is not a number');
  expect(JSON.parse(ran.stdout)).toMatchObject({ kind: "macro", rows: 2, stored: 1, subjects: ["usd"] });
});

test("a token that is wrong or absent is refused with where to find the right one", async () => {
  const url = running.url;
  for (const token of [["--token", "wrong"], []]) {
    const ran = await vigia(["--url", url, ...token, "runs"], { environment });
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toMatch(/--token or VIGIA_ADMIN_TOKEN/);
  }
  const { stdout } = await vigia(["token"], { environment });
  expect((await vigia(["--url", url, "--token", stdout.trim(), "runs"], { environment })).code).toBe(0);
  const byVariable = { ...environment, VIGIA_ADMIN_TOKEN: stdout.trim() };
  expect((await vigia(["--url", url, "runs"], { environment: byVariable })).code).toBe(0);
});

test("another server at the address is noticed", async () => {
  using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("<html>hello</html>") });
  const ran = await vigia(["--url", other.url.href, "runs"], { environment });
  expect([ran.code, ran.stdout]).toEqual([1, ""]);
  expect(ran.stderr).toMatch(/is not Vigía/);
});

test("control characters in what a server says do not reach the terminal", async () => {
  const detail = "bad \u001b[2J thing";
  using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => Response.json({ detail }, { status: 500 }) });
  const ran = await vigia(["--url", other.url.href, "runs"], { environment });
  expect(ran.stderr).toBe("bad  [2J thing\n");
});

test("all bad settings are told at once, nothing is created: exit 78", async () => {
  const data = join(dir.path, "never");
  const bad = { VIGIA_DATA_DIR: data, PORT: "nope", MARKET_DATA: "ftp" };
  for (const command of ["runs", "settings", "token", "run daily_analysis", "analyze YPF"]) {
    const ran = await vigia(command.split(" "), { environment: bad });
    expect([ran.code, ran.stdout]).toEqual([78, ""]);
    expect(ran.stderr).toMatch(/PORT[\s\S]*MARKET_DATA/);
  }
  expect(existsSync(data)).toBe(false);
});
