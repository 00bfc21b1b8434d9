import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { AssetAnalysis, Signal } from "../../../../src/systems/portfolio/analysis/asset-analysis.ts";
import { renderSet } from "../../../../src/systems/portfolio/files/render-set.ts";
import type { ReportAsset, UserReport } from "../../../../src/systems/portfolio/files/user-report.ts";
import { analysis, asset, candidate, holding, marketReport, regime, userReport, walk } from "./fixtures.ts";
import { countNumbers, numbersNotInJson } from "./markdown-numbers.ts";

const TIMEZONE = "America/Argentina/Buenos_Aires";

function render(changes: Partial<UserReport>, reportProfile: "v1" | "v2" = "v2") {
  const report = userReport({ user: { userId: "u", displayName: "Quien mira", timezone: TIMEZONE }, ...changes });
  const set = renderSet(report, { reportProfile, summary: { total: 1 } });
  const read = (name: "portfolio" | "mercado") => ({
    report: set.get(`${name}_informe.md`)!,
    json: JSON.parse(set.get(`${name}_analisis.json`) ?? "null"),
  });
  return { set, portfolio: read("portfolio"), market: read("mercado") };
}

const withSignals = (symbol: string, changes: Partial<AssetAnalysis["signals"]>, price = 342.32): AssetAnalysis => {
  const entry = analysis(symbol, { price });
  return { ...entry, signals: { ...entry.signals, ...changes } };
};

const HIGH: Signal = { type: "DIVERGENCIA_BAJISTA", description: "El RSI cae (72.41 > 70).", priority: "HIGH" };
const before = (recommendation: "COMPRAR" | "MANTENER" | "VENDER", price = 350, asOf = "2022-01-06") => ({
  asOf,
  recommendation,
  price,
});

