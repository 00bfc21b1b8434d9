import { describe, expect, test } from "bun:test";
import {
  aCandidate,
  aCycle,
  aCycleJob,
  aFullPortfolio,
  aJob,
  aResult,
  aRun,
  aRunningRun,
  aScan,
  createFakeHouse,
  type FakeState,
  risingTo,
} from "./fake-house.ts";
import { type OpenOptions, openDashboard } from "./open-dashboard.ts";
import { expectSameWords } from "./same-words.ts";

const ESCAPE = "\u001b";
const RISING = "▁".repeat(8) + "▂".repeat(7);

const coins = aScan({
  market: "crypto30",
  as_of: "2024-03-08",
  regime: { regime: "ALCISTA", confidence: 85, benchmark: "BTC-USD", price: 68_300.5 },
  radars_used: "NONE",
  scanned: 30,
  skipped: [],
  candidates: [aCandidate(1, { symbol: "XRP-USD", radar: "Ruptura Bajista", metrics: { precio: 0.61234 } })],
});

const aPortfolio = (changes: Partial<FakeState> = {}): Partial<FakeState> => ({
  jobs: [aJob(), aCycleJob()],
  scans: { sp500: aScan(), crypto30: coins },
  closes: { "^GSPC": risingTo(5_123), "BTC-USD": risingTo(60), SYM1: risingTo(101) },
  cycle: aCycle([
    aResult("short", { state: "empty", symbols: 0, files_changed: 2 }),
    aResult("a-half-served-user-0001", { failed_symbols: 1 }),
    aResult("5a3b1e00-0009-4000-8000-000000000009", { state: "failed", files_changed: 0, error: "the disk is full" }),
  ]),
  ...changes,
});

/** The screen that `2` opens. */
async function openPortfolio(options: OpenOptions = {}) {
  const screen = await openDashboard({ ...options, state: { ...aPortfolio(), ...options.state } });
  await screen.terminal.waitFor(/live|polling/);
  await screen.press("2");
  await screen.terminal.waitFor("[Candidates]");
  return screen;
}

