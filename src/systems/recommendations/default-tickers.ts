import type { IsoDate } from "../../kit/dates.ts";

export interface DefaultTicker {
  ticker: string;
  companyName: string;
  sector: string;
  kind: "corporate" | "bank";
  /** Names by which news speak of the company, best known first. */
  aliases: readonly string[];
  /** GNews query; quoted names keep common words (loma = hill) out. */
  newsQuery: string;
  validFrom?: IsoDate;
  validTo?: IsoDate;
}

/**
 * The list that is rated when nothing else is configured, in its order: the fifteen tickers of the system that was
 * replaced, and two further Argentine ADRs. All are quoted in New York in USD.
 */
export const DEFAULT_TICKERS: readonly DefaultTicker[] = [
  corporate("YPF", "YPF S.A.", "Energy", ["YPF"], '"YPF"'),
  bank("GGAL", "Grupo Galicia", ["Grupo Galicia", "Grupo Financiero Galicia", "Banco Galicia"]),
  corporate("PAM", "Pampa Energía", "Energy/Utilities", ["Pampa Energía"]),
  corporate("TEO", "Telecom Argentina", "Communications", ["Telecom Argentina"]),
  corporate("TGS", "Transportadora de Gas del Sur", "Energy", ["Transportadora de Gas del Sur", "TGS"]),
  corporate("CEPU", "Central Puerto", "Utilities", ["Central Puerto"]),
  bank("BMA", "Banco Macro", ["Banco Macro"]),
  bank("SUPV", "Supervielle", ["Supervielle", "Grupo Supervielle", "Banco Supervielle"]),
  corporate("CRESY", "Cresud", "Agriculture/Real estate", ["Cresud"]),
  corporate("LOMA", "Loma Negra", "Materials", ["Loma Negra"], '"Loma Negra" OR "LOMA ADR"'),
  // IRCP (IRSA Propiedades Comerciales) merged into IRSA in the first half of 2022, 0.56 IRS per ADS: IRS takes its place from then on.
  { ...corporate("IRS", "IRSA", "Real estate", ["IRSA", "IRSA Inversiones"]), validFrom: "2022-07-01" },
  corporate("VIST", "Vista", "Energy", ["Vista Energy", "Vista Oil & Gas"], '"Vista Energy" OR "Vista Oil"'),
  corporate("MELI", "MercadoLibre", "Consumer/Technology", ["MercadoLibre", "Mercado Libre", "Mercado Pago"]),
  corporate("GLOB", "Globant", "Technology", ["Globant"]),
  // Prosus closed the acquisition on this date; there are no prices after it.
  { ...corporate("DESP", "Despegar", "Consumer", ["Despegar", "Despegar.com"]), validTo: "2025-05-15" },
  corporate("EDN", "Edenor", "Utilities", ["Edenor"]),
  bank("BBAR", "BBVA Argentina", ["BBVA Argentina", "Banco BBVA"]),
];

function corporate(
  ticker: string,
  companyName: string,
  sector: string,
  aliases: readonly string[],
  newsQuery = quotedNames(aliases),
): DefaultTicker {
  return { ticker, companyName, sector, kind: "corporate", aliases, newsQuery };
}

function bank(ticker: string, companyName: string, aliases: readonly string[]): DefaultTicker {
  return { ticker, companyName, sector: "Financials", kind: "bank", aliases, newsQuery: quotedNames(aliases) };
}

function quotedNames(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(" OR ");
}
