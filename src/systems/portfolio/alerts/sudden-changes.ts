import type { Subject } from "./advanced-alert.ts";
import { changeText, fixed } from "./number-texts.ts";

export interface SuddenChange {
  ticker: string;
  tipo: "VOLUMEN_EXTREMO" | "RSI_SOBRECOMPRA_EXTREMA" | "RSI_SOBREVENTA_EXTREMA" | "CAMBIO_PRECIO_ABRUPTO";
  descripcion: string;
  severidad: "ALTA" | "MEDIA";
}

/** Extremes beyond those of the detector (portfolio.md 10.2): volume, RSI and price, in this order. */
export function findSuddenChanges({ ticker, metrics }: Subject): SuddenChange[] {
  const { relativeVolume, rsi, changePercent } = metrics;
  const changes: SuddenChange[] = [];
  const add = (tipo: SuddenChange["tipo"], severidad: SuddenChange["severidad"], descripcion: string) =>
    void changes.push({ ticker, tipo, descripcion, severidad });

  if (relativeVolume !== null && relativeVolume > 5) {
    const times = fixed(relativeVolume, 1);
    add("VOLUMEN_EXTREMO", "ALTA", `Se negoció ${times} veces el volumen medio: puede haber una noticia detrás.`);
  }
  if (rsi !== null && rsi > 80) {
    const text = `RSI de ${fixed(rsi, 1)}: sobrecompra extrema, con riesgo de un giro a la baja.`;
    add("RSI_SOBRECOMPRA_EXTREMA", "MEDIA", text);
  }
  if (rsi !== null && rsi < 20) {
    const text = `RSI de ${fixed(rsi, 1)}: sobreventa extrema, con posibilidad de un rebote.`;
    add("RSI_SOBREVENTA_EXTREMA", "MEDIA", text);
  }
  if (changePercent !== null && Math.abs(changePercent) > 10) {
    const severity = Math.abs(changePercent) > 15 ? "ALTA" : "MEDIA";
    add("CAMBIO_PRECIO_ABRUPTO", severity, `El precio cambió ${changeText(changePercent)} de un cierre al siguiente.`);
  }
  return changes;
}
