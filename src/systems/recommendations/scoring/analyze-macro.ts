import type { ScoringProfile } from "../../../db/schema/recommendations.ts";
import type { IsoDate } from "../../../kit/dates.ts";
import type { ScoredAnalysis } from "../analysis.ts";
import type { Available, MacroFacts, Sourced } from "../facts.ts";
import { type MacroPoints, scoreMacro, scoreMacroLegacy } from "./macro.ts";
import { type MacroReading, type MacroSeriesName, readMacroSeries } from "./macro-series.ts";
import {
  describeChangeTrends,
  describeLevelTrends,
  impactOf,
  type MacroTrends,
  renderMacroChangeText,
  renderMacroText,
} from "./macro-texts.ts";
import { checkFinite, originOf, renderMissing, renderUnavailable, roundFor, withoutNulls } from "./scored.ts";

/**
 * Scores the country's figures as they were known on `asOf`; one analysis serves all tickers of a run. `metadata` adds
 * `interpretation`, `trends` (usd, inflation, risk), `impact_on_stocks`, `inputs` (status and date of each series) and
 * `problems`. An input that is too old is not used, in either profile; one that is merely old makes the analysis stale.
 */
export function analyzeMacro(sourced: Sourced<MacroFacts>, asOf: IsoDate, profile: ScoringProfile): ScoredAnalysis {
  if (!("facts" in sourced)) return renderUnavailable("macro", sourced);
  const readings = readAll(sourced.facts, asOf);
  const { points, score, trends, render } = profile === "legacy-1" ? judgeLevels(readings) : judgeChanges(readings);
  const analysis = describeMacro(sourced, readings, points);
  if (score === null) return renderMissing(analysis, describeShortage(sourced.facts, readings));
  const rounded = roundFor(profile, score);
  const texts = { interpretation: render(rounded), trends, impact_on_stocks: impactOf(rounded) };
  return checkFinite({ ...analysis, score: rounded, metadata: { ...analysis.metadata, ...texts } });
}

type Readings = Record<MacroSeriesName, MacroReading>;

interface Judgement {
  points: MacroPoints;
  score: number | null;
  trends: MacroTrends;
  render: (score: number) => string;
}

function readAll(facts: MacroFacts, asOf: IsoDate): Readings {
  return {
    usd: readMacroSeries("usd", facts.usd, asOf),
    cer: readMacroSeries("cer", facts.cer, asOf),
    inflation: readMacroSeries("inflation", facts.inflation, asOf),
    countryRisk: readMacroSeries("countryRisk", facts.countryRisk, asOf),
  };
}

/** The original answered with invented constants when nothing was known; here that is no score. */
function judgeLevels({ usd, cer, inflation, countryRisk }: Readings): Judgement {
  const levels = { usd: usd.value, cer: cer.value, inflation: inflation.value, countryRisk: countryRisk.value };
  const { points, score } = scoreMacroLegacy(levels);
  const known = Object.values(levels).some((value) => value !== null);
  return {
    points,
    score: known ? score : null,
    trends: describeLevelTrends(levels),
    render: (rounded) => renderMacroText(levels, rounded),
  };
}

function judgeChanges({ usd, cer, inflation, countryRisk }: Readings): Judgement {
  const levels = { inflation: inflation.value, countryRisk: countryRisk.value };
  const trends = describeChangeTrends({
    usd: usd.changePercent,
    inflation: inflation.stepChange,
    countryRisk: countryRisk.changePercent,
  });
  return {
    ...scoreMacro({ ...levels, usdChange: usd.changePercent, cerChange: cer.changePercent }),
    trends,
    render: (rounded) => renderMacroChangeText({ ...levels, usdTrend: trends.usd }, rounded),
  };
}

function describeMacro(sourced: Available<MacroFacts>, readings: Readings, points: MacroPoints) {
  const { usd, cer, inflation, countryRisk } = readings;
  const origin = originOf(sourced);
  const someStale = Object.values(readings).some((reading) => reading.status === "stale");
  const analysis: Omit<ScoredAnalysis, "score"> = {
    type: "macro",
    indicators: {
      usd_rate: usd.value,
      cer_rate: cer.value,
      inflation_rate: inflation.value,
      country_risk: countryRisk.value,
      usd_change_30d: usd.changePercent,
      cer_change_30d: cer.changePercent,
      inflation_change: inflation.stepChange,
      country_risk_change_30d: countryRisk.changePercent,
    },
    raw: sourced.raw,
    metadata: {
      ...origin,
      status: origin.status === "fresh" && someStale ? "stale" : origin.status,
      as_of: latestDate(readings) ?? origin.as_of,
      points: withoutNulls(points),
      inputs: Object.fromEntries(
        Object.entries(readings).map(([name, { status, date }]) => [inputName(name), { status, as_of: date }]),
      ),
      problems: renameProblems(sourced.facts.problems),
    },
  };
  return analysis;
}

function latestDate(readings: Readings): IsoDate | null {
  const dates = Object.values(readings).flatMap(({ date }) => (date === null ? [] : [date]));
  return dates.sort().at(-1) ?? null;
}

function describeShortage(facts: MacroFacts, readings: Readings): string {
  const absent = (Object.keys(readings) as MacroSeriesName[]).filter((name) => readings[name].value === null);
  const reasons = absent.map((name) => `${inputName(name)}: ${facts.problems[name] ?? "no recent value"}`);
  return reasons.length === 0 ? "Too little is known of the last 30 days." : `Too few figures (${reasons.join("; ")}).`;
}

const inputName = (name: string) => (name === "countryRisk" ? "country_risk" : name);

const renameProblems = (problems: MacroFacts["problems"]) =>
  Object.fromEntries(Object.entries(problems).map(([name, problem]) => [inputName(name), problem]));
