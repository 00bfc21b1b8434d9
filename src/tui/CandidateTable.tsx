import { Box } from "ink";
import { CANDIDATE_COLUMNS, type CandidateColumn } from "./candidate-columns.ts";
import { Line } from "./Line.tsx";
import { listWindow, renderListRange } from "./list-window.ts";
import { type Palette, usePalette } from "./palette.ts";
import { type Cell, type PickedColumn, pickColumns, renderHeading, renderRow } from "./pick-columns.ts";
import { candidatesOf, MARKET_TITLES, type MarketCandidate, PORTFOLIO_CYCLE, type Portfolio } from "./portfolio.ts";
import { CANDIDATES_HEADING_ROWS } from "./portfolio-layout.ts";
import { MISSING, renderPrice } from "./price-text.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import { renderPriceLine } from "./sparkline.ts";

export interface CandidateTableProps {
  portfolio: Portfolio | null;
  columns: number;
  /** Candidates that have room. */
  rows: number;
  focused: boolean;
  selected: number;
}

const MARKER_WIDTH = 2;

/** What the radars found, one market after the other, best first. */
export function CandidateTable({ portfolio, columns, rows, focused, selected }: CandidateTableProps) {
  const palette = usePalette();
  const all = candidatesOf(portfolio);
  const picked = pickColumns(CANDIDATE_COLUMNS, columns - MARKER_WIDTH);
  const window = listWindow(all.length, rows, selected);
  const heading = all.length > 0 ? renderHeading(picked) : explainEmpty(portfolio);
  return (
    <Box flexDirection="column" height={rows + CANDIDATES_HEADING_ROWS} overflow="hidden">
      <SectionTitle title="Candidates" note={renderListRange(window, all.length)} columns={columns} focused={focused} />
      <Line>{`  ${palette("dim", heading)}`}</Line>
      {all.slice(window.from, window.to).map((candidate, index) => (
        <Line key={`${candidate.market} ${candidate.symbol} ${index}`}>
          {renderCandidate(candidate, {
            columns: picked,
            closes: portfolio?.closes.get(candidate.symbol) ?? [],
            selected: focused && window.from + index === selected,
            palette,
          })}
        </Line>
      ))}
    </Box>
  );
}

interface RowOptions {
  columns: readonly PickedColumn<CandidateColumn>[];
  closes: readonly number[];
  selected: boolean;
  palette: Palette;
}

function renderCandidate(candidate: MarketCandidate, { columns, closes, selected, palette }: RowOptions): string {
  const { rank, symbol, market, radar, score, metrics } = candidate;
  const cells: Record<CandidateColumn, Cell> = {
    rank: [String(rank), "plain"],
    symbol: [symbol, selected ? "selected" : "strong"],
    market: [MARKET_TITLES[market], "dim"],
    radar: [radar, "plain"],
    score: [score === null ? MISSING : score.toFixed(1), "plain"],
    price: [renderPrice(metrics.precio), "plain"],
    trend: [(width) => renderPriceLine(closes, width), "accent"],
  };
  return renderRow(columns, cells, { palette, isSelected: selected });
}

function explainEmpty(portfolio: Portfolio | null): string {
  if (!portfolio) return "waiting for the server";
  const scanned = Object.values(portfolio.scans).some((scan) => scan !== null);
  return scanned ? "nothing passed the radars" : `no scan yet: the first run of ${PORTFOLIO_CYCLE} brings it`;
}
