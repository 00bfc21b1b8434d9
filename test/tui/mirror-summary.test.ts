import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { displayWidth } from "../../src/tui/fit-text.ts";
import { renderOwedTables } from "../../src/tui/mirror-text.ts";
import {
  aDrainJob,
  aJob,
  aMirror,
  aRunningRun,
  aStream,
  aTroubledMirror,
  createFakeHouse,
  type FakeState,
  NOON,
} from "./fake-house.ts";
import { openDashboard } from "./open-dashboard.ts";

const behind = () =>
  aMirror([
    aStream("analysis_details", { state: "owed", owed: 40, lag_seconds: 120 }),
    aStream("recommendations", { state: "owed", owed: 1_200, lag_seconds: 750 }),
    aStream("job_runs"),
  ]);
const withMirror = (changes: Partial<FakeState> = {}): Partial<FakeState> => ({
  jobs: [aJob(), aDrainJob()],
  mirror: behind(),
  ...changes,
});

describe("the overview's Supabase block", () => {
  test("shows what is owed in all and by table, the largest first, the lag and the last delivery", async () => {
    await using screen = await openDashboard({ state: withMirror() });
    const shown = await screen.terminal.waitFor("── Supabase ");
    expect(shown).toMatch(/── Supabase ─+ 1,240 owed for 12m ──/);
    expect(shown).toMatch(/^ {2}last delivery ok 11:50, 1,240 sent$/m);
    expect(shown).toContain("  owed: recommendations 1,200  analysis_details 40");
    expect(shown).not.toContain("!!");
    expect(await screen.terminal.wrappedRows()).toEqual([]);
  });

  test("a mirror that owes nothing takes one line", async () => {
    await using screen = await openDashboard({ state: withMirror({ mirror: aMirror() }) });
    const lines = await screen.terminal.waitFor("── Supabase ").then((shown) => shown.split("\n"));
    const title = lines.findIndex((line) => line.includes("── Supabase "));
    expect(lines[title]).toContain(" nothing owed ──");
    expect(lines[title + 2]).toStartWith("── ");
  });

  test("blocked streams, refused rows and failed deliveries come first and say what to press", async () => {
    await using screen = await openDashboard({ columns: 120, rows: 40, color: true, state: aTroubledMirror() });
    const shown = await screen.terminal.waitFor("!! blocked");
    expect(shown).toContain("!! blocked (press 3): job_runs: migrations pending: there is no table job_runs.");
    expect(shown).toContain("!! refused (press 3, then tab): 60 rows; r sends again, d gives up");
    expect(shown).toContain("!  not sent (press 3): company_profiles: Supabase did not answer within 120 s.");
    expect(shown).toMatch(/owed for 2h00m, 1 blocked, 60 refused/);
    expect(shown).toMatch(/owed: job_runs 12,345 {2}table_number_0 1,000 .* {2}\+\d+ more/);
    expect(screen.terminal.output).toContain("\u001b[31m!! blocked");
  });

  test("on 60x20 the first trouble is still in sight", async () => {
    await using screen = await openDashboard({ columns: 60, rows: 20, state: aTroubledMirror() });
    await screen.terminal.waitFor("!! blocked (press 3): job_runs");
    expect(await screen.terminal.wrappedRows()).toEqual([]);
  });

  test("a delivery that goes on shows its bar and its ETA, moved by events alone", async () => {
    const run = aRunningRun({
      id: 61,
      job_name: "mirror_drain",
      progress: { done: 300, total: 1_200, item: "recommendations", eta_seconds: 40 },
    });
    const jobs = [aJob(), aDrainJob({ runs: [run], running: true })];
    await using screen = await openDashboard({ state: withMirror({ jobs }) });
    await screen.terminal.waitFor(/sending {2}█+░+ {2}300\/1200 25% {2}eta 40s {2}1m00s/);
    await screen.pass(1_000);
    const progress = { done: 600, total: 1_200, item: "recommendations", eta_ms: 20_000 };
    screen.house.emit({ type: "run.progress", job: "mirror_drain", run_id: 61, ...progress });
    await screen.pass(250);
    await screen.terminal.waitFor(/sending {2}█+░+ {2}600\/1200 50% {2}eta [12]\ds/);
  });

  test("a pause is named with the key that ends it", async () => {
    await using screen = await openDashboard({ state: withMirror({ mirror: { ...behind(), paused: true } }) });
    await screen.terminal.waitFor("paused: changes wait here; 3, then p sends again");
  });

  test("a delivery that failed says since when Supabase has taken nothing", async () => {
    const run = { ...behind().last_run, outcome: "failed", ended_at: NOON, units: 0 };
    await using screen = await openDashboard({ state: withMirror({ mirror: { ...behind(), last_run: run } }) });
    await screen.terminal.waitFor("last delivery failed 12:00, 0 sent; last accepted 11:50");
  });

  test("before its first delivery it says so", async () => {
    await using screen = await openDashboard({ state: withMirror({ mirror: aMirror([], { last_run: null }) }) });
    await screen.terminal.waitFor("nothing sent yet");
  });

  test.each([
    ["is off", aMirror([], { enabled: false })],
    ["is not there (404)", 404],
    ["is not for this token (403)", 403],
    ["fails (500)", 500],
    ["answers in an unknown shape", [1] as unknown as number],
  ] as const)("there is nothing of it when the mirror %s, and the connection counts as good", async (_how, mirror) => {
    await using screen = await openDashboard({ state: { mirror } });
    const shown = await screen.terminal.waitFor("live");
    expect(shown).not.toContain("Supabase");
    expect(shown).not.toContain("OFFLINE");
  });
});

