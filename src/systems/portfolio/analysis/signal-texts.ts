import type { AssetSignals, SignalType } from "./asset-analysis.ts";
import type { Readings } from "./readings.ts";

/** The Spanish sentence of one signal; `signal` is what the asset's rules decided. */
export function describeSignal(type: SignalType, { rsi, adx }: Readings, signal: AssetSignals["signal"]): string {
  switch (type) {
    case "DIVERGENCIA_BAJISTA":
      return `El precio supera su media de 10 barras, pero el RSI cae por debajo de la suya en plena sobrecompra (${rsi.toFixed(2)} > 70): la subida pierde fuerza.`;
    case "SOBRECOMPRA":
      return `El RSI marca sobrecompra (${rsi.toFixed(2)} > 70): el precio ha subido mucho en poco tiempo.`;
    case "DIVERGENCIA_ALCISTA":
      return `El precio está bajo su media de 10 barras, pero el RSI sube por encima de la suya en plena sobreventa (${rsi.toFixed(2)} < 30): la caída pierde fuerza.`;
    case "SOBREVENTA":
      return rsi === 0
        ? "El RSI es 0.00 (< 30): ninguna de las últimas barras cerró al alza."
        : `El RSI marca sobreventa (${rsi.toFixed(2)} < 30): el precio ha bajado mucho en poco tiempo.`;
    case "RUPTURA_ALCISTA_CONFIRMADA":
      return "El cierre rompe la banda superior de Bollinger y el volumen acumulado (OBV) acompaña la subida.";
    case "RUPTURA_BAJISTA_CONFIRMADA":
      return "El cierre rompe la banda inferior de Bollinger y el volumen acumulado (OBV) acompaña la caída.";
    case "MACD_CRUCE_ALCISTA":
      return "El histograma del MACD pasa a positivo: el impulso empieza a girar al alza.";
    case "MACD_CRUCE_BAJISTA":
      return "El histograma del MACD pasa a negativo: el impulso empieza a girar a la baja.";
    case "MERCADO_LATERAL":
      return `No hay una tendencia definida: el ADX es bajo (${adx.toFixed(2)}), y las señales que siguen tendencias son poco fiables.`;
    case "ALERTA_CONTRA_TENDENCIA":
      return signal === 1
        ? "La señal de compra va en contra de la tendencia de largo plazo, que es bajista: conviene ser prudente."
        : "La señal de venta va en contra de la tendencia de largo plazo, que es alcista: conviene ser prudente.";
    case "SIN_SEÑALES":
      return "Ninguna de las condiciones vigiladas se cumple en la última barra.";
  }
}