describe("the portfolio report", () => {
  test("parts stand in the order in which they matter", () => {
    const { report } = render({ assets: [asset("TSLA")], holdings: [holding("TSLA", 1, 300)] }).portfolio;
    const headings = report.split("\n").filter((line) => line.startsWith("## "));
    expect(headings.map((line) => line.replace(/^## \S+ /u, ""))).toEqual([
      "Qué cambió",
      "Recomendaciones",
      "Posiciones",
      "El portafolio en conjunto",
      "Activo por activo",
      "Calidad de los datos",
      "Cómo leer este informe",
      "Advertencia",
    ]);
    expect(report).toEndWith("*Generado por AIDA · Sistema SVGA v1.0*\n");
  });

  test("the date is Spanish and on the user's clocks", () => {
    expect(render({ assets: [asset("TSLA")] }).portfolio.report).toContain(
      "Análisis del 7 de enero de 2022, 18:30 (hora de Buenos Aires)",
    );
  });

  test("the first report says that there is nothing to compare with", () => {
    const { report, json } = render({ assets: [asset("TSLA")] }).portfolio;
    expect(report).toContain("Es el primer informe");
    expect(json.portfolio.changes).toMatchObject({ first_report: true, since: null, added: [] });
  });

  test("changed recommendations and new high alerts come first, with the date of the last report", () => {
    const { report, json } = render({
      assets: [
        asset("TSLA", withSignals("TSLA", { recommendation: "VENDER" }), { previous: before("COMPRAR", 400) }),
        asset("AAPL", withSignals("AAPL", { alerts: [HIGH] }), { previous: before("MANTENER") }),
        asset("XOM", analysis("XOM")),
        asset("NOEXISTE", { error: "No hay datos." }, { previous: before("MANTENER", 1, "2022-01-03") }),
      ],
    }).portfolio;
    const section = report.slice(report.indexOf("## 🔔"), report.indexOf("## 📋"));
    expect(section).toStartWith("## 🔔 Qué cambió desde el 6 de enero de 2022\n");
    expect(section).toContain(
      "**TSLA** pasó de COMPRAR a **VENDER**; precio: 400,00 el 6 ene 2022, ahora 342,32 USD (-14,42 %).",
    );
    expect(section).toContain("**AAPL**, alerta de prioridad alta: Divergencia bajista. El RSI cae (72,41 > 70).");
    expect(section).toContain("Por primera vez en el informe: XOM.");
    expect(section).toContain("**NOEXISTE** no se pudo analizar esta vez (3 ene 2022: MANTENER).");
    expect(json.portfolio.changes).toMatchObject({ since: "2022-01-06", unchanged: 1, added: ["XOM"] });
  });

  test("nothing new is said in two words", () => {
    const { report } = render({
      assets: [asset("TSLA", analysis("TSLA"), { previous: before("MANTENER") })],
    }).portfolio;
    expect(report).toContain("## 🔔 Qué cambió desde el 6 de enero de 2022\n\nSin cambios.\n");
  });

  test("the table names recommendation, price, trend, priority and the date of the data", () => {
    const { report } = render({
      assets: [
        asset("SHIB-USD", withSignals("SHIB-USD", { recommendation: "COMPRAR", priority: "HIGH" }, 0.00003321)),
        asset("OLD", { ...analysis("OLD"), stale: true, data_as_of: "2021-12-30" }),
        asset("NOEXISTE", { error: "No hay datos de NOEXISTE." }),
      ],
    }).portfolio;
    expect(report).toContain("| SHIB-USD | 🟢 COMPRAR | 0,00003321 USD | alcista | alta | 7 ene 2022 |");
    expect(report).toContain("| OLD | 🟡 MANTENER | 342,32 USD | alcista | baja | 30 dic 2021 🕒 |");
    expect(report).toContain("| NOEXISTE | ⚠️ sin análisis | – | – | – | – |");
    expect(report).toContain("### ⚠️ NOEXISTE\n\nNo hay datos de NOEXISTE.");
    expect(report).not.toContain("$");
  });

  test("P40: positions show value, gain and weight, largest first, and totals by currency", () => {
    const { report } = render({
      assets: [asset("AAPL", analysis("AAPL", { price: 100 })), asset("MSFT", analysis("MSFT", { price: 300 }))],
      holdings: [holding("AAPL", 10, 150), holding("MSFT", 10, 200)],
    }).portfolio;
    const rows = report.split("\n").filter((line) => /^\| (AAPL|MSFT|\*\*Total)/.test(line) && line.includes("%"));
    expect(rows).toEqual([
      "| MSFT | Ahorro | 10 | 200,00 | 300,00 USD | 3.000,00 | +1.000,00 | +50,00 % | 75,00 % |",
      "| AAPL | Ahorro | 10 | 150,00 | 100,00 USD | 1.000,00 | -500,00 | -33,33 % | 25,00 % |",
      "| **Total USD** |  |  |  |  | **4.000,00** | **+500,00** | **+14,29 %** |  |",
    ]);
  });

  test("without quantities there is a sentence instead of an empty table", () => {
    const { report } = render({ assets: [asset("AAPL")], holdings: [holding("AAPL", null, null)] }).portfolio;
    expect(report).toContain("No hay cantidades cargadas");
    expect(report).not.toContain("Costo medio");
  });

  test("a chart is linked only when it is served", () => {
    const served = asset("A", { ...analysis("A"), chart_file: "https://example.com/charts/A.html" });
    for (const profile of ["v1", "v2"] as const) {
      expect(render({ assets: [served] }, profile).portfolio.report).toContain(
        `📈 [Ver gráfico${profile === "v1" ? " interactivo" : ""}](https://example.com/charts/A.html)`,
      );
      expect(render({ assets: [asset("A")] }, profile).portfolio.report).not.toContain("Ver gráfico");
    }
  });

  test("missing readings are left out of an asset's line", () => {
    const entry = analysis("NEW", { bars: 21, period_used: "3mo" });
    const { price, volume } = entry.latest_metrics;
    const { report, json } = render({
      assets: [asset("NEW", { ...entry, latest_metrics: { price, volume } })],
    }).portfolio;
    expect(report).toContain("Con 21 barras no alcanza para la media larga");
    expect(report).not.toContain("RSI 4");
    expect(json.portfolio.data_quality).toMatchObject({ short_history: 1, analysed: 1 });
  });
});

describe("the market report", () => {
  test("it says each market's state, why each candidate is listed, and how old the context is", () => {
    const { report } = render({}).market;
    expect(report).toContain(
      "El mercado está **en tendencia alcista**, con una confianza del 85 %. Referencia: ^GSPC en 4.677,03.",
    );
    expect(report).toContain(
      "| 2 | ETN | acciones | Mercado Lateral | 55,50 | 🟡 MANTENER | 342,32 USD | sem. del 3 ene 2022 |",
    );
    expect(report).toContain("- El precio está sobre la EMA 200 (4.677,03 > 4.421,77).");
    expect(report).toContain("**Mercado Lateral:** se mueve sin tendencia");
    expect(report).toContain("Criptomonedas: 19 (miedo extremo), 6 ene 2022 🕒 dato viejo.");
    expect(report).toContain("Desempleo: sin dato.");
  });

  test("a weekly price is of a week, wherever it is told: never of the Monday that its bar carries", () => {
    const old = analysis("OLD", { period_used: "2y", data_as_of: "2021-12-20", stale: true });
    const candidates = [candidate("ESS"), candidate("OLD", "sp500", { rank: 2, entry: old })];
    const { report, json } = render({ market: marketReport({ candidates }) }).market;
    expect(report).toContain("| Precio | Dato de la |");
    expect(report).toContain("**342,32 USD**, semana del 3 de enero de 2022  \n");
    expect(report).toContain("El último precio es de la semana del 20 de diciembre de 2021: está atrasado.");
    expect(report).toContain(
      "Precios de la semana del 20 de diciembre de 2021 a la del 3 de enero de 2022, según el activo. Última rueda",
    );
    expect(render({}).market.report).toContain("Precios de la semana del 3 de enero de 2022. Última rueda");
    expect(json.market.assets.ESS.data_as_of).toBe("2022-01-03");
    expect(json.market.data_quality).toMatchObject({ oldest_data: "2021-12-20", newest_data: "2022-01-03" });
    expect(numbersNotInJson(report, json, { profile: "v2", timezone: TIMEZONE })).toEqual([]);
  });

  test("a daily price is of its day", () => {
    const old = analysis("OLD", { data_as_of: "2021-12-20", stale: true });
    const candidates = [
      candidate("ESS", "sp500", { entry: analysis("ESS") }),
      candidate("OLD", "sp500", { rank: 2, entry: old }),
    ];
    const { report } = render({ market: marketReport({ candidates, radarProfile: "v2" }) }).market;
    expect(report).not.toMatch(/semana del|sem\. del/);
    expect(report).toContain("342,32 USD | 7 ene 2022 |");
    expect(report).toContain("**342,32 USD** al 7 de enero de 2022  \n");
    expect(report).toContain("El último precio es del 20 de diciembre de 2021: está atrasado.");
    expect(report).toContain("Precios del 20 de diciembre de 2021 al 7 de enero de 2022, según el activo.");
  });

  test("an unknown regime and an empty list are sentences", () => {
    const { price: _, ...failed } = regime({ regime: "UNKNOWN", confidence: 0, reasons: [] });
    const unknown = { ...failed, error: "Faltan precios de ^GSPC." };
    const market = marketReport({ candidates: [], regimes: { sp500: unknown, crypto30: regime() } });
    for (const profile of ["v1", "v2"] as const) {
      const { report, json } = render({ market }, profile).market;
      expect(json.market).toMatchObject({ market_indicators: [], assets: {} });
      expect(report).toContain(
        profile === "v1" ? "## 📈 CONTEXTO DE MERCADO GENERAL\n\n---\n\n## 📊" : "ningún símbolo cumple",
      );
    }
    expect(render({ market }).market.report).toContain("El mercado está **sin diagnóstico**. Faltan precios de ^GSPC.");
  });

  test("P28: a failed candidate keeps the reason why it is listed", () => {
    const market = marketReport({
      candidates: [candidate("BAD", "sp500", { entry: { error: "No hay datos de BAD." } })],
    });
    const { report, json } = render({ market }).market;
    expect(json.market.assets.BAD).toMatchObject({ error: "No hay datos de BAD.", radar: "Mercado Lateral", rank: 1 });
    expect(report).toContain("| 1 | BAD | acciones | Mercado Lateral | 58,13 | ⚠️ sin análisis | – | – |");
  });
});

describe("the old format", () => {
  test.each([
    [0.125, "0.12"],
    [0.375, "0.38"],
    [68.875, "68.88"],
    [59.3, "59.30"],
    [41557.90234375, "41557.90"],
    [Number.NaN, "–"],
  ])("a price of %p reads %p: exact halves go to the even digit", (price, text) =>
    expect(render({ assets: [asset("A", analysis("A", { price }))] }, "v1").portfolio.report).toContain(
      `**Precio Actual:** $${text}  \n`,
    ),
  );
});

describe("every file", () => {
  test("sample data are labelled in all four, and only they", () => {
    for (const profile of ["v1", "v2"] as const)
      for (const dataSource of ["sample", "csv"] as const) {
        const { set } = render({ dataSource, assets: [asset("A")], market: marketReport({ dataSource }) }, profile);
        for (const [name, text] of set) {
          if (name.endsWith(".json")) expect(JSON.parse(text).data_source).toBe(dataSource);
          else expect(text.includes("**Datos de muestra.**")).toBe(dataSource === "sample");
        }
      }
  });

  test("P24: what is added to the old format comes after it, each key in its place", () => {
    const { portfolio, market } = render({ assets: [asset("A")] });
    const added = ["detector_metrics", "data_as_of", "bars", "partial_bar", "period_used", "stale", "currency"];
    const assetKeys = ["signals", "chart_file", "latest_metrics", ...added];
    expect(Object.keys(portfolio.json.portfolio.assets.A)).toEqual(assetKeys);
    expect(Object.keys(market.json.market.assets.ESS)).toEqual([
      ...assetKeys,
      "radar",
      "score",
      "rank",
      "market",
      "regime",
    ]);
    expect(Object.keys(portfolio.json.portfolio).slice(3)).toEqual([
      "summary",
      "positions",
      "position_totals",
      "checks",
      "changes",
      "data_quality",
    ]);
    expect(Object.keys(market.json.market).slice(3)).toEqual([
      "regimes",
      "context",
      "radars",
      "radar_profile",
      "data_quality",
    ]);
  });

  test("keys that look like numbers keep their place, and __proto__ is a symbol like any other", () => {
    const symbols = ["TSLA", "600519", "__proto__", "7"];
    const { set } = render({ assets: symbols.map((symbol) => asset(symbol)) });
    const text = set.get("portfolio_analisis.json")!;
    const places = symbols.map((symbol) => text.indexOf(`      "${symbol}": {`));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeGreaterThan(0);
  });

  test("values that are no numbers are null in the JSON and a dash in the report", () => {
    const entry = analysis("A", { price: Number.NaN });
    const { set, portfolio } = render({
      assets: [asset("A", entry)],
      holdings: [holding("A", Number.POSITIVE_INFINITY, Number.NaN)],
    });
    for (const text of set.values()) expect(text).not.toMatch(/NaN|Infinity|undefined/);
    expect(portfolio.report).toContain("| A | 🟡 MANTENER | – | alcista |");
  });

  test("names with Markdown and HTML break neither table nor page", () => {
    const evil = "|<script>alert(1)</script>\n# Título [x](javascript:y) `z`";
    const { portfolio } = render({
      user: { userId: "u", displayName: evil, timezone: TIMEZONE },
      assets: [asset("A"), asset("B|C<b>", { error: evil }, { currency: "<i>|" })],
      holdings: [holding("A", 1, 1, evil), holding("B|C<b>", 1, 1)],
    });
    expect(portfolio.report).not.toMatch(/<script|<b>|<i>|^# Título|\n# T/);
    for (const line of portfolio.report.split("\n").filter((text) => text.startsWith("| ")))
      expect([7, 10]).toContain(line.replace(/\\./g, "").split("|").length - 1);
  });

  test("no user-made text of any kind opens a tag or a new line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (name) => {
        const { portfolio, set } = render({
          user: { userId: "u", displayName: name, timezone: TIMEZONE },
          assets: [asset("A"), asset("B", { error: name })],
          holdings: [holding("A", 1, 1, name)],
        });
        expect(portfolio.report).not.toMatch(/<[a-z/!?]/i);
        expect(portfolio.report.split("\n").filter((line) => line.startsWith("| A |"))).toHaveLength(2);
        expect(() => JSON.parse(set.get("portfolio_analisis.json")!)).not.toThrow();
      }),
      { numRuns: 50 },
    );
  });

  test("an empty portfolio, one that failed altogether and one of 5,000 assets render", () => {
    expect([...render({}).set.keys()]).toEqual(["mercado_informe.md", "mercado_analisis.json"]);
    const failed = render({
      assets: [asset("A", { error: "No hay datos." }, { currency: null })],
      holdings: [holding("A", 1, 1)],
    });
    expect(failed.portfolio.report).toContain("Símbolos: 1; analizados: 0. De ellos: 1 sin análisis.");
    const many = Array.from({ length: 5_000 }, (_, index) =>
      asset(`S${index}`, analysis(`S${index}`), { closes: walk(1) }),
    );
    const large = render({ assets: many, holdings: many.map(({ symbol }) => holding(symbol, 1, 1)) });
    expect(large.portfolio.json.portfolio.positions).toHaveLength(5_000);
    expect(large.portfolio.report).toContain("| S4999 |");
  });

  test("the same input gives the same bytes", () => {
    const make = () =>
      render({ assets: [asset("A", analysis("A"), { closes: walk(3) })], holdings: [holding("A", 2, 1)] }).set;
    expect([...make()]).toEqual([...make()]);
  });

  test("the bytes do not depend on what was rendered before: 40 odd calendars change nothing", () => {
    // Stocks, a coin of every day, and stocks again: the order of the additions decides the last digits.
    const weekdays = (seed: number): NonNullable<ReportAsset["closes"]> => {
      const { dates, values } = walk(seed, 400);
      const isKept = (_: unknown, index: number) => ![0, 6].includes(new Date(dates[index]!).getUTCDay());
      return { dates: dates.filter(isKept), values: values.filter(isKept) };
    };
    const makeAssets = () => [
      asset("AAPL", analysis("AAPL"), { closes: weekdays(3) }),
      asset("BTC-USD", analysis("BTC-USD"), { closes: walk(5, 400, 0.1) }),
      asset("MSFT", analysis("MSFT"), { closes: weekdays(7) }),
    ];
    const holdingsOf = (user: number) => [
      holding("AAPL", 0.1 * user, 1),
      holding("BTC-USD", 700 / user, 1),
      holding("MSFT", user / 3, 1),
    ];
    // Twenty portfolios of the same closes: of some, the last digits round to the same.
    const users = Array.from({ length: 20 }, (_, index) => index + 1);
    const renderAll = (assets: ReportAsset[]) =>
      users.map((user) => [...render({ assets, holdings: holdingsOf(user) }).set]);
    const fresh = renderAll(makeAssets());
    const assets = makeAssets();
    render({ assets: assets.slice(0, 1) });
    for (let count = 100; count < 140; count++)
      render({ assets: [asset("ODD", analysis("ODD"), { closes: walk(count, count) })] });
    expect(renderAll(assets)).toEqual(fresh);
  });

  const price = fc.oneof(fc.constantFrom(1e-8, 1e12, 0.27, 1), fc.double({ min: 1e-8, max: 1e12, noNaN: true }));
  const oneAsset = fc.record({
    price,
    before: fc.option(price),
    quantity: fc.option(fc.oneof(fc.constantFrom(0, -3, 1e15), fc.double({ min: 1e-8, max: 1e9, noNaN: true }))),
    paid: fc.option(price),
    bars: fc.integer({ min: 0, max: 260 }),
    currency: fc.constantFrom("USD", "ARS", null),
    stale: fc.boolean(),
    failed: fc.boolean(),
    high: fc.boolean(),
  });

  test("every number and date of the reports is in the JSON, rounded as it is shown", () => {
    fc.assert(
      fc.property(fc.array(oneAsset, { minLength: 1, maxLength: 8 }), fc.constantFrom("v1", "v2"), (drawn, profile) => {
        const assets = drawn.map((one, index) => {
          const symbol = `S${index}-X`;
          if (one.failed) return asset(symbol, { error: `No hay datos de ${symbol} (404).` }, { currency: null });
          const entry = withSignals(symbol, { alerts: one.high ? [HIGH] : analysis(symbol).signals.alerts }, one.price);
          return asset(
            symbol,
            { ...entry, stale: one.stale, bars: one.bars },
            {
              currency: one.currency,
              closes: walk(index, one.bars),
              ...(one.before === null ? {} : { previous: before("COMPRAR", one.before) }),
            },
          );
        });
        const holdings = drawn.map(({ quantity, paid }, index) => holding(`S${index}-X`, quantity, paid, "Cartera 7"));
        const { portfolio, market } = render({ assets, holdings }, profile);
        for (const { report, json } of [portfolio, market]) {
          expect(numbersNotInJson(report, json, { profile, timezone: TIMEZONE })).toEqual([]);
          expect(countNumbers(report, profile)).toBeGreaterThan(2);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("the comparison notices a number, a digit and a date that the JSON lacks", () => {
    const { portfolio } = render({ assets: [asset("A")], holdings: [holding("A", 3, 111.25)] });
    const missing = (from: string, to: string) =>
      numbersNotInJson(portfolio.report.replace(from, to), portfolio.json, { profile: "v2", timezone: TIMEZONE });
    expect(portfolio.report).toContain("342,32");
    expect(missing("", "")).toEqual([]);
    expect(missing("342,32", "342,33")).toEqual(["342,33"]);
    expect(missing("Análisis del 7 de enero", "Análisis del 6 de enero")).toEqual(["6 de enero de 2022"]);
    expect(missing("Símbolos: 1", "Símbolos: 77")).toEqual(["77"]);
  });
});