describe("reading the mirror", () => {
  const reads = (house: { requests: string[] }) =>
    house.requests.filter((path) => path.startsWith("/api/mirror/status")).length;
  const letterReads = (house: { requests: string[] }) =>
    house.requests.filter((path) => path.startsWith("/api/dead-letters")).length;

  /** A minute in which the event stream lives. */
  const passMinute = async ({ pass, house }: Awaited<ReturnType<typeof openDashboard>>) => {
    house.send(": heartbeat\n\n");
    await pass(60_000);
  };

  test("every 15 s, every 5 s while its screen is open, and dead letters only then", async () => {
    await using screen = await openDashboard({ state: withMirror() });
    const { house } = screen;
    await screen.pass(30_000);
    let before = reads(house);
    await passMinute(screen);
    expect(reads(house) - before).toBe(4);
    expect(letterReads(house)).toBe(0);
    await screen.press("3");
    await screen.pass(1_000);
    before = reads(house);
    await passMinute(screen);
    expect(reads(house) - before).toBe(12);
    expect(letterReads(house)).toBeGreaterThanOrEqual(24);
    await screen.press("1");
    await screen.pass(10_000);
    before = reads(house);
    await passMinute(screen);
    expect(reads(house) - before).toBe(4);
  });

  test("at once when a drain begins or ends, and not for other jobs", async () => {
    await using screen = await openDashboard({ state: withMirror() });
    await screen.pass(2_000);
    const before = reads(screen.house);
    const started = { type: "run.started", run_id: 90, trigger: "cron", attempt: 1, slot_at: null } as const;
    screen.house.emit({ ...started, job: "daily_analysis" });
    await screen.pass(500);
    expect(reads(screen.house)).toBe(before);
    screen.house.state.mirror = aMirror();
    screen.house.emit({ ...started, job: "mirror_drain" });
    await screen.pass(500);
    expect(reads(screen.house)).toBe(before + 1);
    await screen.terminal.waitFor("nothing owed");
  });

  test("an older house is asked once a minute", async () => {
    await using screen = await openDashboard();
    await screen.pass(1_000);
    const before = reads(screen.house);
    for (let minute = 0; minute < 5; minute++) await passMinute(screen);
    expect(reads(screen.house) - before).toBe(5);
  });

  test("a route that fails keeps what was read", async () => {
    await using screen = await openDashboard({ state: withMirror() });
    await screen.terminal.waitFor("1,240 owed");
    screen.house.state.mirror = 500;
    await screen.pass(45_000);
    expect(await screen.terminal.waitFor("1,240 owed")).toContain("live");
  });
});

describe("a quiet mirror", () => {
  /** A house whose debt grows older as a real one's: each read finds the time that has passed, give or take a second. */
  function anAgeingHouse(now: () => number) {
    const house = createFakeHouse(withMirror());
    const { fetch } = house;
    let reads = 0;
    house.fetch = async (path, init) => {
      // Owed since 11:48:00 or 11:48:01: just where a wobble would show.
      const lag = Math.round((now() - Date.parse("2024-03-08T11:48:00Z")) / 1_000) - (reads++ % 2);
      house.state.mirror = aMirror([aStream("recommendations", { state: "owed", owed: 5, lag_seconds: lag })]);
      return fetch(path, init);
    };
    return house;
  }

  test.each([
    ["the overview", ""],
    ["its own screen", "3"],
  ])("writes nothing on %s between two minutes, though the drain may come every minute", async (_where, keys) => {
    let now = () => Date.parse(NOON);
    await using screen = await openDashboard({ house: anAgeingHouse(() => now()) });
    now = () => screen.clock.now().getTime();
    if (keys) await screen.press(keys);
    await screen.pass(16_000);
    await screen.terminal.waitFor(/5 owed for 1[12]m/);
    const written = screen.terminal.output.length;
    for (let second = 18; second < 59; second++) await screen.pass(1_000);
    expect(screen.terminal.output.length - written).toBe(0);
    await screen.pass(5_000);
    await screen.terminal.waitFor("12:01 UTC");
  });

  test("the drain's job is shown as one of every minute", async () => {
    await using screen = await openDashboard({ state: withMirror() });
    await screen.terminal.waitFor(/mirror_drain +ok +every minute +last 11:49/);
  });
});

describe("renderOwedTables", () => {
  const tables = fc.array(fc.record({ table: fc.stringMatching(/^[a-z_]{1,30}$/), count: fc.nat(2_000_000) }), {
    maxLength: 30,
  });

  test("never takes more than the width, and counts every table", () => {
    fc.assert(
      fc.property(tables, fc.integer({ min: 1, max: 200 }), (owed, width) => {
        const line = renderOwedTables(owed, width);
        expect(displayWidth(line)).toBeLessThanOrEqual(width);
        if (line === "" || line.includes("…")) return;
        const more = Number(/\+(\d+) more$/.exec(line)?.[1] ?? 0);
        expect(line.split("  ").length - (more > 0 ? 1 : 0) + more).toBe(owed.length);
      }),
    );
  });
});