describe("the portfolio screen", () => {
  test("shows each market's state, benchmark, closes, counts and radars on 80x24", async () => {
    await using screen = await openPortfolio();
    const lines = (await screen.terminal.screen()).map((line) => line.trimEnd());
    expect(lines[2]).toBe("  S&P 500 LATERAL     40% ^GSPC 5123.69     2024-03-07 500 scanned, 2 skipped");
    expect(lines[3]).toMatch(/^ {2}[▁-█]{60} {2}Radar 5$/);
    expect(lines[3]).toContain(RISING);
    expect(lines[4]).toBe("  Coins   ALCISTA     85% BTC-USD 68300.50  2024-03-08 30 scanned, 0 skipped");
    expect(lines[5]).toMatch(/^ {2}[▁-█]{60} {2}no radar$/);
    expect(await screen.terminal.wrappedRows()).toEqual([]);
  });

  test("lists the candidates of both markets, best first, with price and closes", async () => {
    await using screen = await openPortfolio();
    const shown = await screen.terminal.waitFor("XRP-USD");
    expect(shown).toMatch(/━━ \[Candidates\] ━+ 3 ━━/);
    expect(shown).toMatch(/> {2}1 SYM1 +S&P 500 Mercado Lateral +69\.0 +101\.00 [▁-█]{20,}/);
    // Without stored closes there is no line.
    expect(shown).toMatch(/2 SYM2 +S&P 500 Mercado Lateral +68\.0 +102\.00$/m);
    expect(shown).toMatch(/1 XRP-USD +Coins +Ruptura Bajista +69\.0 +0\.6123$/m);
  });

  test("shows how the last cycle ended, the next one, and first the users for whom something failed, by the ends of their ids", async () => {
    await using screen = await openPortfolio();
    const lines = (await screen.terminal.screen()).map((line) => line.trimEnd());
    const title = lines.findIndex((line) => line.startsWith("── Portfolios"));
    expect(lines[title]).toEndWith("next in 30m 12:30 ─ 3 ──");
    expect(lines[title + 1]).toBe("  partial 11:58, took 1m00s; users: 1 ok, 1 failed, 1 empty; 12 files changed");
    expect(lines.slice(title + 3, title + 6)).toEqual([
      "  5a3b1e00…0009 failed       6      0     0 the disk is full",
      "  a-half-s…0001 ok           6      1     4",
      "  short         empty        0      0     2",
    ]);
    expect(lines.join("\n")).not.toContain("4000-8000");
  });

  test("a wide, tall terminal shows the names of the radars and how far the benchmark has come", async () => {
    await using screen = await openPortfolio({ columns: 170, rows: 45 });
    const shown = await screen.terminal.waitFor("Radar 5 (Mercado Lateral)");
    expect(shown).toContain("500 scanned, 2 skipped  +1.2% in 60 closes");
    expect(shown).toMatch(/SYM1 .* [▁-█]{60}/);
  });

  test("a wide, low one puts the candidates beside the rest", async () => {
    await using screen = await openPortfolio({ columns: 160, rows: 24, state: aFullPortfolio() });
    await screen.terminal.waitFor(/── Markets ─+ {2}━━ \[Candidates\]/);
    expect(await screen.terminal.wrappedRows()).toEqual([]);
  });

  test("the sample label is there for scans alone", async () => {
    const scans = { sp500: aScan({ data_source: "sample" }) };
    await using screen = await openPortfolio({ state: { scores: null, scans } });
    await screen.terminal.waitFor("MUESTRA (sample data)");
  });

  test("a benchmark without prices is unknown, not zero", async () => {
    const regime = { regime: "UNKNOWN", confidence: 0, benchmark: "^GSPC", error: "no bars" };
    const scan = aScan({ regime, radars_used: "NONE", candidates: [] });
    await using screen = await openPortfolio({ columns: 120, state: { scans: { sp500: scan }, closes: {} } });
    const shown = await screen.terminal.waitFor("UNKNOWN");
    expect(shown).toMatch(/UNKNOWN +0% \^GSPC - +2024-03-07 500 scanned, 2 skipped$/m);
    expect(shown).toMatch(/^ {64}no radar$/m);
    expect(shown).toContain("nothing passed the radars");
  });

  test("shows the same words with and without colour", async () => {
    await expectSameWords(openPortfolio, "failed");
  });
});

describe("when there is nothing yet", () => {
  test("says which job brings it", async () => {
    await using screen = await openPortfolio({ state: { scans: {}, cycle: null } });
    const shown = await screen.terminal.waitFor("S&P 500 no scan yet");
    expect(shown).toContain("Coins   no scan yet");
    expect(shown).toContain("no scan yet: the first run of portfolio_cycle brings it");
    expect(shown).toContain("no cycle yet: the first run of portfolio_cycle makes the files");
    expect(shown).not.toContain("MUESTRA");
  });

  test("a cycle without users says so", async () => {
    await using screen = await openPortfolio({ state: { cycle: aCycle([]) } });
    await screen.terminal.waitFor("no active user had a portfolio to analyse");
  });

  test("before the first answer it waits", async () => {
    await using screen = await openDashboard({ state: { trouble: "silent" } });
    await screen.press("2");
    expect(await screen.terminal.waitFor("[Candidates]")).toContain("waiting for the server");
  });

  test("a token that may not read users still sees the markets, and the connection counts as good", async () => {
    await using screen = await openPortfolio({ state: { cycle: 403 } });
    const shown = await screen.terminal.waitFor("SYM1");
    expect(shown).toContain("users are shown to members of the house: start with --token <token>");
    expect(shown).toContain("live");
  });
});

describe("a large house", () => {
  const users = Array.from({ length: 300 }, (_, index) =>
    aResult(`user-${String(index).padStart(3, "0")}`, index >= 290 ? { state: "failed", error: "lost" } : {}),
  );

  test("failed users come first even when they are on another page, and the others are counted", async () => {
    await using screen = await openPortfolio({ state: { cycle: aCycle(users) } });
    const shown = await screen.terminal.waitFor("user-290");
    expect(shown).toContain("users: 290 ok, 10 failed, 0 empty");
    expect(shown).toMatch(/1-\d of 210, 90 more/);
    const asked = screen.house.requests.filter((path) => path.startsWith("/api/portfolio/cycles"));
    expect(asked).toHaveLength(2);
  });

  test("asks for no more closes than the server gives at once", async () => {
    const candidates = Array.from({ length: 70 }, (_, index) => aCandidate(index + 1));
    await using screen = await openPortfolio({ state: { scans: { sp500: aScan({ candidates }) } } });
    await screen.terminal.waitFor(/SYM1 .*[▁-█]{20}/);
  });
});

