import { Box } from "ink";
import type { MarketName } from "../db/schema/market.ts";
import { cutText, displayWidth, fitText } from "./fit-text.ts";
import { Line } from "./Line.tsx";
import { type Palette, type Tone, usePalette } from "./palette.ts";
import { MARKET_TITLES, type Portfolio } from "./portfolio.ts";
import type { Scan } from "./portfolio-wire.ts";
import { MISSING, renderMove, renderPrice, renderShare } from "./price-text.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import { renderPriceLine } from "./sparkline.ts";

const NAME_WIDTH = 7;
const REGIME_WIDTH = 10;
const CONFIDENCE_WIDTH = 4;
/** `BTC-USD 133437.08` */
const BENCHMARK_WIDTH = 17;
const DATE_WIDTH = 10;
/** All of these with the margin and the gaps between them. */
const STATE_WIDTH = 2 + NAME_WIDTH + REGIME_WIDTH + CONFIDENCE_WIDTH + BENCHMARK_WIDTH + DATE_WIDTH + 4;
/** As many closes as the dashboard reads. */
const MAX_LINE_WIDTH = 60;
/** `Radar 1, Radar 2`, and the same after `103 scanned, 0 skipped; `. */
const MIN_RADARS_WIDTH = 16;
const MIN_FACTS_WIDTH = 34;

const REGIME_TONES: Record<string, Tone> = {
  ALCISTA: "good",
  BAJISTA: "bad",
  LATERAL: "warn",
  TRANSICION: "warn",
  UNKNOWN: "dim",
};

/** Two rows a market: the state of its benchmark, then the benchmark's closes beside what was scanned. */
export function MarketList({ portfolio, columns }: { portfolio: Portfolio | null; columns: number }) {
  const palette = usePalette();
  const markets = Object.entries(MARKET_TITLES) as [MarketName, string][];
  return (
    <Box flexDirection="column" height={1 + 2 * markets.length} overflow="hidden">
      <SectionTitle title="Markets" columns={columns} />
      {markets.map(([market, title]) => {
        const scan = portfolio?.scans[market];
        const name = palette("strong", fitText(title, NAME_WIDTH));
        const lines = scan
          ? renderMarket(scan, portfolio.closes.get(scan.regime.benchmark) ?? [], { name, columns, palette })
          : [`  ${name} ${palette("dim", portfolio ? "no scan yet" : "waiting for the server")}`, ""];
        return lines.map((line, index) => <Line key={`${market} ${index}`}>{line}</Line>);
      })}
    </Box>
  );
}

interface MarketOptions {
  name: string;
  columns: number;
  palette: Palette;
}

function renderMarket(scan: Scan, closes: readonly number[], { name, columns, palette }: MarketOptions): string[] {
  const { regime, confidence, benchmark, price } = scan.regime;
  const counts = `${scan.scanned} scanned, ${scan.skipped} skipped`;
  const free = columns - STATE_WIDTH - 1;
  const besides = displayWidth(counts) <= free;
  const factsWidth = Math.max(besides ? MIN_RADARS_WIDTH : MIN_FACTS_WIDTH, columns - MAX_LINE_WIDTH - 4);
  const line = closes.slice(-Math.min(MAX_LINE_WIDTH, columns - factsWidth - 4));
  const move = line.length < 2 ? "" : `  ${renderMove(line[0], line.at(-1))} in ${line.length} closes`;
  const state = [
    name,
    palette(REGIME_TONES[regime] ?? "plain", fitText(regime, REGIME_WIDTH)),
    fitText(confidence === null ? MISSING : renderShare(confidence), CONFIDENCE_WIDTH, "right"),
    fitText(`${benchmark} ${renderPrice(price)}`, BENCHMARK_WIDTH),
    palette("dim", fitText(scan.as_of, DATE_WIDTH)),
    besides ? counts + (displayWidth(counts + move) <= free ? move : "") : "",
  ].join(" ");
  const facts = describeRadars(scan.radars_used, besides ? "" : `${counts}; `, factsWidth);
  return [`  ${state}`, `  ${palette("accent", renderPriceLine(closes, columns - factsWidth - 4))}  ${facts}`];
}

/** `Radar 5 (Mercado Lateral)`; without what is in brackets where the width is small. */
function describeRadars(radars: string, before: string, width: number): string {
  const full = before + (radars === "" || radars === "NONE" ? "no radar" : radars);
  return displayWidth(full) <= width ? full : cutText(full.replace(/ \([^)]*\)/g, ""), width);
}
