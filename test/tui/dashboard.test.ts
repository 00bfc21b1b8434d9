import { describe, expect, test } from "bun:test";
import { KEY_BINDINGS } from "../../src/tui/keys.ts";
import {
  aDrainJob,
  aFullPortfolio,
  aJob,
  aLogLine,
  aRun,
  aRunningRun,
  aScore,
  aTroubledMirror,
  createFakeHouse,
} from "./fake-house.ts";
import { openDashboard } from "./open-dashboard.ts";

const ESCAPE = "\u001b";
const SGR = new RegExp(`${ESCAPE}\\[[\\d;:]*m`);
const ERASE_SCROLLBACK = "\u001b[3J";

const manyTickers = (count: number) =>
  Array.from({ length: count }, (_, index) => aScore({ ticker: `TK${index}`, total_score: 90 - index }));
const manyJobs = (count: number) => Array.from({ length: count }, (_, index) => aJob({ job_name: `job_${index}` }));

describe("overview", () => {
  test("shows jobs, scores, alerts and budgets on 80x24 without a wrapped line", async () => {
    await using screen = await openDashboard({
      state: {
        jobs: [aJob({ runs: [aRunningRun()], running: true }), ...manyJobs(12)],
        scores: manyTickers(30),
        alerts: [{ rule: "job.failed", level: "critical", since: "2024-03-08T06:10:00Z", message: "failed 3 times" }],
      },
    });
    const shown = await screen.terminal.waitFor("TK0");
    expect(shown).toContain("Vigía");
    expect(shown).toContain("http://127.0.0.1:8000");
    expect(shown).toContain("12:00 UTC");
    expect(shown).toMatch(/> daily_analysis\s+running\s+█+░+ {2}3\/15 20% {2}eta 24s {2}1m00s {2}GGAL/);
    expect(shown).toMatch(/job_0\s+ok\s+in 18h00m\s+03-09 06:00/);
    expect(shown).toMatch(/TK0\s+COMPRAR\s+90\.0/);
    expect(shown).toContain("!! since 06:10 job.failed: failed 3 times");
    expect(shown).toMatch(/yahoo\s+█░+ 120\/500/);
    expect((await screen.terminal.screen()).at(-1)).toContain("q quit");
    expect(await screen.terminal.wrappedRows()).toEqual([]);
  });

  test("shows the change since the previous date and the scores' own history", async () => {
    await using screen = await openDashboard();
    const shown = await screen.terminal.waitFor("+2.1");
    expect(shown).toMatch(/GGAL\s+COMPRAR\s+72\.5\s+\+2\.1 .*[▁-█]{2} {2}81% {3}80%\s+25\.50 USD medium/);
    expect(shown).toContain("GGAL Grupo Financiero Galicia: Tendencia alcista");
  });

  test("labels sample data, and only sample data", async () => {
    await using sample = await openDashboard({ state: { dataSource: "sample" } });
    expect(await sample.terminal.waitFor("GGAL")).toContain("MUESTRA (sample data)");
    await using real = await openDashboard();
    expect(await real.terminal.waitFor("GGAL")).not.toContain("MUESTRA");
  });

  test("one sample row among real ones is enough for the label", async () => {
    await using screen = await openDashboard({
      state: { dataSource: "mixed", scores: [aScore(), aScore({ ticker: "YPF", data_source: "sample" })] },
    });
    expect(await screen.terminal.waitFor("YPF")).toContain("MUESTRA");
  });

  test("says so when there is no analysis yet", async () => {
    await using screen = await openDashboard({ state: { scores: null } });
    expect(await screen.terminal.waitFor("live")).toContain("no analysis yet");
  });

  test("paused, disabled, failing and retried jobs are told apart in words", async () => {
    const jobs = [
      aJob({ job_name: "held", paused: true }),
      aJob({ job_name: "unused", enabled: false, runs: [] }),
      aJob({
        job_name: "broken",
        consecutive_failures: 3,
        runs: [aRun({ outcome: "failed", status: "failed", retry_at: "2024-03-08T12:05:00Z" })],
      }),
      aJob({ job_name: "fresh", runs: [] }),
    ];
    await using screen = await openDashboard({ state: { jobs } });
    const shown = await screen.terminal.waitFor("fresh");
    expect(shown).toMatch(/held\s+paused\s+no next run/);
    expect(shown).toMatch(/unused\s+off\s+no next run/);
    expect(shown).toMatch(/broken\s+failed x3\s+in 5m\s+12:05\s+\(retry\)/);
    expect(shown).toMatch(/fresh\s+never run\s+in 18h00m/);
  });

  test("the first frame is there before any answer", async () => {
    await using screen = await openDashboard({ state: { trouble: "silent" } });
    const shown = await screen.terminal.waitFor("connecting");
    expect(shown).toContain("waiting for the server");
  });
});

