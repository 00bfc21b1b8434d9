import { Box } from "ink";
import type { MarketName } from "../db/schema/portfolio.ts";
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
const MIN_LINE_WIDTH = 20;
/** As many closes as the dashboard reads. */
const MAX_LINE_WIDTH = 60;

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
        const lines = renderMarket(title, portfolio, portfolio?.scans[market] ?? null, columns, palette);
        return lines.map((line, index) => <Line key={`${market} ${index}`}>{line}</Line>);
      })}
    </Box>
  );
}

function renderMarket(
  title: string,
  portfolio: Portfolio | null,
  scan: Scan | null,
  columns: number,
  palette: Palette,
): [string, string] {
  const name = palette("strong", fitText(title, NAME_WIDTH));
  if (!scan) return [`  ${name} ${palette("dim", portfolio ? "no scan yet" : "waiting for the server")}`, ""];
  const { regime, confidence, benchmark, price } = scan.regime;
  const facts = describeScan(scan, columns - MIN_LINE_WIDTH - 4);
  const lineWidth = Math.max(MIN_LINE_WIDTH, Math.min(MAX_LINE_WIDTH, columns - displayWidth(facts) - 4));
  const closes = (portfolio?.closes.get(benchmark) ?? []).slice(-lineWidth);
  const state = [
    name,
    palette(REGIME_TONES[regime] ?? "plain", fitText(regime, REGIME_WIDTH)),
    fitText(confidence === null ? MISSING : renderShare(confidence), CONFIDENCE_WIDTH, "right"),
    fitText(`${benchmark} ${renderPrice(price)}`, BENCHMARK_WIDTH),
    palette("dim", fitText(scan.as_of, DATE_WIDTH)),
  ].join(" ");
  const used = 2 + NAME_WIDTH + REGIME_WIDTH + CONFIDENCE_WIDTH + BENCHMARK_WIDTH + DATE_WIDTH + 4;
  const move = cutText(describeMove(closes), columns - used - 1);
  return [`  ${state} ${move}`, `  ${palette("accent", renderPriceLine(closes, lineWidth))}  ${facts}`];
}

/** `103 scanned, 2 skipped; Radar 5 (Mercado Lateral)`; without what is in brackets where the width is small. */
function describeScan({ scanned, skipped, radars_used: radars }: Scan, width: number): string {
  const counts = `${scanned} scanned, ${skipped} skipped; `;
  const used = radars === "" || radars === "NONE" ? "no radar" : radars;
  const full = counts + used;
  return displayWidth(full) <= width ? full : cutText(counts + used.replace(/ \([^)]*\)/g, ""), width);
}

const describeMove = (closes: readonly number[]): string =>
  closes.length < 2 ? "no closes" : `${renderMove(closes[0], closes.at(-1))} in ${closes.length} closes`;