describe("keys on the portfolio screen", () => {
  test("j and k move in the candidates, tab goes to the users, and enter to the cycle's log and back", async () => {
    await using screen = await openPortfolio({ state: { logs: {} } });
    await screen.press("jj");
    await screen.terminal.waitFor(/> +1 XRP-USD/);
    await screen.press("\tG");
    await screen.terminal.waitFor("> short");
    await screen.press("\r");
    await screen.terminal.waitFor("[portfolio_cycle run 30");
    await screen.press(ESCAPE);
    await screen.terminal.waitFor("> short");
    await screen.press(ESCAPE);
    await screen.terminal.waitFor("[Jobs]");
    await screen.press("2");
    await screen.terminal.waitFor("[Portfolios]");
    await screen.press("1");
    await screen.terminal.waitFor("[Jobs]");
  });
});

describe("what changes the portfolio screen", () => {
  const reads = (requests: readonly string[]) => requests.filter((path) => path.startsWith("/api/radar/")).length;
  const finished = (job: string, id: number) =>
    ({
      type: "run.finished",
      job,
      run_id: id,
      outcome: "ok",
      duration_ms: 5,
      units_written: 4,
      errors: 0,
      retry_at: null,
    }) as const;
  const nextCycle = (): Partial<FakeState> => ({
    jobs: [aJob(), aCycleJob({ runs: [aRun({ id: 31, job_name: "portfolio_cycle" })] })],
    scans: { sp500: aScan({ as_of: "2024-03-08" }), crypto30: coins },
  });

  test("a cycle that ends brings new scans at once", async () => {
    await using screen = await openPortfolio();
    await screen.pass(1_000);
    Object.assign(screen.house.state, nextCycle());
    screen.house.emit(finished("portfolio_cycle", 31));
    await screen.pass(500);
    await screen.terminal.waitFor(/5123\.69 +2024-03-08/);
  });

  test("the system's own event is enough", async () => {
    await using screen = await openPortfolio();
    await screen.pass(1_000);
    screen.house.state.scans = nextCycle().scans ?? {};
    screen.house.emit({ type: "system", event: { type: "portfolio.updated", public: false, data: {} } });
    await screen.pass(500);
    await screen.terminal.waitFor(/5123\.69 +2024-03-08/);
  });

  test("what one system says reads nothing of the other again; an unknown event reads everything", async () => {
    await using screen = await openPortfolio();
    await screen.pass(1_000);
    const { requests } = screen.house;
    const readAfter = async (type: string) => {
      const before = requests.length;
      screen.house.emit({ type: "system", event: { type, public: false, data: {} } });
      await screen.pass(1_500);
      const read = requests.slice(before).map((path) => path.split("/").slice(0, 3).join("/"));
      return [...new Set(read)].filter((path) => path !== "/api/jobs").sort();
    };
    expect(await readAfter("portfolio.updated")).toEqual(["/api/market", "/api/portfolio", "/api/radar"]);
    expect(await readAfter("scores.updated")).toEqual(["/api/recommendations"]);
    const everything = ["/api/market", "/api/portfolio", "/api/radar", "/api/recommendations"];
    expect(await readAfter("something.new")).toEqual(everything);
  });

  test("a cycle that ends reads no scores again", async () => {
    await using screen = await openPortfolio();
    await screen.pass(1_000);
    const scores = () => screen.house.requests.filter((path) => path.startsWith("/api/recommendations")).length;
    const before = scores();
    Object.assign(screen.house.state, nextCycle());
    screen.house.emit(finished("portfolio_cycle", 31));
    screen.house.emit({ type: "system", event: { type: "portfolio.updated", public: false, data: {} } });
    await screen.pass(1_500);
    expect(scores()).toBe(before);
  });

  test("without events a new cycle is seen in the jobs' status", async () => {
    const house = createFakeHouse(aPortfolio());
    const answer = house.fetch;
    house.fetch = async (path, init) =>
      path === "/api/events" ? new Response("no", { status: 503 }) : answer(path, init);
    await using screen = await openPortfolio({ house });
    await screen.pass(10_000);
    expect(reads(house.requests)).toBe(2);
    Object.assign(house.state, nextCycle());
    await screen.pass(5_000);
    await screen.terminal.waitFor(/5123\.69 +2024-03-08/);
  });

  test("other jobs' runs and the passing of time read no scan again", async () => {
    await using screen = await openPortfolio();
    await screen.pass(1_000);
    expect(reads(screen.house.requests)).toBe(2);
    screen.house.emit(finished("daily_analysis", 44));
    await screen.pass(80_000);
    expect(reads(screen.house.requests)).toBe(2);
  });

  test("a running cycle shows how far it is, and the last one beside it", async () => {
    const run = aRunningRun({ id: 31, job_name: "portfolio_cycle" });
    const runs = [run, aRun({ id: 30, job_name: "portfolio_cycle" })];
    await using screen = await openPortfolio({ state: { jobs: [aCycleJob({ runs, running: true })] } });
    await screen.terminal.waitFor("running 3/15 20%  last partial 11:58");
  });

  test("nothing is written while nothing changes but seconds, and a minute changes clock and countdown alone", async () => {
    await using screen = await openPortfolio();
    await screen.pass(2_000);
    const before = await screen.terminal.screen();
    const written = screen.terminal.output.length;
    for (let second = 2; second < 59; second++) await screen.pass(1_000);
    expect(screen.terminal.output.length - written).toBe(0);
    await screen.pass(3_000);
    await screen.terminal.waitFor("12:01 UTC");
    const changed = (await screen.terminal.screen()).filter((line, row) => line !== before[row]);
    expect(changed).toEqual([expect.stringContaining("12:01 UTC"), expect.stringContaining("next in 29m")]);
  });
});

