import type { Bars } from "../../../market/bars.ts";
import { computeAdx, computeEma, computeMacd, computeRsi } from "../../../market/indicators/index.ts";
import type { MarketRegime, RadarProfile } from "./radar-scan.ts";
import type { RegimeFacts } from "./regime-facts.ts";
import { judgeRegimeV1 } from "./regime-v1.ts";
import { judgeRegimeV2 } from "./regime-v2.ts";

export interface RegimeRequest {
  benchmark: string;
  /** Daily bars of the last two years, oldest first; undefined when there are none. */
  bars: Bars | undefined;
  profile: RadarProfile;
  /** Moment of the scan, ISO with `Z`. */
  timestamp: string;
}

/** The EMA of 200 bars and one bar more, so that a value has been carried on at least once. */
const MIN_USABLE_BARS = 201;

const JUDGES = { v1: judgeRegimeV1, v2: judgeRegimeV2 } as const;
const SIGNALS = { ALCISTA: "COMPRAR", BAJISTA: "VENDER", LATERAL: "MANTENER", TRANSICION: "MANTENER" } as const;

/**
 * The state of a benchmark (portfolio.md 6) from EMA 50 and 200, MACD, ADX and RSI of daily closes. Bars with a missing
 * price are left out. Too little history is the regime UNKNOWN with confidence 0 and `error`, never an exception.
 */
export function computeRegime({ benchmark, bars, profile, timestamp }: RegimeRequest): MarketRegime {
  const usable = bars?.length ? dropIncompleteBars(bars) : undefined;
  const problem = findProblem(benchmark, usable);
  const facts = usable && !problem ? readFacts(usable) : undefined;
  if (!facts) {
    const error = problem ?? `Los indicadores de ${benchmark} no se pueden calcular con los precios recibidos.`;
    return { regime: "UNKNOWN", signal: "MANTENER", confidence: 0, benchmark, reasons: [], timestamp, error };
  }
  const { regime, confidence, reasons } = JUDGES[profile](facts);
  return {
    regime,
    signal: SIGNALS[regime],
    confidence,
    benchmark,
    price: facts.price,
    ema_50: facts.ema50,
    EMA_100: facts.ema200,
    ...(profile === "v2" ? { ema_200: facts.ema200 } : {}),
    macd_hist: facts.histogram,
    adx: facts.adx,
    rsi: facts.rsi,
    reasons,
    timestamp,
  };
}

function findProblem(benchmark: string, usable: Prices | undefined): string | undefined {
  if (!usable) return `No hay precios de ${benchmark}.`;
  const { length } = usable.close;
  if (length >= MIN_USABLE_BARS) return undefined;
  return `${benchmark} tiene ${length} sesiones completas; el régimen necesita al menos ${MIN_USABLE_BARS}.`;
}

/** Undefined when prices are so large or small that an indicator overflows. */
function readFacts({ high, low, close }: Prices): RegimeFacts | undefined {
  const facts = {
    price: close.at(-1)!,
    ema50: computeEma(close, 50).at(-1)!,
    ema200: computeEma(close, 200).at(-1)!,
    histogram: computeMacd(close).histogram.at(-1)!,
    adx: computeAdx(high, low, close).at(-1)!,
    rsi: computeRsi(close).at(-1)!,
  };
  return Object.values(facts).every(Number.isFinite) ? facts : undefined;
}

type Prices = Pick<Bars, "high" | "low" | "close">;

/** A hole would spoil every recurrence behind it, so the bars on both sides of it are joined. */
function dropIncompleteBars({ high, low, close }: Bars): Prices {
  // A sum is a number only if all of its parts are.
  const isComplete = (_: number, index: number) => Number.isFinite(high[index]! + low[index]! + close[index]!);
  if (close.every(isComplete)) return { high, low, close };
  return { high: high.filter(isComplete), low: low.filter(isComplete), close: close.filter(isComplete) };
}
