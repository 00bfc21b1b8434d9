import type { AdvancedAlert, Subject } from "./advanced-alert.ts";
import { fixed } from "./number-texts.ts";

const TITLE = "💡 Alerta";

/** More than three times the mean volume of 20 bars, or less than 0.4 times. */
export function findUnusualVolume({ ticker, metrics }: Subject): AdvancedAlert[] {
  const { relativeVolume, volume, volumeMean } = metrics;
  if (relativeVolume === null || volume === null || volumeMean === null) return [];
  const isHigh = relativeVolume > 3;
  if (!isHigh && relativeVolume >= 0.4) return [];
  return [
    {
      tipo: isHigh ? "VOLUMEN_ALTO" : "VOLUMEN_BAJO",
      ticker,
      titulo: TITLE,
      descripcion: `${ticker} negoció ${fixed(relativeVolume, 2)} veces su volumen medio de 20 ruedas: ${isHigh ? "mucho más" : "mucho menos"} de lo habitual.`,
      severidad: isHigh ? "MEDIA" : "BAJA",
      metricas: { rvol: `${fixed(relativeVolume, 2)}x`, volumen_actual: volume, volumen_promedio: volumeMean },
    },
  ];
}

/** RSI above 75 or below 25. */
export function findExtremeRsi({ ticker, metrics: { rsi } }: Subject): AdvancedAlert[] {
  if (rsi === null || (rsi <= 75 && rsi >= 25)) return [];
  const isHigh = rsi > 75;
  return [
    {
      tipo: isHigh ? "RSI_SOBRECOMPRA" : "RSI_SOBREVENTA",
      ticker,
      titulo: TITLE,
      descripcion: isHigh
        ? `El RSI de ${ticker} llegó a ${fixed(rsi, 1)}: tras subir tanto, el precio puede retroceder.`
        : `El RSI de ${ticker} cayó a ${fixed(rsi, 1)}: tras bajar tanto, el precio puede recuperarse.`,
      severidad: "MEDIA",
      metricas: { rsi, umbral: isHigh ? 75 : 25 },
    },
  ];
}
