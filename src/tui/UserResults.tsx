import { Box } from "ink";
import { useClockFace } from "./clock-face.ts";
import { renderCycle, renderNextCycle } from "./cycle-text.ts";
import { cutText } from "./fit-text.ts";
import type { House } from "./house.ts";
import { Line } from "./Line.tsx";
import { listWindow, renderListRange } from "./list-window.ts";
import { type Palette, type Tone, usePalette } from "./palette.ts";
import { type Cell, type PickedColumn, pickColumns, renderHeading, renderRow } from "./pick-columns.ts";
import { cycleJobOf, type Portfolio } from "./portfolio.ts";
import { USERS_HEADING_ROWS } from "./portfolio-layout.ts";
import type { UserResult } from "./portfolio-wire.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import { shortenId, USER_COLUMNS, type UserColumn } from "./user-columns.ts";

export interface UserResultsProps {
  house: House;
  nowMs: number;
  columns: number;
  /** Users that have room. */
  rows: number;
  focused: boolean;
  selected: number;
}

const MARKER_WIDTH = 2;
const STATE_TONES: Record<string, Tone> = { ok: "good", failed: "bad", empty: "dim", skipped: "warn" };

/** The last cycle in one line, and how it ended for each user. */
export function UserResults({ house, nowMs, columns, rows, focused, selected }: UserResultsProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const results = house.portfolio?.results ?? [];
  const job = cycleJobOf(house.status);
  const picked = pickColumns(USER_COLUMNS, columns - MARKER_WIDTH);
  const window = listWindow(results.length, rows, selected);
  const next = job ? renderNextCycle(job, nowMs, clock) : "";
  const heading = results.length > 0 ? renderHeading(picked) : explainEmpty(house.portfolio);
  return (
    <Box flexDirection="column" height={rows + USERS_HEADING_ROWS} overflow="hidden">
      <SectionTitle
        title="Portfolios"
        note={[next, renderListRange(window, results.length) + describeRest(house.portfolio)]
          .filter(Boolean)
          .join(" ─ ")}
        columns={columns}
        focused={focused}
      />
      <Line>{`  ${renderCycle({ portfolio: house.portfolio, job, nowMs, clock, columns: columns - 2, palette })}`}</Line>
      <Line>{`  ${palette("dim", cutText(heading, columns - MARKER_WIDTH))}`}</Line>
      {results.slice(window.from, window.to).map((result, index) => (
        <Line key={result.user_id}>
          {renderUser(result, picked, focused && window.from + index === selected, palette)}
        </Line>
      ))}
    </Box>
  );
}

function renderUser(
  result: UserResult,
  columns: readonly PickedColumn<UserColumn>[],
  isSelected: boolean,
  palette: Palette,
): string {
  const cells: Record<UserColumn, Cell> = {
    user: [shortenId(result.user_id), isSelected ? "selected" : "strong"],
    state: [result.state, STATE_TONES[result.state] ?? "plain"],
    assets: [String(result.symbols), "plain"],
    failed: [String(result.failed_symbols), result.failed_symbols > 0 ? "warn" : "plain"],
    files: [String(result.files_changed), "plain"],
    problem: [result.error ?? "", "plain"],
  };
  return renderRow(columns, cells, { palette, isSelected });
}

/** A large house's users do not all come. */
function describeRest(portfolio: Portfolio | null): string {
  if (!portfolio || typeof portfolio.cycle === "string") return "";
  const rest = portfolio.cycle.users_processed - portfolio.results.length;
  return rest > 0 ? `, ${rest} more` : "";
}

function explainEmpty(portfolio: Portfolio | null): string {
  if (!portfolio) return "waiting for the server";
  if (portfolio.cycle === "not allowed") return "users are shown to members of the house: start with --token <token>";
  return portfolio.cycle === "none yet" ? "" : "no active user had a portfolio to analyse";
}
