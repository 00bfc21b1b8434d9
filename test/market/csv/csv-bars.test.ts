import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { VigiaError } from "../../../src/kit/errors.ts";
import { MAX_BAD_LINES, parseBarsCsv } from "../../../src/market/csv/csv-bars.ts";
import { soakTimes } from "../../support/soak.ts";

const HEADER = "date,open,high,low,close,volume";
const GOOD = "2024-03-07,18.45,18.84,18.14,18.32,2916700";
const NEXT = "2024-03-08,18.1,18.36,17.59,17.65,2680000";

const parse = (text: string) => parseBarsCsv(text, "YPF.csv");
const lines = (...texts: string[]) => texts.join("\n");

describe("a well-formed file", () => {
  test("gives its bars; without an adjusted close it equals the close", async () => {
    const { bars, warnings } = await parse(lines(HEADER, GOOD, NEXT, ""));
    expect(warnings).toEqual([]);
    expect(bars).toEqual([
      { date: "2024-03-07", open: 18.45, high: 18.84, low: 18.14, close: 18.32, adjClose: 18.32, volume: 2916700 },
      { date: "2024-03-08", open: 18.1, high: 18.36, low: 17.59, close: 17.65, adjClose: 17.65, volume: 2680000 },
    ]);
  });

  const dressings = {
    "a byte order mark and CRLF": `\uFEFF${HEADER}\r\n${GOOD}\r\n${NEXT}\r\n`,
    "no line end at the end": lines(HEADER, GOOD, NEXT),
    "capitals and blanks in the header": lines("Date, Open , HIGH,Low,Close,Volume", GOOD, NEXT),
    quotes: lines(HEADER, GOOD.replace(/[^,]+/g, '"$&"'), NEXT),
    "quotes and CRLF": `${HEADER}\r\n${GOOD.replace(/[^,]+/g, '"$&"')}\r\n${NEXT}\r\n`,
    "empty lines": lines("", HEADER, "", GOOD, "  ", NEXT, ""),
    "another order and further columns": lines(
      "ticker,volume,close,low,high,open,date",
      "YPF,2916700,18.32,18.14,18.84,18.45,2024-03-07",
      "YPF,2680000,17.65,17.59,18.36,18.1,2024-03-08",
    ),
  };
  for (const [what, text] of Object.entries(dressings))
    test(`may have ${what}`, async () => {
      expect(await parse(text)).toEqual(await parse(lines(HEADER, GOOD, NEXT)));
    });

  for (const name of ["adjclose", "adj_close", "Adj Close"])
    test(`may have a column ${name}`, async () => {
      const { bars } = await parse(lines(`${HEADER},${name}`, `${GOOD},17.5`));
      expect(bars[0]).toMatchObject({ close: 18.32, adjClose: 17.5 });
    });

  test("reads the same from a stream cut anywhere", async () => {
    const bytes = new TextEncoder().encode(`\uFEFF${HEADER},ñandú\r\n${GOOD},é\r\n${NEXT},€\r\n`);
    const whole = await parse(new TextDecoder().decode(bytes));
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(await parseBarsCsv(stream(bytes.slice(0, cut), bytes.slice(cut)), "YPF.csv")).toEqual(whole);
  });
});

describe("a bad line costs itself, and is named", () => {
  const faults = {
    "2024-02-30,1,2,0.5,1,10": 'date "2024-02-30" is not a date like 2024-03-08',
    "08/03/2024,1,2,0.5,1,10": 'date "08/03/2024" is not a date like 2024-03-08',
    "2024-03-06,null,2,0.5,1,10": 'open "null" is not a number',
    "2024-03-06,1,2,0.5,,10": 'close "" is not a number',
    "2024-03-06,1,Infinity,0.5,1,10": 'high "Infinity" is not a number',
    "2024-03-06,0x10,20,0.5,1,10": 'open "0x10" is not a number',
    "2024-03-06,1,2,-0.5,1,10": 'low "-0.5" is not positive',
    "2024-03-06,0,2,0.5,1,10": 'open "0" is not positive',
    "2024-03-06,1,2,0.5,1,-10": 'volume "-10" is negative',
    "2024-03-06,1,1,2,1,10": "high 1 is below low 2",
    "2024-03-06,1,2,0.5,1": "5 fields, volume is missing",
    "2024-03-06,1,2,0.5,1e999,10": 'close "1e999" is not a number',
    '2024-03-06,"1,2,0.5,1,10': 'date "2024-03-06,\\"1,2,0.5,1,10" is not a date like 2024-03-08',
  };
  for (const [line, fault] of Object.entries(faults))
    test(fault, async () => {
      const { bars, warnings } = await parse(lines(HEADER, GOOD, line, NEXT));
      expect(bars.map(({ date }) => date)).toEqual(["2024-03-07", "2024-03-08"]);
      expect(warnings).toEqual([`YPF.csv line 3: ${fault}; the line is left out`]);
    });

  test("a line of 1 MB does not take the following ones along", async () => {
    const { bars, warnings } = await parse(lines(HEADER, GOOD, `2024-03-06,${"9".repeat(1_000_000)}`, NEXT));
    expect(bars).toHaveLength(2);
    expect(warnings).toEqual(["YPF.csv line 3: longer than 10,000 characters; the line is left out"]);
  });

  test("of two lines with one date the first counts", async () => {
    const { bars, warnings } = await parse(lines(HEADER, GOOD, GOOD.replace("18.32", "19"), NEXT));
    expect(bars.map(({ close }) => close)).toEqual([18.32, 17.65]);
    expect(warnings).toEqual(["YPF.csv line 3: 2024-03-07 again, after line 2; the first one counts"]);
  });

  test("unordered dates are sorted and told once", async () => {
    const { bars, warnings } = await parse(lines(HEADER, NEXT, GOOD));
    expect(bars.map(({ date }) => date)).toEqual(["2024-03-07", "2024-03-08"]);
    expect(warnings).toEqual(["YPF.csv: dates are not in ascending order; they were sorted"]);
  });

  test("after twenty the rest is counted", async () => {
    const { warnings } = await parse(lines(HEADER, ...Array(50).fill("x,1,1,1,1,1"), GOOD));
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe("YPF.csv: 30 more bad lines");
  });
});

