import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { renderPdf } from "../../../src/kit/pdf/index.ts";
import { printableText } from "../../../src/kit/pdf/printable-text.ts";
import { printed } from "./read-pdf.ts";

describe("texts that nobody should print", () => {
  test("an empty one is an empty page", async () => {
    const { lines, pages } = await printed("");
    expect(pages.length).toBe(1);
    expect(lines()).toEqual(["Informe Página 1 de 1"]);
  });

  test("a hundred thousand rows end with a note on page 500", async () => {
    const { pages, lines } = await printed(`|a|b|\n|-|-|\n${`|uno ${"dos ".repeat(60)}|2|\n`.repeat(20_000)}`);
    expect(pages.length).toBe(500);
    expect(lines(499).slice(-2)).toEqual([
      "El documento sigue, pero aquí se corta: pasa del tamaño que se puede imprimir.",
      "Informe Página 500 de 500",
    ]);
    expect(lines(498).join()).not.toContain("se corta");
  });

  test("more than five million characters are cut with a note", async () => {
    const { lines, pages } = await printed(`hola\n\n${" ".repeat(5 * 1024 * 1024)}fin`);
    expect(lines(pages.length - 1).join()).toContain("aquí se corta");
  });

  test("a word of ten thousand letters goes on line after line, and loses none", async () => {
    const { pages } = await printed("ab".repeat(5_000));
    const letters = pages.flatMap((page) => page.slice(0, -2).map(({ text }) => text));
    expect(letters.join("")).toBe("ab".repeat(5_000));
  });

  test("a cell higher than a page goes on on the next one", async () => {
    const { pages } = await printed(`| a | b |\n| - | - |\n| x | ${"palabra ".repeat(1_200)} |\n`);
    expect(pages.length).toBeGreaterThan(1);
    const words = pages.flat().flatMap(({ text }) => text.match(/palabra/g) ?? []);
    expect(words.length).toBe(1_200);
  });

  test("a table of a thousand columns is printed as lines of text", async () => {
    const { lines } = await printed(`${"|a".repeat(1_000)}|\n${"|-".repeat(1_000)}|\n${"|1".repeat(1_000)}|\n`);
    expect(lines()[0]).toStartWith("a | a | a");
  });

  const NESTED: Record<string, string> = {
    quotes: ">".repeat(50_000),
    lists: `${"- ".repeat(5_000)}a`,
    "indented lists": Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth * 2)}- a`).join("\n"),
    emphasis: "**a ".repeat(2_000),
    brackets: "[".repeat(9_000),
    "links that never close": "[a](".repeat(2_000),
    backticks: "`a".repeat(4_000),
    "a fence that never closes": `\`\`\`\n${"a\n".repeat(500)}`,
  };
  for (const [name, text] of Object.entries(NESTED))
    test(`${name} without measure are printed within the time of a test`, async () => {
      const { pages } = await printed(text);
      expect(pages.length).toBeGreaterThan(0);
    });

  test("other work gets its turn while a long document is printed", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await renderPdf("hola **mundo** \n\n".repeat(8_000));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(10);
  });

  test("any text gives a document that ends, with characters of the fonts only", async () => {
    const markdown = fc.array(
      fc.oneof(
        fc.string({ unit: "grapheme", maxLength: 40 }),
        fc.constantFrom(
          "\n",
          "\n\n",
          "# ",
          "- ",
          "| a | b |\n|---|---|\n",
          "**",
          "```\n",
          "> ",
          "[a](",
          ")",
          "<b>",
          "🟢",
          "1. ",
        ),
      ),
      { maxLength: 25 },
    );
    await fc.assert(
      fc.asyncProperty(markdown, async (parts) => {
        const { source, pages } = await printed(parts.join(""));
        expect(source.trimEnd()).toEndWith("%%EOF");
        expect(source).not.toContain("NaN");
        for (const { x, y } of pages.flat()) expect(Number.isFinite(x + y)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe("characters that the fonts lack", () => {
  test("pictures go, marks stay, other scripts leave a sign", () => {
    expect(printableText("📊 Informe 🇦🇷 👩🏽‍💻 ok")).toBe(" Informe   ok");
    expect(printableText("1️⃣ → 2 ≥ 1 − 0")).toBe("1 -> 2 >= 1 - 0");
    expect(printableText("שלום עולם hola 你好 Привет")).toBe("[…] […] hola […] […]");
    expect(printableText("Ştefan Łódź ﬁn ｆｕｌｌ")).toBe("Stefan Lódz fin full");
    expect(printableText("a\u0000b\u001b[31mc\u202ed\ud800e\ufefff\u00adg\th")).toBe("ab[31mcdefg h");
    expect(printableText("n\u0303 cafe\u0301")).toBe("ñ café");
    expect(printableText("\ue000\ue005")).toBe("");
  });

  test("a private character from outside draws no mark", async () => {
    const { source } = await printed("\ue000 hola");
    const { source: marked } = await printed("🟢 hola");
    expect(marked).toContain(" c\n");
    expect(source).not.toContain(" c\n");
  });

  test("every character that is kept has a code of one byte", () => {
    const codes = new TextDecoder("windows-1252");
    const known = new Set(codes.decode(Uint8Array.from({ length: 256 }, (_, code) => code)));
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 50 }), (text) => {
        for (const character of printableText(text))
          expect(known.has(character) || character === "\n" || /[\ue000-\ue0ff]/.test(character)).toBe(true);
      }),
    );
  });
});
