import { DEFAULT_TIMEZONE, type SessionRules } from "./session.ts";

/** Yahoo's alphabet: `YPF`, `BRK-B`, `YPFD.BA`, `BTC-USD`, `^GSPC`, `GC=F`, `EURUSD=X`. */
const SYMBOL = /^[A-Z0-9^][A-Z0-9.^=-]{0,19}$/;

export function isSymbol(text: string): boolean {
  return SYMBOL.test(text);
}

/** Session rules of a symbol: as its source says, else read off its spelling. */
export function rulesOf(symbol: string, instrument: SessionRules | undefined): SessionRules {
  return instrument?.timezone ? instrument : rulesFromSymbol(symbol);
}

/** Session rules read off the symbol's spelling, for sources that say nothing. */
export function rulesFromSymbol(symbol: string): SessionRules & { timezone: string; kind: string } {
  if (/-(USD|USDT|EUR|BTC)$/.test(symbol)) return { kind: "crypto", timezone: "UTC" };
  if (symbol.endsWith("=X")) return { kind: "currency", timezone: "Europe/London" };
  if (symbol.endsWith("=F")) return { kind: "future", timezone: DEFAULT_TIMEZONE };
  if (symbol.startsWith("^")) return { kind: "index", timezone: DEFAULT_TIMEZONE };
  if (symbol.endsWith(".BA")) return { kind: "equity", timezone: "America/Argentina/Buenos_Aires" };
  return { kind: "equity", timezone: DEFAULT_TIMEZONE };
}