describe("a bad file is refused, with file and reason", () => {
  const files = {
    "": "YPF.csv: the file is empty.",
    [HEADER]: "YPF.csv: no line after the header.",
    [lines("date,open,high,low,close", GOOD)]:
      'YPF.csv: line 1: the header has no column volume (it reads "date,open,high,low,close").',
    [lines(GOOD, NEXT)]: "YPF.csv: line 1: the header has no column date, open, high, low, close, volume",
    [lines(HEADER, "x,1,1,1,1,1")]: 'YPF.csv: no valid line; YPF.csv line 2: date "x" is not a date',
    [lines(HEADER, GOOD, ...Array(MAX_BAD_LINES + 1).fill("x,1,1,1,1,1"))]: "YPF.csv: more than 100 bad lines",
    ["<html>".repeat(200_000)]: "YPF.csv: line 1: the header has no column",
  };
  for (const [text, message] of Object.entries(files))
    test(message, async () => {
      const thrown = await refused(parse(text));
      expect(thrown.code).toBe("bad_data");
      expect(thrown.message).toStartWith(message);
      expect(thrown.message.length).toBeLessThan(300);
    });

  test("not UTF-8", async () => {
    const latin = new Uint8Array([...new TextEncoder().encode(`${HEADER}\n${GOOD}\n`), 0xf1, 0x0a]);
    expect((await refused(parseBarsCsv(stream(latin), "YPF.csv"))).message).toContain("not UTF-8 text (at line 1");
  });

  test("larger than 50 MB, or with too many lines, without reading it all", async () => {
    const read = { chunks: 0 };
    expect((await refused(parseBarsCsv(endless(read, "x"), "YPF.csv"))).message).toBe("YPF.csv: larger than 50 MB.");
    expect(read.chunks).toBe(51);
    read.chunks = 0;
    const message = "YPF.csv: more than 200,000 lines.";
    expect((await refused(parseBarsCsv(endless(read, "\n"), "YPF.csv"))).message).toBe(message);
    expect(read.chunks).toBe(1);
  });
});

async function* endless(read: { chunks: number }, character: string): AsyncGenerator<Uint8Array> {
  for (;;) {
    read.chunks++;
    yield new Uint8Array(1 << 20).fill(character.charCodeAt(0));
  }
}

test("whatever a file holds, the answer is valid bars or a refusal", async () => {
  const cell = fc.oneof(
    fc.string(),
    fc.double().map(String),
    fc.constantFrom("2024-03-07", "1", '"', "", "-1", "\uFFFF"),
  );
  const line = fc.array(cell, { maxLength: 8 }).map((cells) => cells.join(","));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(line, fc.constant(GOOD)), { maxLength: 20 }), async (texts) => {
      const answer = await parse(lines(HEADER, ...texts)).catch((thrown: unknown) => thrown);
      if (answer instanceof Error) return answer instanceof VigiaError && answer.code === "bad_data";
      const { bars } = answer as Awaited<ReturnType<typeof parse>>;
      return bars.every(({ high, low, close, volume }) => high >= low && close > 0 && volume >= 0);
    }),
    { numRuns: soakTimes(300, 20_000) },
  );
});

async function refused(call: Promise<unknown>): Promise<VigiaError> {
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(VigiaError);
  return thrown as VigiaError;
}

async function* stream(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

describe("days before the first price", () => {
  const zeros = (count: number) =>
    Array.from({ length: count }, (_, index) => `2020-01-${String((index % 28) + 1).padStart(2, "0")},0,0,0,0.0,500`);
  const file = (lines: string[]) => ["date,open,high,low,close,volume", ...lines].join("\n");

  test("lines of zeros cost themselves only, however many they are, and are told once", async () => {
    const { bars, warnings } = await parseBarsCsv(file([...zeros(500), "2021-05-08,1,2,0.5,1.5,10"]), "SHIB-USD.csv");
    expect(bars.map(({ date }) => date)).toEqual(["2021-05-08"]);
    expect(warnings).toEqual(["SHIB-USD.csv: 500 lines of zeros before the first price were left out"]);
  });

  test("after the first price a line of zeros is a bad line, and too many of them spoil the file", async () => {
    const lines = ["2019-05-08,1,2,0.5,1.5,10", ...zeros(MAX_BAD_LINES + 1)];
    await expect(parseBarsCsv(file(lines), "X.csv")).rejects.toThrow("bad lines");
  });

  test("a file of zeros alone has no price", async () => {
    await expect(parseBarsCsv(file(zeros(3)), "X.csv")).rejects.toThrow("no line");
  });
});
