import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleanText } from "../../src/tui/clean-text.ts";
import { displayWidth } from "../../src/tui/fit-text.ts";
import { FRAME_ROWS, MIN_ROWS } from "../../src/tui/overview-layout.ts";
import { LETTERS_HEADING_ROWS, layOutSync, STREAMS_HEADING_ROWS } from "../../src/tui/sync-layout.ts";
import { wrapText } from "../../src/tui/wrap-text.ts";
import {
  aDrainJob,
  aJob,
  aLetter,
  aLogLine,
  aMirror,
  aRunningRun,
  aStream,
  aTroubledMirror,
  type FakeState,
} from "./fake-house.ts";
import { type OpenOptions, openDashboard } from "./open-dashboard.ts";
import { expectSameWords } from "./same-words.ts";

const ESCAPE = "\u001b";
const BLOCKED = "migrations pending: there is no table job_runs. Run `vigia db migrate`.";

const aHouse = (changes: Partial<FakeState> = {}): Partial<FakeState> => ({
  jobs: [aJob(), aDrainJob()],
  mirror: aMirror([
    aStream("recommendations", { dead_letters: 2 }),
    aStream("analysis_details", { state: "owed", owed: 1_200, lag_seconds: 750 }),
    aStream("company_profiles"),
    aStream("job_runs", { state: "blocked", owed: 40, lag_seconds: 7_200, blocked_reason: BLOCKED }),
  ]),
  letters: [
    aLetter("open/1"),
    aLetter("parked-1", { key: '["2024-03-07","YPF"]', state: "parked", next_try_at: null, attempts: 6 }),
  ],
  ...changes,
});

/** The screen that `3` opens. */
async function openSync(options: OpenOptions = {}) {
  const screen = await openDashboard({ ...options, state: { ...aHouse(), ...options.state } });
  await screen.terminal.waitFor(/live|polling/);
  await screen.press("3");
  await screen.pass(1_000);
  await screen.terminal.waitFor("[Streams");
  return screen;
}

