import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { detectAlerts } from "../../../../src/systems/portfolio/alerts/detector.ts";
import { type ExecutiveSummary, summarize } from "../../../../src/systems/portfolio/alerts/summary.ts";
import type { AssetEntry, Signal, SignalType } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import { hasShared, readShared, sharedPath } from "../../../support/shared.ts";
import { asset, type Figures, fromRecorded, portfolio, type RecordedAsset } from "./assets.ts";

const MARKET = { sp500: { scanned: 503, candidates: 2 }, crypto30: { scanned: 30, candidates: 0 } };

const summaryOf = (assets: ReadonlyMap<string, AssetEntry>, market = MARKET): ExecutiveSummary =>
  summarize({ timestamp: "2022-01-07T16:30:00", assets, detected: detectAlerts(assets), market });

/** Everything but what people read, and signals' own descriptions. */
function withoutTexts<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value, (key, part) => (["descripcion", "mensaje"].includes(key) ? "text" : part)));
}

type State = ExecutiveSummary["metricas_tecnicas"][string];

/** a-23, and figures that the original put in for missing indicators: 0, 0 and 50. */
function withMissingFigures(states: Record<string, State>, assets: ReadonlyMap<string, AssetEntry>) {
  return Object.fromEntries(
    Object.entries(states).map(([ticker, state]): [string, State] => {
      const entry = assets.get(ticker)!;
      const latest: Figures = "error" in entry ? {} : entry.latest_metrics;
      const trendKnown = latest.ema_50 !== undefined && latest.ema_200 !== undefined;
      return [
        ticker,
        {
          ...state,
          ...(trendKnown ? {} : { tendencia: "INDEFINIDO" }),
          ...(latest.macd_histogram === undefined ? { momentum: "INDEFINIDO", macd_histogram: null } : {}),
          ...(latest.adx === undefined ? { fuerza_tendencia: "INDEFINIDO", adx: null } : {}),
          ...(latest.rsi === undefined ? { estado_rsi: "INDEFINIDO", rsi: null } : {}),
        },
      ];
    }),
  );
}

describe.skipIf(!hasShared)("the recorded summaries", () => {
  test("P23: the constructed case, but for a-22, a-23 and free texts", async () => {
    const golden = await readShared<{
      input_assets: Record<string, RecordedAsset>;
      resumen_ejecutivo: ExecutiveSummary;
    }>("golden/portfolio/alerts/advanced_alerts.json");
    const assets = fromRecorded(golden.input_assets);
    const summary = summaryOf(assets);
    const { metricas_tecnicas: states, ...expected } = golden.resumen_ejecutivo;
    const { metricas_tecnicas: computed, ...rest } = summary;
    rest.anomalias = rest.anomalias.filter(({ ticker }) => ticker !== "VOLA_MED2");
    expect(withoutTexts(rest)).toEqual(withoutTexts(expected));
    expect(computed).toEqual(withMissingFigures(states, assets));
    expect(Object.keys(summary)).toEqual(Object.keys(golden.resumen_ejecutivo));
    expect(Object.keys(computed)).toEqual(Object.keys(states));
    expect(Object.keys(computed.BULL_60!)).toEqual(Object.keys(states.BULL_60!));
  });

  const cycles = hasShared
    ? readdirSync(sharedPath("golden/portfolio/cycle")).filter((name) => name.includes("intended"))
    : [];
  test.each(cycles)("P23: the first user of cycle %s", async (cycle) => {
    const folder = `golden/portfolio/cycle/${cycle}`;
    const [user] = readdirSync(sharedPath(`${folder}/portfolio-files`)).sort();
    const file = await readShared<{ portfolio: { assets: Record<string, RecordedAsset> } }>(
      `${folder}/portfolio-files/${user}/portfolio_analisis.json`,
    );
    const expected = await readShared<ExecutiveSummary>(`${folder}/resumen_ejecutivo.json`);
    const assets = fromRecorded(file.portfolio.assets);
    const { sp500, crypto } = expected.contexto_mercado.radar_info;
    const summary = summaryOf(assets, {
      sp500: { scanned: sp500.escaneados, candidates: sp500.candidatos },
      crypto30: { scanned: crypto.escaneados, candidates: crypto.candidatos },
    });
    expect(withoutTexts(summary)).toEqual(withoutTexts(expected));
    expect(Object.keys(summary.metricas_tecnicas)).toEqual(Object.keys(expected.metricas_tecnicas));
  });
});