describe("terminal", () => {
  test("gives the screen back as it was and leaves the scrollback alone", async () => {
    const before = Array.from({ length: 40 }, (_, line) => `shell ${line}`).join("\r\n");
    const screen = await openDashboard({ before, state: { scores: manyTickers(40), jobs: manyJobs(20) } });
    await screen.terminal.waitFor("TK0");
    const scrolled = await screen.terminal.scrollback();
    for (const [columns, rows] of [
      [80, 16],
      [60, 15],
      [40, 8],
      [170, 50],
      [80, 24],
    ] as const) {
      screen.terminal.resize(columns, rows);
      await screen.pass(0);
    }
    await screen.press("?");
    await screen.press("q");
    await screen.dashboard.done;
    expect(screen.quits).toStrictEqual([undefined]);
    const shown = (await screen.terminal.screen()).join("\n");
    expect(shown).toContain("shell 39");
    expect(shown).not.toContain("TK0");
    expect(scrolled).toContain("shell 0");
    expect(await screen.terminal.scrollback()).toEqual(expect.arrayContaining(["shell 0", "shell 15"]));
    expect(screen.terminal.output).not.toContain(ERASE_SCROLLBACK);
  });

  test.each([
    [60, 15],
    [60, 20],
    [61, 16],
    [79, 23],
    [80, 24],
    [100, 30],
    [120, 40],
    [149, 40],
    [150, 24],
    [230, 70],
  ])("fills %dx%d exactly: header on top, keys at the bottom, nothing wrapped", async (columns, rows) => {
    await using screen = await openDashboard({
      columns,
      rows,
      state: {
        scores: manyTickers(60),
        jobs: [aJob({ runs: [aRunningRun()] }), aDrainJob(), ...manyJobs(20)],
        dataSource: "sample",
        ...aFullPortfolio(),
        ...aTroubledMirror(),
      },
    });
    await screen.terminal.waitFor("TK0");
    for (const keys of [
      "",
      "\t",
      "?",
      ESCAPE,
      "\t",
      "\r",
      "2",
      "\t",
      "?",
      ESCAPE,
      "3",
      "G",
      "\t",
      "d",
      "?",
      ESCAPE,
      "1",
    ]) {
      if (keys) await screen.press(keys);
      const lines = await screen.terminal.screen();
      expect(lines[0]).toContain("Vigía");
      expect(lines.at(-1)).toContain("q quit");
      expect(await screen.terminal.wrappedRows()).toEqual([]);
    }
  });

  test.each([
    [59, 24],
    [80, 14],
    [20, 3],
    [5, 1],
  ])("%dx%d is too small, says so and still quits", async (columns, rows) => {
    await using screen = await openDashboard({ columns, rows });
    await screen.terminal.waitFor(columns > 20 ? "terminal too small" : /ter/);
    await screen.press("q");
    await screen.dashboard.done;
    expect(screen.quits).toHaveLength(1);
  });

  test("comes back when the terminal grows again", async () => {
    await using screen = await openDashboard({ columns: 40, rows: 10 });
    await screen.terminal.waitFor("too small");
    screen.terminal.resize(80, 24);
    expect(await screen.terminal.waitFor("GGAL")).toContain("Vigía");
  });

  test("without colour writes no SGR code at all", async () => {
    await using screen = await openDashboard({
      color: false,
      state: { jobs: [aJob({ runs: [aRunningRun()] })], ...aTroubledMirror() },
    });
    await screen.terminal.waitFor("GGAL");
    for (const keys of ["\t", "?", ESCAPE, "2", "\t", "1", "\r", "3", "\t", "d", "f"]) await screen.press(keys);
    expect(screen.terminal.output).not.toMatch(SGR);
  });

  test("with colour the verdict and the state have one", async () => {
    await using screen = await openDashboard({ color: true });
    await screen.terminal.waitFor("GGAL");
    expect(await screen.terminal.colouredCells()).toBeGreaterThan(10);
    expect(screen.terminal.output).toContain("\u001b[32mCOMPRAR");
  });

  test("shows the same words with and without colour", async () => {
    await using plain = await openDashboard({ color: false });
    await using coloured = await openDashboard({ color: true });
    await plain.terminal.waitFor("+2.1");
    await coloured.terminal.waitFor("+2.1");
    const words = async ({ terminal }: typeof plain) => (await terminal.screen()).map((line) => line.trimEnd());
    expect(await words(coloured)).toEqual(await words(plain));
  });
});

