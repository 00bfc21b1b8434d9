import { afterEach, describe, expect, test } from "bun:test";
import { cleanup, render } from "ink-testing-library";
import type { ReactElement } from "react";
import { AlertList } from "../../src/tui/AlertList.tsx";
import { Footer } from "../../src/tui/Footer.tsx";
import { Header } from "../../src/tui/Header.tsx";
import { Help } from "../../src/tui/Help.tsx";
import { type House, UNKNOWN_HOUSE } from "../../src/tui/house.ts";
import { KEY_BINDINGS } from "../../src/tui/keys.ts";
import { SourceBudgets } from "../../src/tui/SourceBudgets.tsx";
import { TooSmall } from "../../src/tui/TooSmall.tsx";

const NOON = Date.parse("2024-03-08T12:00:00Z");
const URL = "http://vigia.example.com:8000/a/rather/long/path";

afterEach(cleanup);

const frameOf = (node: ReactElement): string => render(node).lastFrame() ?? "";

describe("Header", () => {
  const offline: House = {
    ...UNKNOWN_HOUSE,
    statusAtMs: NOON - 7 * 60_000,
    connection: { state: "offline", sinceMs: NOON - 300_000, reason: "no answer" },
  };

  test.each([60, 61, 70, 80, 99])("is one line of %d columns with the clock at its end", (columns) => {
    for (const house of [UNKNOWN_HOUSE, offline]) {
      const frame = frameOf(<Header house={house} url={URL} nowMs={NOON} columns={columns} />);
      expect(frame.split("\n")).toHaveLength(1);
      expect(Bun.stringWidth(frame)).toBeLessThanOrEqual(columns);
      expect(frame.trimEnd()).toEndWith("12:00 UTC");
    }
  });

  test("names what was lost, since when, and how old the data is", () => {
    expect(frameOf(<Header house={offline} url={URL} nowMs={NOON} columns={80} />)).toContain(
      "OFFLINE 5m, data 7m old",
    );
    const denied: House = { ...UNKNOWN_HOUSE, connection: { state: "denied", sinceMs: NOON, reason: "401" } };
    expect(frameOf(<Header house={denied} url={URL} nowMs={NOON} columns={80} />)).toContain(
      "NO ACCESS <1m, no data yet",
    );
  });
});

describe("AlertList", () => {
  const alerts = [
    { rule: "job.slow", subject: "", level: "warning", since: NOON - 60_000, message: "61 min" },
    { rule: "job.failed", subject: "daily_analysis", level: "critical", since: NOON - 86_400_000, message: "3 times" },
    { rule: "disk.low", subject: "", level: "warning", since: null, message: "400 MB" },
  ];

  test("puts critical ones first, marks them in letters, and counts what is hidden", () => {
    const lines = frameOf(<AlertList alerts={alerts} nowMs={NOON} columns={80} rows={2} />).split("\n");
    expect(lines[0]).toContain("1 more");
    expect(lines[1]).toBe("  !! since 03-07 12:00 job.failed daily_analysis: 3 times");
    expect(lines[2]).toBe("  !  since 11:59 job.slow: 61 min");
    expect(lines).toHaveLength(3);
  });

  test("says none, and says when it does not know", () => {
    expect(frameOf(<AlertList alerts={[]} nowMs={NOON} columns={80} rows={1} />)).toContain("none");
    expect(frameOf(<AlertList alerts={null} nowMs={NOON} columns={80} rows={1} />)).toContain("waiting");
  });
});

describe("SourceBudgets", () => {
  const budget = (source: string, used: number, limit: number | null) => ({
    source,
    used,
    limit,
    resets_at: NOON + 3_600_000,
  });

  test("shows the most spent first and says spent in words", () => {
    const budgets = [budget("yahoo", 10, 500), budget("gnews", 100, 100), budget("bcra", 4, null)];
    const lines = frameOf(<SourceBudgets budgets={budgets} nowMs={NOON} columns={80} rows={2} />).split("\n");
    expect(lines[0]).toContain("reset 13:00");
    expect(lines[1]).toMatch(/gnews\s+█{8} 100\/100 spent\s+yahoo\s+░{8} 10\/500/);
    expect(lines[2]).toMatch(/bcra\s+4, no limit/);
  });

  test("counts the ones without a row", () => {
    const budgets = Array.from({ length: 9 }, (_, index) => budget(`s${index}`, index, 10));
    expect(frameOf(<SourceBudgets budgets={budgets} nowMs={NOON} columns={80} rows={2} />)).toContain("5 more");
  });
});

describe("Footer", () => {
  test("holds only whole hints", () => {
    expect(frameOf(<Footer screen="overview" columns={30} />)).toBe(" q quit  ? help  tab pane");
  });

  test("a message takes its place", () => {
    expect(frameOf(<Footer screen="overview" message="lost" columns={60} />)).toBe(" lost");
  });
});

test("the help fits the smallest body, with every key in it", () => {
  const frame = frameOf(<Help columns={60} rows={13} />);
  expect(frame.split("\n")).toHaveLength(13);
  for (const { label, about } of KEY_BINDINGS) expect(frame).toContain(`  ${label} ${about.slice(0, 40)}`);
  for (const line of frame.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(60);
});

test("a small terminal is told what is needed", () => {
  expect(frameOf(<TooSmall columns={50} rows={10} />)).toContain("50x10, needs 60x15");
});
