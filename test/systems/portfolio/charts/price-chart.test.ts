import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { addDays } from "../../../../src/kit/dates.ts";
import { formatMoney } from "../../../../src/kit/numbers-es.ts";
import { type Bar, toBars } from "../../../../src/market/bars.ts";
import { computeEma } from "../../../../src/market/indicators/index.ts";
import { type PriceChartOptions, renderPriceChart } from "../../../../src/systems/portfolio/charts/price-chart.ts";
import { allElements, type Element, readSvg } from "./read-svg.ts";

const waves = (count: number, factor = 1): Bar[] =>
  Array.from({ length: count }, (_, index) => {
    const close = (100 + 20 * Math.sin(index / 15) + index / 10) * factor;
    const open = (100 + 20 * Math.sin((index - 1) / 15) + index / 10) * factor;
    const date = addDays("2023-03-01", index);
    const high = Math.max(open, close) + factor;
    return { date, open, high, low: Math.min(open, close) - factor, close, adjClose: close, volume: 1e6 + index };
  });

const chartOf = (bars: readonly Bar[], options: Partial<PriceChartOptions> = {}): string =>
  renderPriceChart({ symbol: "AAPL", currency: "USD", dataSource: "csv", bars: toBars(bars), ...options });

const elementsOf = (svg: string): Element[] => allElements(readSvg(svg));
const textsOf = (svg: string): string[] => elementsOf(svg).flatMap(({ name, text }) => (name === "text" ? [text] : []));
const pathOf = (svg: string, style: string): string =>
  elementsOf(svg).find(
    ({ name, attributes }) => name === "path" && attributes.class === style && attributes.d!.length > 15,
  )?.attributes.d ?? "";