describe("keys", () => {
  test("j, k and the arrows move the selection and stop at the ends", async () => {
    await using screen = await openDashboard({ state: { jobs: manyJobs(3) } });
    await screen.terminal.waitFor("> job_0");
    for (const [keys, job] of [
      ["j", 1],
      ["\u001b[B", 2],
      ["j", 2],
      ["k", 1],
      ["\u001b[A", 0],
      ["k", 0],
      ["G", 2],
      ["g", 0],
    ] as const) {
      await screen.press(keys);
      expect((await screen.terminal.screen()).filter((line) => line.startsWith(">"))).toEqual([
        expect.stringContaining(`> job_${job}`),
      ]);
    }
  });

  test("keys that arrive in one piece all count", async () => {
    await using screen = await openDashboard({ state: { jobs: manyJobs(5) } });
    await screen.terminal.waitFor("> job_0");
    await screen.press("jjj");
    await screen.terminal.waitFor("> job_3");
  });

  test("tab moves between jobs and scores, each with its own selection", async () => {
    await using screen = await openDashboard({ state: { jobs: manyJobs(3), scores: manyTickers(20) } });
    await screen.terminal.waitFor("[Jobs]");
    await screen.press("j");
    await screen.press("\t");
    await screen.terminal.waitFor("> TK0");
    await screen.press("G");
    expect(await screen.terminal.waitFor("> TK19")).toContain("[Scores 2024-03-08");
    await screen.press("\t");
    await screen.terminal.waitFor("> job_1");
  });

  test("? shows every key of the table, and ? or escape closes it", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("GGAL");
    for (const close of ["?", ESCAPE]) {
      await screen.press("?");
      const help = await screen.terminal.waitFor("[Keys]");
      for (const { label } of KEY_BINDINGS) expect(help).toContain(`  ${label}`);
      await screen.press(close);
      await screen.terminal.waitFor("[Jobs]");
    }
  });

  test("ctrl+c leaves like q", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("GGAL");
    await screen.press("\u0003");
    await screen.dashboard.done;
    expect(screen.quits).toStrictEqual([undefined]);
  });

  test("stopping from outside does not report a leaving operator", async () => {
    const screen = await openDashboard();
    await screen.dashboard.stop();
    await screen.dashboard.done;
    expect(screen.quits).toStrictEqual([]);
    expect(screen.clock.sleepers).toBe(0);
    expect(screen.house.listeners).toBe(0);
  });
});

