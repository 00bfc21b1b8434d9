import { describe, expect, test } from "bun:test";
import { aJob, aRun, aRunningRun, aScore, createFakeHouse } from "./fake-house.ts";
import { openDashboard } from "./open-dashboard.ts";

const statusReads = (requests: string[]) => requests.filter((path) => path.startsWith("/api/jobs/status")).length;

describe("events", () => {
  test("progress moves the bar without asking the server again", async () => {
    await using screen = await openDashboard({ state: { jobs: [aJob({ runs: [aRunningRun()] })] } });
    await screen.terminal.waitFor("3/15 20%");
    await screen.pass(1_000);
    const reads = screen.house.requests.length;
    screen.house.emit({
      type: "run.progress",
      job: "daily_analysis",
      run_id: 41,
      done: 9,
      total: 15,
      item: "YPF",
      eta_ms: 12_000,
    });
    await screen.pass(250);
    await screen.terminal.waitFor(/9\/15 60% {2}eta 1[12]s .* YPF/);
    expect(screen.house.requests).toHaveLength(reads);
  });

  test("a finished run and its scores are read at once", async () => {
    await using screen = await openDashboard({ state: { jobs: [aJob({ runs: [aRunningRun()] })] } });
    await screen.terminal.waitFor("running");
    await screen.pass(1_000);
    screen.house.state.jobs = [aJob({ runs: [aRun({ id: 41, outcome: "partial" })] })];
    screen.house.state.scores = [aScore({ total_score: 33.3, recommendation: "VENDER" })];
    screen.house.emit({
      type: "run.finished",
      job: "daily_analysis",
      run_id: 41,
      outcome: "partial",
      duration_ms: 5,
      units_written: 1,
      errors: 1,
      retry_at: null,
    });
    await screen.pass(500);
    const shown = await screen.terminal.waitFor("33.3");
    expect(shown).toContain("partial");
    expect(shown).toContain("VENDER");
  });

  test("a new date in the store brings new scores, even without an event for them", async () => {
    await using screen = await openDashboard({ state: { scores: null } });
    await screen.terminal.waitFor("no analysis yet");
    screen.house.state.scores = [aScore()];
    screen.house.emit({
      type: "run.started",
      job: "daily_analysis",
      run_id: 50,
      trigger: "cron",
      attempt: 1,
      slot_at: null,
    });
    await screen.pass(2_000);
    await screen.terminal.waitFor("GGAL");
  });

  test("a server that says events were missed is read anew", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("72.5");
    screen.house.state.scores = [aScore({ total_score: 44.4 })];
    screen.house.send("event: reset\ndata: {}\n\n");
    await screen.pass(1_500);
    await screen.terminal.waitFor("44.4");
  });

  test("a storm of events causes at most four frames and one read a second", async () => {
    await using screen = await openDashboard({
      state: {
        jobs: [aJob({ runs: [aRunningRun({ progress: { done: 0, total: 5000, item: null, eta_seconds: null } })] })],
      },
    });
    await screen.terminal.waitFor("0/5000");
    await screen.pass(2_000);
    const { requests } = screen.house;
    const reads = statusReads(requests);
    const frames = () => screen.terminal.output.split("\u001b[?2026h").length;
    const drawn = frames();
    for (let tick = 0; tick < 100; tick++) {
      for (let burst = 1; burst <= 20; burst++)
        screen.house.emit({
          type: "run.progress",
          job: "daily_analysis",
          run_id: 41,
          done: tick * 20 + burst,
          total: 5000,
          item: null,
          eta_ms: null,
        });
      screen.house.emit({ type: "slot.skipped", job: "x", slot_at: "2024-03-08T12:00:00Z", reason: "overlap" });
      await screen.clock.advance(20);
    }
    await screen.dashboard.flushed();
    // Two seconds: 4 frames each for the events, 1 each for the clock, and one on either side.
    expect(frames() - drawn).toBeLessThanOrEqual(12);
    expect(statusReads(requests) - reads).toBeLessThanOrEqual(3);
  });

  test("garbage on the stream is passed over", async () => {
    await using screen = await openDashboard({ state: { jobs: [aJob({ runs: [aRunningRun()] })] } });
    await screen.terminal.waitFor("3/15");
    await screen.pass(1_000);
    screen.house.send("event: run.progress\ndata: {not json\n\n: heartbeat\n\nevent: job.changed\n\nno field\n\n");
    screen.house.emit({
      type: "run.progress",
      job: "daily_analysis",
      run_id: 41,
      done: 4,
      total: 15,
      item: null,
      eta_ms: null,
    });
    await screen.pass(250);
    await screen.terminal.waitFor("4/15");
  });
});

