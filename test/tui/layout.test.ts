import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { CANDIDATE_COLUMNS } from "../../src/tui/candidate-columns.ts";
import { listWindow, renderListRange } from "../../src/tui/list-window.ts";
import { FRAME_ROWS, HALVES_GAP, layOutOverview, MIN_COLUMNS, MIN_ROWS } from "../../src/tui/overview-layout.ts";
import { COLUMN_GAP, pickColumns, renderHeading } from "../../src/tui/pick-columns.ts";
import { CANDIDATES_HEADING_ROWS, layOutPortfolio, USERS_HEADING_ROWS } from "../../src/tui/portfolio-layout.ts";
import { SCORE_COLUMNS } from "../../src/tui/score-columns.ts";
import { USER_COLUMNS } from "../../src/tui/user-columns.ts";
import { soakTimes } from "../support/soak.ts";

const demand = fc
  .record({ min: fc.integer({ min: 1, max: 4 }), more: fc.nat(60) })
  .map(({ min, more }) => ({ min, want: min + more }));
const NOTHING = { min: 0, want: 0 };
const demands = fc.record({
  jobs: demand,
  scores: demand,
  alerts: demand,
  mirror: fc.oneof(fc.constant(NOTHING), demand),
  sources: demand,
});
const size = fc.record({
  columns: fc.integer({ min: MIN_COLUMNS, max: 300 }),
  rows: fc.integer({ min: MIN_ROWS, max: 120 }),
});

describe("layOutOverview", () => {
  test("never gives out more rows or columns than there are", () => {
    fc.assert(
      fc.property(size, demands, (terminal, wanted) => {
        const { sideBySide, mainColumns, scoreColumns, rows } = layOutOverview(terminal, wanted);
        const rest = rows.jobs + rows.alerts + rows.mirror + rows.sources + (wanted.mirror.want > 0 ? 4 : 3);
        const tallest = sideBySide ? Math.max(rest, rows.scores + 1) : rest + rows.scores + 1;
        expect(tallest + FRAME_ROWS).toBeLessThanOrEqual(terminal.rows);
        expect(sideBySide ? mainColumns + HALVES_GAP + scoreColumns : mainColumns).toBe(terminal.columns);
      }),
      { numRuns: soakTimes(500, 20_000) },
    );
  });

  test("leaves no row unused that somebody wants", () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN_ROWS, max: 120 }), demands, (rows, wanted) => {
        const given = layOutOverview({ columns: 80, rows }, wanted).rows;
        const all = ["jobs", "scores", "alerts", "mirror", "sources"] as const;
        const sections = all.filter((section) => wanted[section].want > 0);
        const free = rows - FRAME_ROWS - sections.reduce((sum, section) => sum + given[section] + 1, 0);
        const unmet = sections.some((section) => given[section] < wanted[section].want);
        expect(free === 0 || !unmet).toBe(true);
      }),
    );
  });

  test("on 80x24 with much of everything all sections have room", () => {
    const much = { min: 3, want: 50 };
    const { rows } = layOutOverview(
      { columns: 80, rows: 24 },
      {
        jobs: much,
        scores: { min: 4, want: 50 },
        alerts: { min: 1, want: 9 },
        mirror: NOTHING,
        sources: { min: 1, want: 2 },
      },
    );
    expect(rows).toEqual({ jobs: 5, scores: 8, alerts: 3, mirror: 0, sources: 2 });
  });

  test("on the smallest terminal a mirror in trouble keeps its row", () => {
    const { rows } = layOutOverview(
      { columns: MIN_COLUMNS, rows: MIN_ROWS },
      {
        jobs: { min: 3, want: 50 },
        scores: { min: 4, want: 50 },
        alerts: { min: 1, want: 9 },
        mirror: { min: 2, want: 4 },
        sources: { min: 1, want: 2 },
      },
    );
    expect(rows).toEqual({ jobs: 3, scores: 2, alerts: 1, mirror: 2, sources: 0 });
  });
});

