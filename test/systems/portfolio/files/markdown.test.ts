import { expect, test } from "bun:test";
import fc from "fast-check";
import { escapeText, linkTarget, table } from "../../../../src/systems/portfolio/files/markdown.ts";

test.each([
  ["|<script>alert(1)</script>", "\\|&lt;script>alert(1)&lt;/script>"],
  ["a\nb\r\n\tc\u2028d", "a b c d"],
  ["[x](javascript:alert(1))", "\\[x\\](javascript:alert(1))"],
  ["**fuerte** `código` ~tachado~", "\\*\\*fuerte\\*\\* \\`código\\` \\~tachado\\~"],
  ["_cursiva_ y MERCADO_LATERAL", "\\_cursiva\\_ y MERCADO_LATERAL"],
  ["R&D &amp; &#60;", "R&amp;D &amp;amp; &amp;#60;"],
  ["https://example.com www.example.com", "https:\\/\\/example.com www\\.example.com"],
  ["RSI (28.80 < 30) y 72 > 70", "RSI (28.80 < 30) y 72 > 70"],
  ["al\u202erevés", "alrevés"],
  ["BRK-B ^GSPC GC=F YPFD.BA", "BRK-B ^GSPC GC=F YPFD.BA"],
])("outside text %p becomes %p", (text, escaped) => expect(escapeText(text)).toBe(escaped));

test("long texts are cut", () => {
  expect(escapeText("x".repeat(5_000))).toHaveLength(301);
});

test("whatever stands in a cell, the table keeps its columns and lines", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (name) => {
      const lines = table(["A", "B"], "lr", [[escapeText(name), "1"]]).split("\n");
      expect(lines).toHaveLength(3);
      expect(lines[2]!.replace(/\\[\\|]/g, "").match(/\|/g)).toHaveLength(3);
      expect(lines[2]).not.toMatch(/<[a-z/!?]/i);
    }),
  );
});

test("links keep http addresses and file names, and refuse other schemes", () => {
  expect(linkTarget("https://example.com/charts/BTC-USD.html?a=(1)")).toBe(
    "https://example.com/charts/BTC-USD.html?a=%281%29",
  );
  expect(linkTarget("chart_TSLA.html")).toBe("chart_TSLA.html");
  expect([linkTarget("javascript:alert(1)"), linkTarget("data:text/html,x")]).toEqual([null, null]);
});
