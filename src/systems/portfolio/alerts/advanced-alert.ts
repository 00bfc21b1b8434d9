import type { AssetAnalysis } from "../analysis/asset-analysis.ts";
import type { AlertMetrics } from "./metrics.ts";

export type AdvancedAlertType =
  | "VOLATILIDAD_AUMENTADA"
  | "CAMBIO_PRECIO_ABRUPTO"
  | "CORRELACION_ROTA"
  | "VOLUMEN_ALTO"
  | "VOLUMEN_BAJO"
  | "RSI_SOBRECOMPRA"
  | "RSI_SOBREVENTA"
  | "PATRON_ALCISTA"
  | "PATRON_BAJISTA"
  | "DIVERGENCIA_DETECTADA";

/** One finding of the detector; keys and their order are those of the files, texts are Spanish for end users. */
export interface AdvancedAlert {
  tipo: AdvancedAlertType;
  /** A symbol, or two joined by ` / `. */
  ticker: string;
  titulo: string;
  descripcion: string;
  /** A divergence carries the priority of its signal. */
  severidad: "ALTA" | "MEDIA" | "BAJA" | "HIGH" | "MEDIUM" | "LOW";
  /** Numbers unrounded, texts as people read them. */
  metricas: Record<string, number | string>;
}

/** An analysed asset as the rules read it. */
export interface Subject {
  ticker: string;
  asset: AssetAnalysis;
  metrics: AlertMetrics;
}
