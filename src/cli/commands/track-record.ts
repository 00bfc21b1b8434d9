import type { Command } from "commander";
import type { HorizonReport, TrackRecordReport } from "../../systems/recommendations/track-record-report.ts";
import { callApi } from "../api.ts";
import type { Handler } from "../context.ts";
import { renderTable } from "../output.ts";

/** `vigia track-record`: how past recommendations did. */
export function registerTrackRecord(program: Command, handle: Handler): void {
  program
    .command("track-record")
    .description("how past recommendations did 5, 20 and 60 sessions later (run the track_record job first)")
    .action(() =>
      handle(async ({ output, globals, connect }) => {
        const report = await callApi<TrackRecordReport>(await connect(), "/api/recommendations/track-record");
        if (globals.json) return output.data(JSON.stringify(report, null, 2));
        if (report.groups.length === 0) return output.note("Nothing is judged yet. Run: vigia run track_record");
        for (const { origin, data_source, scoring_profile, from, to, tickers, horizons } of report.groups) {
          const label = data_source === "sample" ? " — SAMPLE, not real prices" : "";
          output.data(
            `${origin}, ${scoring_profile}, prices from ${data_source}${label}: ${tickers} tickers, ${from} to ${to}, against ${report.benchmark ?? "no benchmark"}\n\n${renderTable(horizons.flatMap(linesOf), COLUMNS)}\n`,
          );
        }
      }),
    );
}

interface Line {
  horizon: number;
  level: string;
  n: number;
  hitRate: number | null;
  meanReturn: number | null;
  meanExcess: number | null;
}

function linesOf({ horizon, by_recommendation, ...all }: HorizonReport): Line[] {
  return [{ recommendation: "all", ...all }, ...by_recommendation].map((figures) => ({
    horizon,
    level: figures.recommendation,
    n: figures.n,
    hitRate: figures.hit_rate,
    meanReturn: figures.mean_return,
    meanExcess: figures.mean_excess_return,
  }));
}

const percent = (fraction: number | null) => (fraction === null ? null : `${(fraction * 100).toFixed(1)} %`);

const COLUMNS = [
  { title: "SESSIONS", value: (line: Line) => line.horizon, align: "right" },
  { title: "VERDICT", value: (line: Line) => line.level },
  { title: "N", value: (line: Line) => line.n, align: "right" },
  { title: "HIT RATE", value: (line: Line) => percent(line.hitRate), align: "right" },
  { title: "MEAN RETURN", value: (line: Line) => percent(line.meanReturn), align: "right" },
  { title: "MEAN EXCESS", value: (line: Line) => percent(line.meanExcess), align: "right" },
] as const;
