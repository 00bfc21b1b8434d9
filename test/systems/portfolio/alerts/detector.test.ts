import { describe, expect, test } from "bun:test";
import { detectAlerts } from "../../../../src/systems/portfolio/alerts/detector.ts";
import { hasShared, readShared } from "../../../support/shared.ts";
import { asset, type Figures, fromRecorded, portfolio, type RecordedAsset } from "./assets.ts";

type RecordedAlert = Record<string, unknown> & { ticker: string; descripcion: string };
type Lists = Record<"anomalias" | "oportunidades" | "alertas", RecordedAlert[]>;

const withoutText = ({ descripcion: _, ...alert }: RecordedAlert) => alert;

describe.skipIf(!hasShared)("the constructed case", () => {
  test("P22: every list equals the recorded one but for a-21, a-22 and free texts", async () => {
    const golden = await readShared<{ input_assets: Record<string, RecordedAsset>; detector_output: Lists }>(
      "golden/portfolio/alerts/advanced_alerts.json",
    );
    const detected = detectAlerts(fromRecorded(golden.input_assets)) as unknown as Lists;
    const { anomalias, oportunidades, alertas } = golden.detector_output;
    expect(Object.keys(detected)).toEqual(Object.keys(golden.detector_output));
    expect(detected.alertas.map(withoutText)).toEqual(alertas.map(withoutText));
    expect(detected.oportunidades.map(withoutText)).toEqual(oportunidades.map(withoutText));
    // a-22: an ATR of 4.4 % was never seen.
    const withoutMedium = detected.anomalias.filter(({ ticker }) => ticker !== "VOLA_MED2");
    expect(withoutMedium.map(withoutText)).toEqual(anomalias.map(withoutText));
    expect(detected.anomalias.length - withoutMedium.length).toBe(1);
    for (const alert of [...detected.anomalias, ...detected.oportunidades, ...detected.alertas]) {
      const keys = ["tipo", "ticker", "titulo", "descripcion", "severidad", "metricas"];
      expect(Object.keys(alert)).toEqual(keys);
    }
  });
});

/** `TIPO severidad` of everything that one asset sets off. */
function found(figures: Figures, parts: Parameters<typeof asset>[0] = {}, ticker = "YPF"): string[] {
  const { anomalias, alertas, oportunidades } = detectAlerts(portfolio({ [ticker]: asset({ ...parts, figures }) }));
  return [...anomalias, ...alertas, ...oportunidades].map(({ tipo, severidad }) => `${tipo} ${severidad}`);
}