describe("what a server should not send", () => {
  const HOSTILE = "\u001b[31mred\u001b[2J\u0007\u202e\u200b 日本語 👨‍👩‍👧 Z͑ͫ̓".repeat(9);

  test("hostile texts stay one line each", async () => {
    const scan = aScan({
      as_of: HOSTILE,
      radars_used: HOSTILE,
      regime: { regime: HOSTILE, confidence: 1e300, benchmark: HOSTILE, price: 1e300 },
      candidates: [aCandidate(1, { symbol: HOSTILE, radar: HOSTILE, score: -1e300, metrics: { precio: 1e-300 } })],
    });
    const cycle = aCycle([aResult(HOSTILE, { state: HOSTILE, error: HOSTILE })], { outcome: HOSTILE });
    for (const columns of [60, 80, 151]) {
      await using screen = await openPortfolio({ columns, state: { scans: { sp500: scan, crypto30: scan }, cycle } });
      const lines = await screen.terminal.screen();
      expect(lines[0]).toContain("Vigía");
      expect(lines.at(-1)).toContain("q quit");
      expect(await screen.terminal.wrappedRows()).toEqual([]);
      for (const bad of ["\u001b[2J", "\u0007", "\u202e", "\u200b"])
        expect(screen.terminal.output.includes(bad)).toBe(false);
    }
  });

  test("answers in an unknown shape show less, and nothing breaks", async () => {
    const scan = { regime: 7, candidates: [null, { symbol: 3 }, aCandidate(1, { metrics: "x", score: "x" })] };
    const cycle = { results: [null, { user_id: 3 }, { user_id: "u" }], details: [] } as unknown as FakeState["cycle"];
    const closes = { SYM1: ["x"], "^GSPC": [] } as unknown as FakeState["closes"];
    await using screen = await openPortfolio({ state: { scans: { sp500: scan }, closes, cycle } });
    const shown = await screen.terminal.waitFor("SYM1");
    expect(shown).toContain("0 scanned, 0 skipped");
    expect(shown).toMatch(/^ {2}u +\? +0 +0 +0$/m);
  });
});
