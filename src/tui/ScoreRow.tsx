import { computeChange, type ScorePoint } from "./house.ts";
import { Line } from "./Line.tsx";
import { type Tone, usePalette } from "./palette.ts";
import { type Cell, type PickedColumn, renderRow } from "./pick-columns.ts";
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
  const change = computeChange(score.total_score, score.analysis_date, history);
  const changeTone: Tone = change === null || change === 0 ? "dim" : change > 0 ? "good" : "bad";
  const coverageTone: Tone = (score.coverage ?? 0) < LOW_COVERAGE ? "warn" : "plain";
  const cells: Record<ScoreColumn, Cell> = {
    ticker: [score.ticker, selected ? "selected" : "strong"],
    company: [score.company_name ?? "", "plain"],
    verdict: [score.recommendation, VERDICT_TONES[score.recommendation] ?? "plain"],
    score: [renderNumber(score.total_score, 1), "plain"],
    change: [renderChange(change), changeTone],
    trend: [(width) => renderSparkline(withCurrent(score, history), width), "accent"],
    confidence: [renderPercent(score.confidence, 1), "plain"],
    coverage: [renderPercent(score.coverage, 100), coverageTone],
    price: [[renderNumber(score.current_price, 2), score.currency ?? ""].join(" ").trim(), "plain"],
    target: [renderNumber(score.target_price, 2), "plain"],
    risk: [score.risk_level ?? MISSING, RISK_TONES[score.risk_level ?? ""] ?? "plain"],
    barDate: [score.bar_date ?? MISSING, "dim"],
  };
  return <Line>{renderRow(columns, cells, { palette, isSelected: selected })}</Line>;
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