describe("a run's log", () => {
  const lines = Array.from({ length: 50 }, (_, index) => aLogLine(index + 1));

  test("enter opens the newest run's log at its end; j and k scroll; escape goes back", async () => {
    await using screen = await openDashboard({ state: { logs: { 40: lines } } });
    await screen.terminal.waitFor("> daily_analysis");
    await screen.press("\r");
    const shown = await screen.terminal.waitFor("line 50");
    expect(shown).toContain("[daily_analysis run 40, cron, attempt 1]");
    expect(shown).toContain("ok  started 06:00, took 12s, 15 written, 0 errors");
    await screen.press("kk");
    expect(await screen.terminal.waitFor("2 below")).not.toContain("line 49");
    await screen.press("g");
    await screen.terminal.waitFor(/line 1$/m);
    await screen.press("G");
    await screen.terminal.waitFor("line 50");
    await screen.press(ESCAPE);
    await screen.terminal.waitFor("[Jobs]");
  });

  test("follows a running run and stops asking when it is over", async () => {
    await using screen = await openDashboard({
      state: { jobs: [aJob({ runs: [aRunningRun()] })], logs: { 41: lines.slice(0, 2) } },
    });
    const { state, requests } = screen.house;
    await screen.terminal.waitFor("running");
    await screen.press("\r");
    await screen.terminal.waitFor("following");
    state.logs[41] = lines.slice(0, 30);
    await screen.pass(1_000);
    await screen.terminal.waitFor("line 30");
    state.jobs = [aJob({ runs: [aRun({ id: 41 })] })];
    await screen.pass(3_000);
    await screen.terminal.waitFor("30 lines, end");
    const asked = requests.filter((path) => path.includes("/runs/41")).length;
    await screen.pass(10_000);
    expect(requests.filter((path) => path.includes("/runs/41"))).toHaveLength(asked);
    expect(requests).toContain("/api/jobs/runs/41?after_seq=2");
  });

  test("scrolled up, it stays where it is until G follows again", async () => {
    await using screen = await openDashboard({
      state: { jobs: [aJob({ runs: [aRunningRun()] })], logs: { 41: lines.slice(0, 40) } },
    });
    await screen.terminal.waitFor("running");
    await screen.press("\r");
    await screen.pass(250);
    await screen.terminal.waitFor("line 40");
    await screen.press("kkk");
    await screen.terminal.waitFor((shown) => shown.includes("3 below") && !shown.includes("line 38"));
    screen.house.state.logs[41] = lines;
    await screen.pass(1_250);
    const shown = await screen.terminal.waitFor("13 below");
    expect(shown).toContain("line 37");
    expect(shown).not.toContain("line 38");
    await screen.press("G");
    await screen.terminal.waitFor("line 50");
  });

  test("h and l step through the job's runs", async () => {
    const runs = [aRun({ id: 40 }), aRun({ id: 39, outcome: "failed" })];
    await using screen = await openDashboard({ state: { jobs: [aJob({ runs })] } });
    await screen.terminal.waitFor("> daily_analysis");
    await screen.press("\r");
    await screen.terminal.waitFor("run 40");
    await screen.press("h");
    await screen.terminal.waitFor("run 39");
    await screen.press("h");
    await screen.terminal.waitFor("run 39");
    await screen.press("l");
    await screen.terminal.waitFor("run 40");
  });

  test("shows why a log cannot be read", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("> daily_analysis");
    screen.house.state.trouble = 403;
    await screen.press("\r");
    await screen.terminal.waitFor("GET /api/jobs/runs/40?after_seq=-1 answered 403");
  });
});