describe("the sync screen", () => {
  test("shows every stream with its state, debt, age, refusals and deliveries, trouble first, on 80x24", async () => {
    await using screen = await openSync();
    const lines = (await screen.terminal.screen()).map((line) => line.trimEnd());
    expect(lines[1]).toMatch(/━━ \[Streams 4\] ━+ 1,240 owed for 2h00m, 1 blocked, 2 refused ━━/);
    expect(lines[2]).toBe("  last delivery ok 11:50, 1,240 sent");
    expect(lines[3]).toMatch(/^ {2}Stream +State +Owed +Since +Refused +Delivered +Last$/);
    expect(lines.slice(4, 8).map((line) => line.replace(/ +/g, " "))).toEqual([
      "> job_runs blocked 40 2h00m 0 5,000 11:50",
      " recommendations idle 0 - 2 5,000 11:50",
      " analysis_details owed 1,200 12m 0 5,000 11:50",
      " company_profiles idle 0 - 0 5,000 11:50",
    ]);
    expect(await screen.terminal.wrappedRows()).toEqual([]);
  });

  test("says in full sentences what is wrong with the selected stream", async () => {
    await using screen = await openSync();
    const flat = (shown: string) => shown.replace(/\s+/g, " ");
    expect(flat(await screen.terminal.waitFor("job_runs is blocked"))).toContain(
      `job_runs is blocked: ${BLOCKED} 40 changes wait; when the cause is gone, f sends again.`,
    );
    await screen.press("j");
    expect(flat(await screen.terminal.waitFor("recommendations is up to date"))).toContain(
      "2 rows of it were refused: see the dead letters (tab). Counted 02:30: 5,000 here, 5,000 there.",
    );
  });

  test("lists the dead letters below, parked ones first, and the selected one's reason in full", async () => {
    await using screen = await openSync();
    const shown = await screen.terminal.waitFor("── Dead letters ");
    expect(shown).toMatch(/ {2}recommendations 2024-03-07 YPF +6 parked +23514 new row/);
    expect(shown).toMatch(/ {2}recommendations 2024-03-08 GGAL +2 18:00 +23514 new row/);
    await screen.press("\tj");
    const letter = await screen.terminal.waitFor(/> recommendations 2024-03-08 GGAL/);
    expect(letter.replace(/\s+/g, " ")).toContain(
      "recommendations 2024-03-08 GGAL was refused 2 times since 11:00. It is tried again 18:00; r sends it with the next delivery, d gives it up. Why: 23514: new row violates check constraint.",
    );
    expect(letter).toContain("[Dead letters]");
  });

  test("dropped columns, failed deliveries, pauses and switched-off uploads are told in words", async () => {
    await using screen = await openSync({ columns: 120, rows: 40, state: aTroubledMirror() });
    const sentences: string[] = [];
    for (let step = 0; step < 40; step++) {
      sentences.push((await screen.terminal.screen()).join(" ").replace(/\s+/g, " "));
      await screen.press("j");
    }
    const all = sentences.join("\n");
    expect(all).toContain(
      "company_profiles: 3 changes wait to be sent. Its last delivery failed and is tried again: Supabase did not answer within 120 s. It goes without color, weight: Supabase does not have these columns.",
    );
    expect(all).toContain(
      "audit_log is paused: 7 changes wait until it is resumed with `vigia mirror resume audit_log`.",
    );
    expect(all).toContain("portfolio_files is off: ENABLE_SUPABASE_UPLOAD is false.");
  });

  test("counts the dead letters that one answer does not hold", async () => {
    const letters = Array.from({ length: 300 }, (_, index) => aLetter(`l-${index}`));
    const mirror = aMirror([aStream("recommendations", { dead_letters: 300 })]);
    await using screen = await openSync({ state: { letters, mirror } });
    await screen.terminal.waitFor(/── Dead letters ─+ 1-\d+ of 200, 100 more ──/);
  });

  test("shows the bar of a running delivery, and enter opens its log and comes back", async () => {
    const run = aRunningRun({ id: 61, job_name: "mirror_drain" });
    const jobs = [aJob(), aDrainJob({ runs: [run], running: true })];
    await using screen = await openSync({ state: { jobs, logs: { 61: [aLogLine(1)] } } });
    await screen.terminal.waitFor(/sending {2}█+░+ {2}3\/15 20% {2}eta 2\ds/);
    await screen.press("\r");
    await screen.terminal.waitFor("[mirror_drain run 61");
    await screen.press(ESCAPE);
    await screen.terminal.waitFor("[Streams");
    await screen.press(ESCAPE);
    await screen.terminal.waitFor("[Jobs]");
  });

  test("names its keys in the footer and in the help", async () => {
    await using screen = await openSync({ columns: 60, rows: 20 });
    const [footer = ""] = (await screen.terminal.screen()).slice(-1);
    expect(footer).toContain("f flush  p pause  r replay  d discard");
    await screen.press("?");
    const help = await screen.terminal.waitFor("send everything owed now");
    for (const about of ["pause or resume the mirror", "send a dead letter again", "give it up; asks first"])
      expect(help).toContain(about);
  });

  test("shows the same words with and without colour", async () => {
    await expectSameWords(openSync, "blocked");
  });
});

describe("without a mirror", () => {
  test.each([
    [aMirror([], { enabled: false }), "set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY"],
    [404, "This server is older than the mirror"],
    [403, "start with --token <token>"],
    [500, "GET /api/mirror/status answered 500"],
  ] as const)("one sentence says why (case %#)", async (mirror, sentence) => {
    await using screen = await openSync({ state: { mirror } });
    const shown = await screen.terminal.waitFor((text) => text.replace(/\s+/g, " ").includes(sentence));
    expect(shown).not.toContain("Dead letters");
    await screen.press("fprd");
    expect(screen.house.posts).toEqual([]);
  });

  test("a route that fails later says so above what was read", async () => {
    await using screen = await openSync();
    screen.house.state.mirror = 500;
    await screen.pass(6_000);
    const shown = await screen.terminal.waitFor("GET /api/mirror/status answered 500; what is shown is older.");
    expect(shown).toContain("1,240 owed");
  });
});