describe("layOutPortfolio", () => {
  const wanted = fc.record({ candidates: fc.nat(80), users: fc.nat(300) });
  const MARKETS_ROWS = 5;
  const heights = ({ rows }: ReturnType<typeof layOutPortfolio>) => ({
    candidates: rows.candidates + CANDIDATES_HEADING_ROWS,
    users: rows.users + USERS_HEADING_ROWS,
  });

  test("never gives out more rows or columns than there are, and leaves each list a row", () => {
    fc.assert(
      fc.property(size, wanted, (terminal, entries) => {
        const layout = layOutPortfolio(terminal, entries);
        const { candidates, users } = heights(layout);
        const body = terminal.rows - FRAME_ROWS;
        const left = MARKETS_ROWS + users + (layout.sideBySide ? 0 : candidates);
        expect(Math.max(left, candidates)).toBeLessThanOrEqual(body);
        const used = layout.mainColumns + (layout.sideBySide ? HALVES_GAP + layout.candidateColumns : 0);
        expect(used).toBe(terminal.columns);
        for (const list of ["candidates", "users"] as const)
          if (entries[list] > 0) expect(layout.rows[list]).toBeGreaterThan(0);
      }),
      { numRuns: soakTimes(500, 20_000) },
    );
  });

  test("leaves no row unused that a list wants", () => {
    fc.assert(
      fc.property(fc.integer({ min: MIN_ROWS, max: 120 }), wanted, (rows, entries) => {
        const layout = layOutPortfolio({ columns: 80, rows }, entries);
        const { candidates, users } = heights(layout);
        const free = rows - FRAME_ROWS - MARKETS_ROWS - candidates - users;
        const unmet = layout.rows.candidates < entries.candidates || layout.rows.users < entries.users;
        expect(free === 0 || !unmet).toBe(true);
      }),
    );
  });

  test("lists stand beside each other only where that shows more", () => {
    const many = { candidates: 20, users: 100 };
    expect(layOutPortfolio({ columns: 160, rows: 24 }, many).sideBySide).toBe(true);
    expect(layOutPortfolio({ columns: 160, rows: 24 }, { candidates: 5, users: 3 }).sideBySide).toBe(false);
    expect(layOutPortfolio({ columns: 149, rows: 24 }, many).sideBySide).toBe(false);
  });
});

describe("pickColumns", () => {
  test("fits the width, keeps the order and drops the least important first", () => {
    for (let width = 0; width < 200; width++) {
      const picked = pickColumns(SCORE_COLUMNS, width);
      const used = picked.reduce((sum, column) => sum + column.width + COLUMN_GAP, -COLUMN_GAP);
      expect(used).toBeLessThanOrEqual(Math.max(width, -COLUMN_GAP));
      const names = picked.map((column) => column.name);
      expect(names).toEqual(SCORE_COLUMNS.map((column) => column.name).filter((name) => names.includes(name)));
      const dropped = SCORE_COLUMNS.filter((column) => !names.includes(column.name));
      for (const column of dropped) for (const kept of picked) expect(kept.priority).toBeLessThan(column.priority);
    }
  });

  test("the smallest terminal still shows verdict, score, change, trend, confidence and coverage", () => {
    const names = pickColumns(SCORE_COLUMNS, MIN_COLUMNS - 2).map((column) => column.name);
    expect(names).toEqual(["ticker", "verdict", "score", "change", "trend", "confidence", "coverage"]);
  });
});

describe("the columns of candidates and users", () => {
  test("the smallest terminal shows rank, symbol, radar, score, price and closes", () => {
    const names = pickColumns(CANDIDATE_COLUMNS, MIN_COLUMNS - 2).map((column) => column.name);
    expect(names).toEqual(["rank", "symbol", "radar", "score", "price", "trend"]);
  });

  test("the smallest terminal shows all of a user", () => {
    const names = pickColumns(USER_COLUMNS, MIN_COLUMNS - 2).map((column) => column.name);
    expect(names).toEqual(["user", "state", "assets", "failed", "files", "problem"]);
  });

  test("titles stand over their columns", () => {
    for (let width = 0; width < 200; width++) {
      const picked = pickColumns(CANDIDATE_COLUMNS, width);
      const used = picked.reduce((sum, column) => sum + column.width + COLUMN_GAP, -COLUMN_GAP);
      expect(renderHeading(picked)).toHaveLength(Math.max(0, used));
    }
  });
});

describe("listWindow", () => {
  test.each([
    [0, 5, 0, 0, 0],
    [3, 5, 2, 0, 3],
    [10, 5, 0, 0, 5],
    [10, 5, 5, 3, 8],
    [10, 5, 9, 5, 10],
    [10, 0, 4, 4, 4],
  ])("of %d items in %d rows with %d selected shows %d..%d", (count, height, selected, from, to) => {
    expect(listWindow(count, height, selected)).toEqual({ from, to });
  });

  test("always shows the selected item", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(98),
        (count, height, wanted) => {
          const selected = Math.min(wanted, count - 1);
          const { from, to } = listWindow(count, height, selected);
          expect(from <= selected && selected < to && to <= count).toBe(true);
        },
      ),
    );
  });

  test("says which part it is", () => {
    expect(renderListRange({ from: 2, to: 7 }, 20)).toBe("3-7 of 20");
    expect(renderListRange({ from: 0, to: 4 }, 4)).toBe("4");
  });
});
