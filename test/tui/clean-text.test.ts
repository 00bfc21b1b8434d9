import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { cleanText } from "../../src/tui/clean-text.ts";
import { cutText, displayWidth, fitText } from "../../src/tui/fit-text.ts";
import { soakTimes } from "../support/soak.ts";
import { openTerminal } from "../support/terminal.ts";

/** Text with far more trouble in it than chance would bring. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.constantFrom(
        "\u001b[31m",
        "\u001b]8;;http://x\u0007",
        "\u009b2J",
        "\u202e",
        "\u200d",
        "\ufe0f",
        "日本",
        "한글",
        "👩‍👩‍👧",
        "🇦🇷",
        "\ud800",
        "e\u0301\u0302",
        "שלום",
        "\r\n",
        "\t",
        "\u00ad",
        "½",
        "ﷺ",
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

describe("cleanText", () => {
  test.each([
    ["plain text, ñandú €", "plain text, ñandú €"],
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007body", "body"],
    ["one\r\ntwo\tthree", "one two three"],
    ["e\u0301", "é"],
    ["left\u202eright\u200b", "leftright"],
    ["up 🚀🚀 now", "up ·· now"],
    ["日本語 한국어", "日本語 한국어"],
    ["\u3248 \uffa0 \u06de", "· · ·"],
    ["\u{11a84}🇦🇷 \u{111c2}a", "·🇦🇷 ·a"],
    ["bell\u0007\u0000", "bell"],
    ["soft\u00adhyphen", "softhyphen"],
    ["lone \ud800 half", "lone  half"],
  ])("makes %j into %j", (text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  test("looks at the first 2,000 characters only", () => {
    expect(cleanText("x".repeat(1_000_000))).toHaveLength(2_000);
  });

  test("is as wide as it says, on a terminal model", async () => {
    const terminal = openTerminal({ columns: 400 });
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const cleaned = cutText(cleanText(text), 300);
        terminal.stdout.write(`\r${cleaned}`);
        expect(await terminal.cursorColumn()).toBe(displayWidth(cleaned));
        expect(cleaned).not.toMatch(/\p{C}/u);
      }),
      { numRuns: soakTimes(500, 20_000) },
    );
  });
});

describe("fitText", () => {
  test("is exactly as wide as asked for", () => {
    fc.assert(
      fc.property(anyText, fc.nat(60), fc.constantFrom("left" as const, "right" as const), (text, width, align) => {
        expect(displayWidth(fitText(cleanText(text), width, align))).toBe(width);
      }),
      { numRuns: soakTimes(500, 20_000) },
    );
  });

  test.each([
    ["abcdef", 4, "left", "abc…"],
    ["ab", 4, "left", "ab  "],
    ["ab", 4, "right", "  ab"],
    ["日本語", 4, "left", "日… "],
    ["日本語", 6, "left", "日本語"],
    ["ab", 0, "left", ""],
  ] as const)("fits %j into %d columns, %s", (text, width, align, expected) => {
    expect(fitText(text, width, align)).toBe(expected);
  });
});