describe("keys that change the mirror", () => {
  test("f sends everything owed and says which run does it", async () => {
    await using screen = await openSync();
    await screen.press("f");
    await screen.terminal.waitFor("Run 77 sends everything owed now; enter shows its log.");
    expect(screen.house.posts).toEqual(["/api/mirror/flush"]);
  });

  test("p pauses, and resumes what is paused; the state is read again at once", async () => {
    await using screen = await openSync();
    await screen.press("p");
    await screen.terminal.waitFor("Paused: changes wait here until p is pressed again.");
    screen.house.state.mirror = { ...aMirror(), paused: true };
    await screen.pass(1_000);
    await screen.terminal.waitFor("paused: changes wait here; p sends again");
    await screen.press("p");
    await screen.terminal.waitFor("Resumed: what is owed is sent, blocked streams too.");
    expect(screen.house.posts).toEqual(["/api/mirror/pause", "/api/mirror/resume"]);
  });

  test("r sends the selected dead letter again, by its id as it came", async () => {
    await using screen = await openSync();
    await screen.press("\tjr");
    await screen.terminal.waitFor("recommendations 2024-03-08 GGAL is sent again with the next delivery");
    expect(screen.house.posts).toEqual(["/api/dead-letters/open%2F1/replay"]);
  });

  test("d asks, and only a second d gives the letter up", async () => {
    await using screen = await openSync();
    await screen.press("\td");
    await screen.terminal.waitFor("Give up recommendations 2024-03-07 YPF for good? d again does it");
    await screen.press("j");
    expect(await screen.terminal.waitFor(/> recommendations 2024-03-08/)).not.toContain("Give up");
    await screen.press("d");
    await screen.terminal.waitFor("Give up recommendations 2024-03-08 GGAL for good?");
    await screen.press("f");
    await screen.terminal.waitFor("Run 77");
    expect(screen.house.posts).toEqual(["/api/mirror/flush"]);
    await screen.press("d");
    await screen.terminal.waitFor("Give up");
    await screen.press("d");
    await screen.terminal.waitFor("Given up: it is not sent again while it stays as it is.");
    expect(screen.house.posts).toEqual(["/api/mirror/flush", "/api/dead-letters/open%2F1/discard"]);
  });

  test("the second d is about the letter that was asked about, though the list has moved", async () => {
    await using screen = await openSync();
    await screen.press("\td");
    await screen.terminal.waitFor("Give up recommendations 2024-03-07 YPF");
    screen.house.state.letters.unshift(aLetter("parked-0", { key: '["x"]', state: "parked", next_try_at: null }));
    await screen.pass(6_000);
    await screen.terminal.waitFor(/> recommendations x/);
    await screen.press("d");
    await screen.terminal.waitFor("Given up");
    expect(screen.house.posts).toEqual(["/api/dead-letters/parked-1/discard"]);
  });

  test("r and d without a dead letter in hand say where they are", async () => {
    await using screen = await openSync();
    for (const key of ["r", "d", "d"]) {
      await screen.press(key);
      await screen.terminal.waitFor("r and d are about the selected dead letter: tab goes to them");
      await screen.press("k");
    }
    expect(screen.house.posts).toEqual([]);
  });

  test("a refusal is shown in the server's own words, cleaned", async () => {
    const body = { detail: "mirror_drain runs already as run 60.\u001b[2J\u202e", code: "job_busy" };
    await using screen = await openSync({ state: { answers: { "/api/mirror/flush": { status: 409, body } } } });
    await screen.press("f");
    await screen.terminal.waitFor("mirror_drain runs already as run 60.");
    expect(screen.terminal.output).not.toContain("\u001b[2J");
    expect(screen.terminal.output).not.toContain("\u202e");
    await screen.press("k");
    expect((await screen.terminal.screen()).join("\n")).not.toContain("runs already");
  });

  test("a refusal without a sentence names the status; no answer at all is said too", async () => {
    const answers = { "/api/mirror/flush": { status: 502, body: "<html>" } };
    await using screen = await openSync({ state: { answers } });
    await screen.press("f");
    await screen.terminal.waitFor("POST /api/mirror/flush answered 502");
    screen.house.state.trouble = "silent";
    await screen.press("p");
    await screen.terminal.waitFor("asking the server");
    await screen.press("ppp");
    await screen.pass(11_000);
    await screen.terminal.waitFor("No answer: nothing may have changed.");
    expect(screen.house.posts).toEqual(["/api/mirror/flush", "/api/mirror/pause"]);
  });

  test("they mean nothing on the other screens and behind the help", async () => {
    await using screen = await openSync();
    await screen.press("?");
    await screen.press("fprdd");
    await screen.press(ESCAPE);
    await screen.press("1");
    await screen.press("fprdd");
    await screen.press("2");
    await screen.press("fprdd");
    expect(screen.house.posts).toEqual([]);
  });
});

