import type { IsoDate } from "../../../kit/dates.ts";
import { errorCode } from "../../../kit/errors.ts";
import type { FailedAsset } from "../analysis/asset-analysis.ts";

/** Why there are no prices of a symbol. */
export interface PriceFailure {
  code: string;
  /** Whether the source might answer later: then nothing is concluded about the symbol. */
  temporary: boolean;
}

const PERMANENT = new Set(["unknown_symbol", "no_data", "bad_data", "no_source", "bad_symbol"]);

export function priceFailure(thrown: unknown): PriceFailure {
  const code = errorCode(thrown);
  return { code, temporary: !PERMANENT.has(code) };
}

/** The entry of the files, in words for the owner of the portfolio. */
export function failedAsset(symbol: string, { code }: PriceFailure, last?: IsoDate): FailedAsset {
  switch (code) {
    case "too_old":
      return { error: `No se analizó ${symbol}: sus últimos precios son del ${last}, demasiado antiguos.` };
    case "unknown_symbol":
      return { error: `No hay datos de ${symbol}: la fuente de precios no conoce ese símbolo.` };
    case "bad_symbol":
      return { error: `No hay datos de ${symbol}: no es un símbolo válido. Ejemplos: AAPL, BRK-B, BTC-USD, ^GSPC.` };
    case "no_data":
      return { error: `No hay datos de ${symbol}: la fuente de precios no tiene barras de este período.` };
    case "bad_data":
      return { error: `No hay datos de ${symbol}: los precios recibidos no se pueden leer.` };
    case "no_source":
      return { error: `No hay datos de ${symbol}: no hay precios guardados ni una fuente configurada.` };
    default:
      return { error: `No hay datos de ${symbol}: la fuente de precios no respondió. Se intentará de nuevo.` };
  }
}