describe("a price chart", () => {
  test("names symbol, last price, its date and the change", () => {
    const bars = waves(253, 100);
    const svg = chartOf(bars, { name: "Apple Inc." });
    const [low, high] = [Math.min(...bars.map((bar) => bar.low)), Math.max(...bars.map((bar) => bar.high))];
    expect(textsOf(svg)).toEqual(
      expect.arrayContaining(["AAPLApple Inc.", "10.744,87 USD", "al 8 nov 2023 · +7,45 % en el período"]),
    );
    expect(readSvg(svg).attributes.role).toBe("img");
    expect(elementsOf(svg).find(({ name }) => name === "desc")?.text).toBe(
      "Precios de AAPL del 1 de marzo de 2023 al 8 de noviembre de 2023, 253 barras. Último cierre: 10.744,87 USD. " +
        `Mínimo ${formatMoney(low)} USD, máximo ${formatMoney(high)} USD.`,
    );
  });

  test("has candles for 130 bars and a line for more", () => {
    const candles = chartOf(waves(130));
    expect(pathOf(candles, "up").match(/z/g)!.length + pathOf(candles, "down").match(/z/g)!.length).toBe(130);
    expect(pathOf(candles, "price")).toBe("");
    const line = chartOf(waves(131));
    expect(pathOf(line, "price").match(/[ML]/g)!.length).toBe(131);
    expect(pathOf(line, "up")).toBe("");
  });

  test("draws averages from where they are known, with bars before the shown ones", () => {
    const bars = waves(400);
    const whole = chartOf(bars.slice(300));
    expect(pathOf(whole, "average short").match(/[ML]/g)!.length).toBe(81);
    expect(textsOf(whole)).not.toContain("EMA 200");
    const fed = chartOf(bars, { from: bars[300]!.date });
    expect(pathOf(fed, "average long").match(/[ML]/g)!.length).toBe(100);
    expect(textsOf(fed)).toEqual(
      expect.arrayContaining(["Media 20", "EMA 50", "EMA 200", "Bandas de Bollinger", "Velas"]),
    );
  });

  test("puts a price at its height: as far between two lines of the axis as between their prices", () => {
    const bars = waves(300);
    const svg = chartOf(bars);
    const axis = elementsOf(svg).filter(
      ({ name, attributes }) => name === "text" && attributes.dy && !attributes.class,
    );
    const [low, high] = [axis[0]!, axis.at(-1)!].map(({ text, attributes }) => ({
      price: Number(text),
      y: Number(attributes.y),
    }));
    const heightOf = (price: number) =>
      low!.y + ((price - low!.price) / (high!.price - low!.price)) * (high!.y - low!.y);
    const drawn = [...pathOf(svg, "average long").matchAll(/[ML]\S+ (\S+?)(?=[ML]|$)/g)].map(([, y]) => Number(y));
    const known = computeEma(
      Float64Array.from(bars, ({ close }) => close),
      200,
    ).filter(Number.isFinite);
    expect(drawn.length).toBe(known.length);
    for (const [index, y] of drawn.entries()) expect(Math.abs(y - heightOf(known[index]!))).toBeLessThan(0.2);
  });

  test("writes months in Spanish, years where they begin, and days for a few weeks", () => {
    expect(textsOf(chartOf(waves(330)))).toEqual(expect.arrayContaining(["abr 2023", "may", "ago", "dic", "ene 2024"]));
    expect(textsOf(chartOf(waves(20)))).toEqual(expect.arrayContaining(["3 mar", "5 mar"]));
    expect(textsOf(chartOf(waves(3_000)))).toEqual(expect.arrayContaining(["2024", "2030"]));
  });

  test("says prices below one with four digits and large ones with thousands", () => {
    expect(textsOf(chartOf(waves(100, 1e-7)))).toEqual(expect.arrayContaining(["0,000009000", "0,00001200"]));
    expect(textsOf(chartOf(waves(100, 1e10)))).toContain("1.200.000.000.000");
  });

  test("says so when the prices are samples", () => {
    expect(chartOf(waves(30), { dataSource: "sample" })).toContain("DATOS DE MUESTRA");
    expect(chartOf(waves(30), { dataSource: "yahoo" })).not.toContain("MUESTRA");
  });

  test("is a text without scripts and outside references, for light and dark pages, under 60 KB", () => {
    for (const bars of [waves(253), waves(130)]) {
      const svg = chartOf(bars);
      expect(svg.length).toBeLessThan(60_000);
      expect(svg).toContain("prefers-color-scheme:dark");
      expect(svg).not.toMatch(/script|href|url\(|@import|\son[a-z]+=|<image|<foreignObject/i);
      expect(chartOf(bars)).toBe(svg);
      expect(pathOf(svg, "average short")).not.toMatch(/\.\d\d/);
    }
  });

  test("prints names from outside as text", () => {
    const name = `<script>alert("1")</script>&'\u0000\ud800`;
    const svg = chartOf(waves(5), { symbol: "A<B", name, currency: `"&` });
    expect(svg).not.toContain("<script");
    expect(textsOf(svg)[0]).toBe(`A<B<script>alert("1")</script>&'\ufffd`);
  });
});

describe("prices that are no good", () => {
  test("nothing to draw is said", () => {
    for (const bars of [[], [{ ...waves(1)[0]!, close: Number.NaN }]])
      expect(textsOf(chartOf(bars))).toEqual(["AAPL", "No hay precios para dibujar."]);
    expect(textsOf(chartOf(waves(9), { from: "2030-01-01" }))).toContain("No hay precios para dibujar.");
  });

  test("one bar and a flat line stand in the middle", () => {
    const flat = waves(30).map((bar) => ({ ...bar, open: 5, high: 5, low: 5, close: 5, volume: 0 }));
    for (const bars of [flat, flat.slice(0, 1), flat.map((bar) => ({ ...bar, open: 0, high: 0, low: 0, close: 0 }))]) {
      const y = Number(/d="M18 (\S+)H/.exec(chartOf(bars).split('class="now"')[1]!)![1]);
      expect(y).toBeGreaterThan(200);
      expect(y).toBeLessThan(300);
    }
  });

  test("a bar without a close is left out, one without open, high or low is not", () => {
    const bars = waves(40);
    const gone = chartOf(bars.map((bar, index) => (index === 7 ? { ...bar, close: Number.NaN } : bar)));
    expect((pathOf(gone, "up") + pathOf(gone, "down")).match(/z/g)!.length).toBe(39);
    const kept = chartOf(
      bars.map((bar, index) => (index === 7 ? { ...bar, open: Number.NaN, high: Number.NaN } : bar)),
    );
    expect((pathOf(kept, "up") + pathOf(kept, "down")).match(/z/g)!.length).toBe(40);
  });

  const price = fc.oneof(
    fc.double(),
    fc.double({ min: 1e-8, max: 1e12, noNaN: true }),
    fc.constantFrom(0, 1, 1e-8, 1e12, 5e-324, -37, Number.MAX_VALUE, Number.NaN, Number.POSITIVE_INFINITY),
  );
  const hostileBars = fc
    .array(fc.record({ open: price, high: price, low: price, close: price, adjClose: price, volume: price }), {
      maxLength: 300,
    })
    .map((rows) => rows.map((row, index) => ({ ...row, date: addDays("2020-02-20", index * 3) })));

  test("any bars give well-formed XML whose every number is one", () => {
    fc.assert(
      fc.property(hostileBars, fc.string({ unit: "binary", maxLength: 60 }), (bars, name) => {
        const svg = chartOf(bars, { name });
        const drawn = allElements(readSvg(svg)).flatMap(({ attributes: { class: _, ...rest } }) => Object.values(rest));
        expect(drawn.join(" ")).not.toMatch(/NaN|Infinity|undefined|e\+/);
      }),
      { numRuns: 300 },
    );
  });

  test("prices near one another, at any height, stay inside the plot", () => {
    const level = fc.tuple(fc.integer({ min: -8, max: 12 }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(
        level,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 200 }),
        ([power, spread], parts) => {
          const bars = parts.map((part, index): Bar => {
            const close = 10 ** power * (1 + spread * part);
            return {
              date: addDays("2020-01-01", index),
              open: close,
              high: close,
              low: close,
              close,
              adjClose: close,
              volume: 1,
            };
          });
          const svg = chartOf(bars);
          for (const [, y] of (pathOf(svg, "price") || pathOf(svg, "up")).matchAll(/[ML][-\d.]+ ([-\d.]+)/g)) {
            expect(Number(y)).toBeGreaterThanOrEqual(74);
            expect(Number(y)).toBeLessThanOrEqual(440);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
