import { seededRandom, seedFromText } from "../../kit/random.ts";
import { rulesFromSymbol } from "../symbol.ts";

/** What makes one generated series different from another. */
export interface SampleProfile {
  /** Price around which the series wanders, in USD of 2019. */
  price: number;
  /** Standard deviation of a quiet day's own movement, as a fraction. */
  volatility: number;
  /** Share of the common market movement. */
  beta: number;
  /** Shares or coins on a quiet day. */
  volume: number;
  /** Never moves: what indicators must survive. */
  flat?: boolean;
  /** No bars between these dates, both included: a halt. */
  halt?: readonly [string, string];
}

const profile = (price: number, volatility: number, beta: number, volume: number): SampleProfile => ({
  price,
  volatility,
  beta,
  volume,
});

/** Plausible sizes for the default tickers; the movements are invented. */
export const SAMPLE_PROFILES: Readonly<Record<string, SampleProfile>> = {
  YPF: profile(24, 0.022, 1.3, 2_400_000),
  GGAL: profile(34, 0.024, 1.3, 1_300_000),
  PAM: profile(42, 0.02, 1.1, 420_000),
  TEO: { ...profile(9, 0.021, 1.0, 260_000), halt: ["2022-05-16", "2022-06-03"] },
  TGS: profile(17, 0.02, 1.0, 310_000),
  CEPU: profile(9.5, 0.022, 1.1, 330_000),
  BMA: profile(56, 0.024, 1.3, 380_000),
  SUPV: profile(6.5, 0.027, 1.4, 1_100_000),
  CRESY: profile(9, 0.018, 0.9, 210_000),
  LOMA: profile(8.5, 0.02, 1.0, 450_000),
  IRS: profile(10.5, 0.019, 1.0, 160_000),
  VIST: profile(31, 0.023, 1.1, 720_000),
  MELI: profile(1150, 0.021, 1.2, 410_000),
  GLOB: profile(165, 0.02, 1.1, 480_000),
  DESP: { ...profile(19.5, 0, 0, 900_000), flat: true },
  EDN: profile(18, 0.025, 1.2, 150_000),
  BBAR: profile(11, 0.025, 1.3, 640_000),
  SPY: profile(360, 0.004, 0.8, 78_000_000),
  "BTC-USD": profile(34_000, 0.026, 0.8, 28_000_000_000),
  "ETH-USD": profile(1_900, 0.032, 1.0, 14_000_000_000),
};

/** The profile of any symbol: listed above, else drawn from its name. */
export function sampleProfile(symbol: string): SampleProfile {
  const known = SAMPLE_PROFILES[symbol];
  if (known) return known;
  const random = seededRandom(seedFromText(`profile:${symbol}`));
  const size = random();
  const crypto = rulesFromSymbol(symbol).kind === "crypto";
  return {
    price: crypto ? 0.4 + 300 * size * size * size : 6 + 240 * size * size,
    volatility: (crypto ? 0.022 : 0.01) + 0.015 * random(),
    beta: 0.6 + 0.8 * random(),
    volume: Math.round((crypto ? 20_000_000 : 200_000) * (1 + 9 * random())),
  };
}