const verdicts = (...given: ("COMPRAR" | "VENDER" | "MANTENER")[]) =>
  portfolio(Object.fromEntries(given.map((recommendation, index) => [`S${index}`, asset({ recommendation })])));

describe("P23: defects of the original", () => {
  const textsOf = (figures: Figures) =>
    summaryOf(portfolio({ YPF: asset({ figures }) })).cambios_abruptos.map(({ tipo, descripcion }) => [
      tipo,
      descripcion,
    ]);

  test("a-23: the texts of the two extremes of RSI are not swapped", () => {
    expect(textsOf({ rsi: 81 })).toEqual([["RSI_SOBRECOMPRA_EXTREMA", expect.stringContaining("sobrecompra")]]);
    expect(textsOf({ rsi: 19 })).toEqual([["RSI_SOBREVENTA_EXTREMA", expect.stringContaining("sobreventa")]]);
    expect(textsOf({ rsi: 80 })).toEqual([]);
  });

  test("a-23: a missing EMA 200 is no trend and a missing histogram no momentum", () => {
    const { YPF } = summaryOf(portfolio({ YPF: asset({ figures: { ema_50: 110 } }) })).metricas_tecnicas;
    expect(YPF).toEqual({
      precio: 100,
      senal: "MANTENER",
      tendencia: "INDEFINIDO",
      momentum: "INDEFINIDO",
      fuerza_tendencia: "INDEFINIDO",
      adx: null,
      rsi: null,
      estado_rsi: "INDEFINIDO",
      macd_histogram: null,
    });
  });
});

describe("rules", () => {
  test("sudden changes: volume, RSI, price, each beyond its limit", () => {
    const changes = (figures: Figures, price = 100) =>
      summaryOf(portfolio({ YPF: asset({ price, figures }) })).cambios_abruptos.map(
        ({ tipo, severidad }) => `${tipo} ${severidad}`,
      );
    const all = { volume: 501, volume_sma_20: 100, rsi: 81, close_prev: 100 };
    expect(changes(all, 116)).toEqual([
      "VOLUMEN_EXTREMO ALTA",
      "RSI_SOBRECOMPRA_EXTREMA MEDIA",
      "CAMBIO_PRECIO_ABRUPTO ALTA",
    ]);
    expect(changes({ close_prev: 100 }, 85)).toEqual(["CAMBIO_PRECIO_ABRUPTO MEDIA"]);
    expect(changes({ volume: 500, volume_sma_20: 100, rsi: 20, close_prev: 100 }, 110)).toEqual([]);
  });

  test.each([
    [["COMPRAR", "COMPRAR", "VENDER"], "compras", "ALTA"],
    [["VENDER", "VENDER", "COMPRAR"], "ventas", "ALTA"],
    [["COMPRAR", "VENDER"], "ninguna", "MEDIA"],
    [["COMPRAR", "MANTENER"], "ninguna", "MEDIA"],
  ] as const)("the strategy for %j says %s", (given, word, prioridad) => {
    expect(summaryOf(verdicts(...given)).recomendaciones).toEqual([
      { tipo: "ESTRATEGIA_GENERAL", mensaje: expect.stringContaining(word), prioridad },
    ]);
  });

  test("one alert and several are counted in proper Spanish", () => {
    const advice = (count: number) => {
      const hot = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`S${index}`, asset({ figures: { rsi: 76 } })]),
      );
      return summaryOf(portfolio(hot)).recomendaciones[1]?.mensaje;
    };
    expect(advice(0)).toBeUndefined();
    expect(advice(1)).toContain("una alerta");
    expect(advice(3)).toContain("3 alertas");
  });

  test("the market is sideways from 60 % of MANTENER; failed assets count in the total", () => {
    const sideways = (assets: ReadonlyMap<string, AssetEntry>) => summaryOf(assets).contexto_mercado.mercado_lateral;
    expect(sideways(verdicts("MANTENER", "MANTENER", "MANTENER", "COMPRAR", "VENDER"))).toBe(true);
    expect(sideways(verdicts("MANTENER", "COMPRAR"))).toBe(false);
    expect(sideways(new Map([...verdicts("MANTENER"), ["GGAL", { error: "sin datos" }]]))).toBe(false);
    expect(summaryOf(new Map([["GGAL", { error: "sin datos" }]]))).toMatchObject({
      distribucion_senales: { COMPRAR: 0, VENDER: 0, MANTENER: 0 },
      metricas_tecnicas: {},
      contexto_mercado: { total_activos_analizados: 1, mercado_lateral: false },
    });
    expect(sideways(new Map())).toBe(false);
  });
});