describe("P22: limits of the rules", () => {
  test.each([
    [3.75, []],
    [3.76, ["VOLATILIDAD_AUMENTADA MEDIA"]],
    [4.5, ["VOLATILIDAD_AUMENTADA MEDIA"]],
    [4.51, ["VOLATILIDAD_AUMENTADA ALTA"]],
  ])("a-22: an ATR of %d %%: %j", (atr_percent, expected) => {
    expect(found({ atr_percent })).toEqual(expected);
  });

  test.each([
    [105, []],
    [95, []],
    [105.1, ["CAMBIO_PRECIO_ABRUPTO MEDIA"]],
    [110, ["CAMBIO_PRECIO_ABRUPTO MEDIA"]],
    [110.1, ["CAMBIO_PRECIO_ABRUPTO ALTA"]],
    [89.9, ["CAMBIO_PRECIO_ABRUPTO ALTA"]],
  ])("a close of %d after 100: %j", (price, expected) => {
    expect(found({ close_prev: 100 }, { price })).toEqual(expected);
  });

  test.each([
    [300, []],
    [301, ["VOLUMEN_ALTO MEDIA"]],
    [40, []],
    [39, ["VOLUMEN_BAJO BAJA"]],
    [0, ["VOLUMEN_BAJO BAJA"]],
  ])("a volume of %d against 100: %j", (volume, expected) => {
    expect(found({ volume, volume_sma_20: 100 })).toEqual(expected);
  });

  test.each([
    [75, []],
    [75.1, ["RSI_SOBRECOMPRA MEDIA"]],
    [25, []],
    [24.9, ["RSI_SOBREVENTA MEDIA"]],
  ])("an RSI of %d: %j", (rsi, expected) => {
    expect(found({ rsi })).toEqual(expected);
  });

  const bullish = { ema_50: 110, ema_200: 100, rsi: 56, macd_histogram: 0.1 };
  const bearish = { ema_50: 90, ema_200: 100, rsi: 44, macd_histogram: -0.1 };
  test.each<[string, Figures, string[]]>([
    ["60 up", bullish, ["PATRON_ALCISTA MEDIA"]],
    ["75 up", { ...bullish, adx: 25.1 }, ["PATRON_ALCISTA ALTA"]],
    ["75 up by volume", { ...bullish, volume: 121, volume_sma_20: 100 }, ["PATRON_ALCISTA ALTA"]],
    ["70 up", { ...bullish, stoch_k: 60.1 }, ["PATRON_ALCISTA MEDIA"]],
    ["45 up, RSI on its limit", { ...bullish, rsi: 55 }, []],
    ["35 up, 25 down", { ...bullish, macd_histogram: 0 }, []],
    ["60 down", bearish, ["PATRON_BAJISTA MEDIA"]],
    ["60 down, histogram of 0", { ...bearish, macd_histogram: 0 }, ["PATRON_BAJISTA MEDIA"]],
    ["85 down", { ...bearish, adx: 26, stoch_k: 39.9 }, ["PATRON_BAJISTA ALTA"]],
    ["equal averages give nothing", { ...bullish, ema_50: 100, adx: 30, stoch_k: 61 }, []],
  ])("pattern: %s", (_, figures, expected) => {
    expect(found(figures)).toEqual(expected);
  });

  test("a missing histogram counts for nobody", () => {
    const { macd_histogram: _, ...rest } = bearish;
    expect(found({ ...rest, adx: 30 })).toEqual([]);
  });

  test("a-21: a divergence is named by its type, not MACD", () => {
    const alerts = [{ type: "DIVERGENCIA_ALCISTA", description: "texto", priority: "HIGH" }] as const;
    const { oportunidades } = detectAlerts(portfolio({ YPF: asset({ alerts: [...alerts] }) }));
    expect(oportunidades).toMatchObject([
      { titulo: expect.stringContaining("Divergencia Alcista"), severidad: "HIGH" },
    ]);
    expect(oportunidades[0]!.descripcion).not.toContain("MACD");
    expect(oportunidades[0]!.descripcion).toContain("RSI");
  });

  test.each([
    [103, 97, 1],
    [97, 103, 1],
    [102, 97, 0],
    [103, 98, 0],
    [103, 104, 0],
  ])("bitcoin at %d and ether at %d after 100: %d broken correlation", (btc, eth, count) => {
    const moved = (price: number) => asset({ price, figures: { close_prev: 100 } });
    const { anomalias } = detectAlerts(portfolio({ "ETH-USD": moved(eth), "BTC-USD": moved(btc) }));
    expect(anomalias.filter(({ tipo }) => tipo === "CORRELACION_ROTA")).toHaveLength(count);
  });

  test("other pairs and a pair with one side missing or failed are not compared", () => {
    const [up, down] = [103, 97].map((price) => asset({ price, figures: { close_prev: 100 } }));
    const correlations = (assets: Parameters<typeof portfolio>[0]) => detectAlerts(portfolio(assets)).anomalias;
    expect(correlations({ "BTC-USD": up!, "SOL-USD": down! })).toEqual([]);
    expect(correlations({ "BTC-USD": up!, "ETH-USD": { error: "sin datos" } })).toEqual([]);
  });
});

describe("missing and hostile figures", () => {
  test("no figures, failed assets and no assets: nothing is found", () => {
    const nothing = { anomalias: [], oportunidades: [], alertas: [] };
    expect(detectAlerts(new Map())).toEqual(nothing);
    expect(detectAlerts(portfolio({ YPF: asset({}), GGAL: { error: "sin datos" } }))).toEqual(nothing);
  });

  test.each<[string, Figures, number]>([
    ["zero mean volume", { volume: 10, volume_sma_20: 0 }, 100],
    ["zero previous close", { close_prev: 0 }, 100],
    ["negative previous close", { close_prev: -1 }, 100],
    ["a change beyond all numbers", { close_prev: 5e-324 }, 1e308],
    [
      "NaN and infinity",
      { rsi: Number.NaN, atr_percent: Number.POSITIVE_INFINITY, adx: Number.NaN, volume: 1, volume_sma_20: Number.NaN },
      100,
    ],
    ["a NaN price", { close_prev: 100 }, Number.NaN],
  ])("%s", (_, figures, price) => {
    expect(found(figures, { price })).toEqual([]);
  });
});
