import { fitText } from "./fit-text.ts";
import { computeChange, type ScorePoint } from "./house.ts";
import { Line } from "./Line.tsx";
import { type Palette, type Tone, usePalette } from "./palette.ts";
import { COLUMN_GAP, type PickedColumn } from "./pick-columns.ts";
import type { ScoreColumn } from "./score-columns.ts";
import { renderSparkline } from "./sparkline.ts";
import type { Score } from "./wire.ts";

export interface ScoreRowProps {
  score: Score;
  history: readonly ScorePoint[];
  columns: readonly PickedColumn<ScoreColumn>[];
  selected: boolean;
}

const VERDICT_TONES: Record<string, Tone> = { COMPRAR: "good", MANTENER: "warn", VENDER: "bad" };
const RISK_TONES: Record<string, Tone> = { low: "good", medium: "plain", high: "bad" };
const MISSING = "-";

/** Below this a score rests on less than half of its parts. */
const LOW_COVERAGE = 0.5;

export function ScoreRow({ score, history, columns, selected }: ScoreRowProps) {
  const palette = usePalette();
  const cells = columns.map((column) => renderCell(column, score, history, selected, palette));
  return <Line>{(selected ? "> " : "  ") + cells.join(" ".repeat(COLUMN_GAP))}</Line>;
}

function renderCell(
  { name, width, align }: PickedColumn<ScoreColumn>,
  score: Score,
  history: readonly ScorePoint[],
  selected: boolean,
  palette: Palette,
): string {
  const fit = (text: string, tone: Tone = "plain") => palette(tone, fitText(text, width, align));
  const change = computeChange(score.total_score, score.analysis_date, history);
  const cells: Record<ScoreColumn, () => string> = {
    ticker: () => fit(score.ticker, selected ? "selected" : "strong"),
    company: () => fit(score.company_name ?? ""),
    verdict: () => fit(score.recommendation, VERDICT_TONES[score.recommendation]),
    score: () => fit(renderNumber(score.total_score, 1)),
    change: () => fit(renderChange(change), change === null ? "dim" : change > 0 ? "good" : change < 0 ? "bad" : "dim"),
    trend: () => palette("accent", renderSparkline(withCurrent(score, history), width)),
    confidence: () => fit(renderPercent(score.confidence, 1)),
    coverage: () => fit(renderPercent(score.coverage, 100), (score.coverage ?? 0) < LOW_COVERAGE ? "warn" : "plain"),
    price: () => fit([renderNumber(score.current_price, 2), score.currency ?? ""].join(" ").trim()),
    target: () => fit(renderNumber(score.target_price, 2)),
    risk: () => fit(score.risk_level ?? MISSING, RISK_TONES[score.risk_level ?? ""]),
    barDate: () => fit(score.bar_date ?? MISSING, "dim"),
  };
  return cells[name]();
}

/** The history up to the score itself, also while the history still lags behind. */
function withCurrent(score: Score, history: readonly ScorePoint[]): (number | null)[] {
  const before = history.filter((point) => point.date < score.analysis_date).map((point) => point.score);
  return [...before, score.total_score];
}

/** `+2.1`, `-0.4`, `=` for no change, `-` without a date before. */
function renderChange(change: number | null): string {
  if (change === null) return MISSING;
  if (Math.abs(change) < 0.05) return "=";
  return `${change > 0 ? "+" : ""}${change.toFixed(1)}`;
}

const renderNumber = (value: number | null, decimals: number): string =>
  value === null ? MISSING : value.toFixed(decimals);

const renderPercent = (value: number | null, factor: number): string =>
  value === null ? MISSING : `${Math.round(value * factor)}%`;