describe("time", () => {
  test("writes nothing while seconds pass and nothing happens", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("+2.1");
    await screen.pass(2_000);
    const written = screen.terminal.output.length;
    for (let second = 2; second < 59; second++) await screen.pass(1_000);
    expect(screen.terminal.output.length - written).toBe(0);
  });

  test("a new minute changes only the clock and the countdowns", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("+2.1");
    await screen.pass(2_000);
    const before = await screen.terminal.screen();
    const written = screen.terminal.output.length;
    await screen.pass(59_000);
    await screen.terminal.waitFor("12:01 UTC");
    expect(screen.terminal.output.length - written).toBeLessThan(600);
    const changed = (await screen.terminal.screen()).filter((line, row) => line !== before[row]);
    expect(changed).toEqual([
      expect.stringContaining("12:01 UTC"),
      expect.stringContaining("in 17h59m"),
      expect.stringContaining("1h01m old"),
    ]);
  });

  test("counts seconds in the last minute before a run, without waiting for the next full minute", async () => {
    await using screen = await openDashboard({ state: { jobs: [aJob({ next_run: "2024-03-08T12:01:30Z" })] } });
    await screen.terminal.waitFor("in 1m");
    await screen.pass(31_000);
    await screen.terminal.waitFor("in 59s");
    await screen.pass(9_000);
    await screen.terminal.waitFor("in 50s");
    await screen.pass(50_000);
    await screen.terminal.waitFor(/daily_analysis\s+ok\s+due/);
  });

  test("a running run's ETA and time count by the second", async () => {
    await using screen = await openDashboard({ state: { jobs: [aJob({ runs: [aRunningRun()] })] } });
    await screen.terminal.waitFor("eta 24s  1m00s");
    await screen.pass(4_000);
    await screen.terminal.waitFor("eta 20s  1m04s");
  });
});

describe("hostile texts", () => {
  const HOSTILE = "\u001b[31mred\u001b[2J\u001b]0;title\u0007\u009b5A\r\n\t\u202eabc\u200b 日本語 👨‍👩‍👧 🇦🇷 Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A";

  test("never reach the terminal as anything but one line of text", async () => {
    const text = HOSTILE.repeat(20);
    await using screen = await openDashboard({
      state: {
        jobs: [
          aJob({
            job_name: text,
            runs: [aRunningRun({ job_name: text, progress: { done: 1, total: 2, item: text, eta_seconds: 3 } })],
          }),
        ],
        scores: [
          aScore({
            ticker: text,
            company_name: text,
            summary: text,
            recommendation: text,
            currency: text,
            risk_level: text,
          }),
        ],
        alerts: [{ rule: text, level: "critical", since: "2024-03-08T06:10:00Z", message: text }],
        quotas: { [text]: { used: 1, limit: 2, resets_at: "x" } },
        logs: { 41: [aLogLine(1, { message: text, level: text, fields: { [text]: text } })] },
      },
    });
    await screen.terminal.waitFor("> red");
    for (const keys of ["", "\t", "\t", "\r"]) {
      if (keys) await screen.press(keys);
      const lines = await screen.terminal.screen();
      expect(lines[0]).toContain("Vigía");
      expect(lines.at(-1)).toContain("q quit");
      expect(await screen.terminal.wrappedRows()).toEqual([]);
    }
    await screen.terminal.waitFor("[red");
    expect(screen.terminal.output).not.toMatch(SGR);
    for (const bad of ["\u001b[2J", "\u0007", "\u009b", "\u202e", "\u200b", "title"])
      expect(screen.terminal.output).not.toContain(bad);
  });

  test("answers in an unknown shape show less, and nothing breaks", async () => {
    const house = createFakeHouse();
    Object.assign(house.state, {
      jobs: [null, 7, { job_name: 3 }, aJob({ job_name: "sound" })],
      alerts: "none",
      quotas: [1],
      scores: [{}, { ticker: "OK" }],
    });
    await using screen = await openDashboard({ house });
    expect(await screen.terminal.waitFor("sound")).toContain("OK");
  });
});