describe("a lost connection", () => {
  test("keeps the last data, says how old it is, and recovers by itself", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("live");
    await screen.pass(2_000);
    screen.house.state.trouble = "down";
    screen.house.dropStreams();
    await screen.pass(2_000);
    let shown = await screen.terminal.waitFor("OFFLINE");
    expect(shown).toContain("GGAL");
    expect(shown).toContain("no answer; trying again");
    await screen.pass(5 * 60_000);
    shown = await screen.terminal.waitFor(/OFFLINE 4m, data [45]m old/);
    expect(shown).toContain("GGAL");
    screen.house.state.trouble = "none";
    await screen.pass(31_000);
    await screen.terminal.waitFor("live");
  });

  test("asks less and less often, at last every 30 seconds", async () => {
    await using screen = await openDashboard({ state: { trouble: "down" } });
    await screen.terminal.waitFor("OFFLINE");
    await screen.pass(120_000);
    const reads = statusReads(screen.house.requests);
    await screen.pass(300_000);
    expect(statusReads(screen.house.requests) - reads).toBe(10);
  });

  test("an idle, lost dashboard writes nothing between two minutes", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("live");
    screen.house.state.trouble = "down";
    screen.house.dropStreams(new Error("reset"));
    await screen.pass(122_000);
    const written = screen.terminal.output.length;
    for (let second = 2; second < 59; second++) await screen.pass(1_000);
    expect(screen.terminal.output.length - written).toBe(0);
  });

  test.each([
    ["ends", undefined],
    ["breaks", new Error("reset")],
  ])("a stream that %s while the server is well is opened again without a word on the screen", async (_how, error) => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("live");
    await screen.pass(2_000);
    const written = screen.terminal.output.length;
    screen.house.dropStreams(error);
    // In steps, because frames that undo each other at once are never written.
    for (let step = 0; step < 6; step++) await screen.pass(500);
    expect(screen.house.listeners).toBe(1);
    expect(screen.terminal.output.length - written).toBe(0);
  });

  test("a stream that falls silent is opened again", async () => {
    await using screen = await openDashboard();
    await screen.terminal.waitFor("live");
    const opened = () => screen.house.requests.filter((path) => path === "/api/events").length;
    expect(opened()).toBe(1);
    await screen.pass(200_000);
    expect(opened()).toBeGreaterThan(1);
    expect(screen.house.listeners).toBe(1);
  });

  test("without events the state is polled every five seconds", async () => {
    const house = createFakeHouse();
    const { fetch } = house;
    house.fetch = async (path) =>
      path === "/api/events" ? new Response("no such route", { status: 404 }) : fetch(path);
    await using screen = await openDashboard({ house });
    await screen.terminal.waitFor("polling");
    const reads = statusReads(house.requests);
    await screen.pass(60_000);
    expect(statusReads(house.requests) - reads).toBe(12);
  });

  test.each([401, 403])("a refused token (%d) is named with its remedy", async (status) => {
    await using screen = await openDashboard({ state: { trouble: status } });
    const shown = await screen.terminal.waitFor("NO ACCESS");
    expect(shown).toContain("--token");
  });

  test.each(["html", 500, 502, "silent"] as const)(
    "an answer like %p is a lost connection, not a crash",
    async (trouble) => {
      await using screen = await openDashboard({ state: { trouble } });
      await screen.pass(15_000);
      await screen.terminal.waitFor("OFFLINE");
      screen.house.state.trouble = "none";
      await screen.pass(60_000);
      await screen.terminal.waitFor("GGAL");
    },
  );
});
