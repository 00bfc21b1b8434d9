import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readStockIndex } from "../../../../src/systems/portfolio/context/stock-index.ts";
import { stockPage } from "./context-bench.ts";

const NOW = new Date("2026-03-02T12:00:00.000Z");
const valueOn = (html: string) => readStockIndex(html, NOW)?.value ?? null;
const nextData = (latest: unknown) =>
  `<p>Fear and Greed</p><script id="__NEXT_DATA__" type="application/json">${JSON.stringify({
    props: { pageProps: { data: { fgi: { latest }, fgi_crypto: [{ value: 12 }] } } },
  })}</script>`;

describe("ways to the number", () => {
  test("the place where it has always been, whatever else the page shows", () => {
    const page = `<p class="text-9xl">99</p>${stockPage("33")}<div class="text-4xl">71</div>`;
    expect(readStockIndex(page, NOW)).toEqual({
      value: 33,
      timestamp: "2026-03-02T12:00:00.000Z",
      classification: "Fear",
    });
    expect(valueOn(stockPage("3<!-- -->3"))).toBe(33);
    expect(valueOn(stockPage("\n  33\n"))).toBe(33);
    expect(
      valueOn(
        stockPage("Fear").replace("</div>", '</div><div class="text-white text-4xl text-center font-semibold">0</div>'),
      ),
    ).toBe(0);
  });

  test("the data that the page was drawn from, with its date", () => {
    const page = nextData({ now: 37, previous_close: 36, date: "2026-02-27" }) + stockPage("99");
    expect(readStockIndex(page, NOW)).toEqual({
      value: 37,
      timestamp: "2026-02-27T00:00:00.000Z",
      classification: "Fear",
    });
    expect(valueOn(nextData({ now: 37 }))).toBe(37);
  });

  test("other classes: the number drawn largest", () => {
    const others = '<i class="text-sm">45</i><b class="md:text-2xl">60</b>';
    expect(valueOn(stockPage("33", "md:text-6xl font-black [&>svg]:mr-2") + others)).toBe(33);
  });

  test.each([
    '{"@type":"Observation","value": 33, "unitText": "Fear"}',
    '<meta name="description" content="Fear and Greed Index is currently at 33 (Fear).">',
    "<title>Fear &amp; Greed Index: 33</title>",
    '<h1>Fear and Greed</h1><span class="x">33</span>',
  ])("a page that only says %p", (html) => {
    expect(valueOn(html)).toBe(33);
  });
});

describe("a number that cannot be had for certain is none", () => {
  test.each([
    ["two numbers of the same size", '<h1>Fear and Greed</h1><b class="text-5xl">33</b><b class="text-5xl">60</b>'],
    ["several numbers without sizes", "<h1>Fear and Greed</h1><b>33</b><b>60</b>"],
    ["a scale", "<title>Fear and Greed Index: 0-100</title>"],
    ["a number of another page", "<h1>Weather</h1><b>33</b>"],
    ["a number in a script", "<h1>Fear and Greed</h1><script>'<b>33</b>'</script>"],
    ["a decimal", stockPage("33.5")],
    ["a word where it has always been, another number elsewhere", `${stockPage("abc")}<b class="text-6xl">60</b>`],
    ["150 where it has always been, another number elsewhere", `${stockPage("150")}<b class="text-6xl">60</b>`],
    ["page data out of range, another number elsewhere", nextData({ now: 101 }) + stockPage("60")],
    ["page data that are no number", nextData({ now: null }) + stockPage("60")],
  ])("%s", (_, html) => {
    expect(valueOn(html)).toBeNull();
  });

  test("broken page data leave the other ways open", () => {
    expect(valueOn(`<script id="__NEXT_DATA__">{"props":</script>${stockPage("33")}`)).toBe(33);
  });

  test("any text gives null or an index, and a big hostile page is read fast", () => {
    const piece = fc.constantFrom(
      "<div",
      ' class="',
      "text-4xl",
      '"',
      ">",
      "33",
      "150",
      "</div>",
      "<!--",
      "Fear and Greed Index: ",
      "<script",
      "'",
      "{",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (parts) => {
        const value = valueOn(parts.join(""));
        expect(value === null || (value >= 0 && value <= 100)).toBe(true);
      }),
    );
    for (const part of [
      '<a "',
      "<a class='",
      "<!--",
      "<script>",
      "fear and greed index is ",
      '"value":1,"unitText":"',
      "<a ",
    ]) {
      valueOn(part.repeat(300_000));
    }
  });
});