describe("hostile answers", () => {
  const HOSTILE = "\u001b[31mred\u001b[2J\u0007\u202e\u200b 日本語 👨‍👩‍👧 Z͑ͫ̓".repeat(9);

  test("texts stay one line each", async () => {
    const stream = aStream(HOSTILE, {
      state: "blocked",
      owed: 1e300,
      lag_seconds: -1e12,
      dead_letters: 1,
      blocked_reason: HOSTILE,
      last_error: HOSTILE,
      dropped_columns: [HOSTILE],
      checked_at: HOSTILE,
    });
    const mirror = aMirror([stream, aStream("b", { state: HOSTILE, owed: 7, last_error: HOSTILE })]);
    if (mirror.last_run) mirror.last_run.outcome = HOSTILE;
    const letters = [aLetter("x", { subject: HOSTILE, key: `["${"\\u001b[2J"}"]`, code: HOSTILE, message: HOSTILE })];
    for (const [columns, rows] of [
      [60, 20],
      [80, 24],
      [151, 40],
    ] as const) {
      await using screen = await openSync({ columns, rows, state: { mirror, letters } });
      for (const keys of ["", "\t", "d", "1"]) {
        if (keys) await screen.press(keys);
        const lines = await screen.terminal.screen();
        expect(lines[0]).toContain("Vigía");
        expect(lines.at(-1)).toContain("q quit");
        expect(await screen.terminal.wrappedRows()).toEqual([]);
      }
      for (const bad of ["\u001b[2J", "\u0007", "\u202e", "\u200b"])
        expect(screen.terminal.output.includes(bad)).toBe(false);
    }
  });

  test("answers in an unknown shape show less, and nothing breaks", async () => {
    const streams = [null, 7, { stream: 3 }, { stream: "sound", dropped_columns: "x", owed: "many" }];
    const mirror = aMirror([], {
      streams,
      owed: "x",
      owed_by_table: { a: "x" },
      last_run: 3,
      dead_letters: null,
    });
    const letters = [{}, { id: 7, state: "open" }, { id: "l", state: "open", key: '["broken' }];
    await using screen = await openSync({ state: { mirror, letters } });
    const shown = await screen.terminal.waitFor("> sound");
    expect(shown).toContain("nothing sent yet");
  });
});

describe("layOutSync", () => {
  const wanted = fc.record({ streams: fc.nat(60), letters: fc.nat(300), detail: fc.nat(9), notice: fc.nat(5) });

  test("never gives out more rows than there are, and leaves each list a row", () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN_ROWS, max: 120 }), wanted, (rows, demands) => {
        const layout = layOutSync(rows, demands);
        const lists = layout.rows.streams + layout.rows.letters;
        const used = STREAMS_HEADING_ROWS + LETTERS_HEADING_ROWS + layout.detailRows + layout.noticeRows + lists;
        expect(used + FRAME_ROWS).toBeLessThanOrEqual(rows);
        for (const list of ["streams", "letters"] as const)
          if (demands[list] > 0) expect(layout.rows[list]).toBeGreaterThan(0);
        const unmet = layout.rows.streams < demands.streams || layout.rows.letters < demands.letters;
        expect(used + FRAME_ROWS === rows || !unmet).toBe(true);
      }),
    );
  });
});

describe("wrapText", () => {
  test.each([
    ["one two three", 8, 9, ["one two", "three"]],
    ["one two three", 7, 1, ["one tw…"]],
    ["abcdefghij k", 4, 9, ["abcd", "efgh", "ij k"]],
    ["日本語", 4, 9, ["日本", "語"]],
    ["", 5, 3, []],
    ["word", 9, 0, []],
  ])("breaks %j at %d in %d lines into %j", (text, width, most, expected) => {
    expect(wrapText(text, width, most)).toEqual(expected);
  });

  test("fits the width and loses no word while there are lines", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), fc.integer({ min: 2, max: 60 }), (text, width) => {
        const cleaned = cleanText(text);
        const lines = wrapText(cleaned, width, 1_000);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join("").replace(/ /g, "")).toBe(cleaned.replace(/ /g, ""));
      }),
    );
  });
});