const number = fc.oneof(
  fc.double(),
  fc.double({ min: 0, max: 200 }),
  fc.constantFrom(0, -0, 1e308, 5e-324, Number.NaN),
);
const figures = fc.record(
  Object.fromEntries(
    [
      "volume",
      "volume_sma_20",
      "close_prev",
      "ema_50",
      "ema_200",
      "rsi",
      "macd_histogram",
      "adx",
      "atr",
      "atr_percent",
      "stoch_k",
    ].map((name) => [name, number]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<Figures>;
const signal: fc.Arbitrary<Signal> = fc.record({
  type: fc.constantFrom<SignalType>("DIVERGENCIA_ALCISTA", "SOBRECOMPRA", "SIN_SEÑALES"),
  description: fc.string(),
  priority: fc.constantFrom("LOW", "MEDIUM", "HIGH"),
});
const entry: fc.Arbitrary<AssetEntry> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        price: fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        recommendation: fc.constantFrom("COMPRAR", "VENDER", "MANTENER"),
        alerts: fc.array(signal, { maxLength: 3 }),
        figures,
      })
      .map(asset),
  },
  { weight: 1, arbitrary: fc.record({ error: fc.string() }) },
);
const symbol = fc.oneof(fc.constantFrom("BTC-USD", "ETH-USD", "__proto__"), fc.stringMatching(/^[A-Z]{1,5}$/));
const portfolios = fc.array(fc.tuple(symbol, entry), { maxLength: 12 }).map((pairs) => new Map(pairs));

describe("any portfolio", () => {
  test("P22, P23: every number is finite, and the counts add up", () => {
    fc.assert(
      fc.property(portfolios, (assets) => {
        const detected = detectAlerts(assets);
        const summary = summaryOf(assets);
        const check = (value: unknown): void => {
          if (typeof value === "number") expect(Number.isFinite(value)).toBe(true);
          if (typeof value === "string") expect(value).not.toMatch(/NaN|Infinity|undefined|null/);
          if (typeof value === "object" && value !== null) Object.values(value).forEach(check);
        };
        check({ ...summary, alertas_alta_prioridad: [], alertas_media_prioridad: [], oportunidades: [] });
        check(detected.alertas);

        const analysed = [...assets.values()].flatMap((one) => ("error" in one ? [] : [one]));
        const { COMPRAR, VENDER, MANTENER } = summary.distribucion_senales;
        expect(COMPRAR + VENDER + MANTENER).toBe(analysed.length);
        expect(Object.keys(summary.metricas_tecnicas)).toHaveLength(analysed.length);
        expect(summary.contexto_mercado.total_activos_analizados).toBe(assets.size);
        const given = (priority: string) =>
          analysed.flatMap(({ signals }) => signals.alerts).filter((alert) => alert.priority === priority).length;
        expect(summary.alertas_alta_prioridad).toHaveLength(detected.alertas.length + given("HIGH"));
        expect(summary.alertas_media_prioridad).toHaveLength(given("MEDIUM"));
        expect(summaryOf(assets)).toEqual(summary);
      }),
    );
  });
});
