import { type AssetAnalysis, type AssetEntry, isFailed, type Verdict } from "../analysis/asset-analysis.ts";
import type { AdvancedAlert } from "./advanced-alert.ts";
import { type Advice, adviseOn } from "./advice.ts";
import type { DetectedAlerts } from "./detector.ts";
import { readMetrics } from "./metrics.ts";
import { findSuddenChanges, type SuddenChange } from "./sudden-changes.ts";
import { summarizeAsset, type TechnicalState } from "./technical-state.ts";

interface PriorityAlert {
  ticker: string;
  /** Type of a signal or of an advanced alert. */
  tipo: string;
  descripcion: string;
  prioridad: "HIGH" | "MEDIUM";
}

interface ScanCounts {
  escaneados: number;
  candidatos: number;
}

/** `portfolio.summary` of the files; keys and their order are those of portfolio.md 10.2, texts are Spanish. */
export interface ExecutiveSummary {
  timestamp: string;
  distribucion_senales: Record<Verdict, number>;
  alertas_alta_prioridad: PriorityAlert[];
  alertas_media_prioridad: PriorityAlert[];
  anomalias: AdvancedAlert[];
  oportunidades: AdvancedAlert[];
  metricas_tecnicas: Record<string, TechnicalState>;
  cambios_abruptos: SuddenChange[];
  recomendaciones: Advice[];
  contexto_mercado: {
    /** Failed ones included. */
    total_activos_analizados: number;
    radar_info: { sp500: ScanCounts; crypto: ScanCounts };
    mercado_alcista: boolean;
    mercado_bajista: boolean;
    mercado_lateral: boolean;
  };
}

interface SummaryInput {
  /** Moment of the cycle, as the files write it. */
  timestamp: string;
  /** The portfolio's assets in order; candidates of the market do not count. */
  assets: ReadonlyMap<string, AssetEntry>;
  detected: DetectedAlerts;
  market: Record<"sp500" | "crypto30", { scanned: number; candidates: number }>;
}

/** One page about a whole portfolio. Failed assets count only in the total. Pure. */
export function summarize({ timestamp, assets, detected, market }: SummaryInput): ExecutiveSummary {
  const analysed = [...assets].flatMap(([ticker, entry]) =>
    isFailed(entry) ? [] : [{ ticker, asset: entry, metrics: readMetrics(entry) }],
  );
  const total = assets.size;
  const distribution = countVerdicts(analysed.map(({ asset }) => asset));
  const high = [
    ...detected.alertas.map(({ ticker, tipo, descripcion }) => ({
      ticker,
      tipo,
      descripcion,
      prioridad: "HIGH" as const,
    })),
    ...analysed.flatMap(({ ticker, asset }) => alertsOf(ticker, asset, "HIGH")),
  ];
  const changes = analysed.flatMap(findSuddenChanges);
  const { COMPRAR, VENDER, MANTENER } = distribution;
  return {
    timestamp,
    distribucion_senales: distribution,
    alertas_alta_prioridad: high,
    alertas_media_prioridad: analysed.flatMap(({ ticker, asset }) => alertsOf(ticker, asset, "MEDIUM")),
    anomalias: detected.anomalias,
    oportunidades: detected.oportunidades,
    metricas_tecnicas: Object.fromEntries(analysed.map((subject) => [subject.ticker, summarizeAsset(subject)])),
    cambios_abruptos: changes,
    recomendaciones: adviseOn({ total, distribution, highAlerts: high.length, changes }),
    contexto_mercado: {
      total_activos_analizados: total,
      radar_info: { sp500: countsOf(market.sp500), crypto: countsOf(market.crypto30) },
      mercado_alcista: COMPRAR > VENDER,
      mercado_bajista: VENDER > COMPRAR,
      mercado_lateral: total > 0 && MANTENER / total >= 0.6,
    },
  };
}

function countVerdicts(assets: readonly AssetAnalysis[]): Record<Verdict, number> {
  const counts = { COMPRAR: 0, VENDER: 0, MANTENER: 0 };
  for (const { signals } of assets) counts[signals.recommendation]++;
  return counts;
}

const alertsOf = (ticker: string, { signals }: AssetAnalysis, prioridad: "HIGH" | "MEDIUM"): PriorityAlert[] =>
  signals.alerts
    .filter(({ priority }) => priority === prioridad)
    .map(({ type, description }) => ({ ticker, tipo: type, descripcion: description, prioridad }));

const countsOf = ({ scanned, candidates }: { scanned: number; candidates: number }): ScanCounts => ({
  escaneados: scanned,
  candidatos: candidates,
});
