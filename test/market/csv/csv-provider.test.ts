import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../../src/kit/log.ts";
import { createCsvProvider } from "../../../src/market/csv/csv-provider.ts";
import { PriceError } from "../../../src/market/price-error.ts";
import type { PriceProvider } from "../../../src/market/provider.ts";
import { createPlainClient } from "../../support/market.ts";

const HEADER = "date,open,high,low,close,volume";
const TWO_DAYS = `${HEADER}\n2024-03-07,18.45,18.84,18.14,18.32,2916700\n2024-03-08,18.1,18.36,17.59,17.65,2680000\n`;
const http = createPlainClient(async () => new Response());

let folder: string;
let provider: PriceProvider;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vigia-csv-"));
  provider = createCsvProvider({ folder, log: silentLogger });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array, modifiedAt = 1_700_000_000): void {
  const full = join(folder, path);
  mkdirSync(join(full, ".."), { recursive: true });
  writeFileSync(full, content);
  utimesSync(full, modifiedAt, modifiedAt);
}

function ask(symbol: string, now = new Date("2024-03-08T23:00:00Z")) {
  const signal = new AbortController().signal;
  return provider.fetchBars({ symbol, interval: "1d", from: "2024-01-01", to: "2024-12-31", now, http, signal });
}

async function refusal(symbol: string): Promise<PriceError> {
  const thrown = await ask(symbol).catch((error: unknown) => error);
  expect(thrown).toBeInstanceOf(PriceError);
  return thrown as PriceError;
}

describe("a folder of price files", () => {
  test("is searched at any depth and without regard to case", async () => {
    put("ypf.CSV", TWO_DAYS);
    put("a/b/c/BTC-USD.csv", TWO_DAYS);
    put("readme.txt", "no prices");
    put("adj_close_wide.csv", "no,prices");
    expect(await provider.symbols?.()).toEqual(["BTC-USD", "YPF"]);
    expect((await ask("ypf")).bars).toHaveLength(2);
    expect((await ask("YPF")).bars).toHaveLength(2);
  });

  test("two files for one symbol are a fault of that symbol, naming both", async () => {
    put("adr/YPF.csv", TWO_DAYS);
    put("old/ypf.csv", TWO_DAYS);
    put("adr/GGAL.csv", TWO_DAYS);
    expect((await refusal("YPF")).message).toBe("Two files for YPF: adr/YPF.csv and old/ypf.csv.");
    expect((await ask("GGAL")).bars).toHaveLength(2);
  });

  test("a symbol is never a path", async () => {
    put("inside/YPF.csv", TWO_DAYS);
    const outside = `${folder}-outside.csv`;
    writeFileSync(outside, TWO_DAYS);
    try {
      for (const symbol of [
        `../${outside.split("/").at(-1)!.slice(0, -4)}`,
        "inside/YPF",
        "./YPF",
        "/etc/passwd",
        "..",
        "",
      ])
        expect((await refusal(symbol)).code).toBe("unknown_symbol");
    } finally {
      rmSync(outside);
    }
  });

  test("a new file is found, a changed one is read again, a removed one is gone", async () => {
    expect((await refusal("YPF")).code).toBe("unknown_symbol");
    put("YPF.csv", TWO_DAYS);
    expect((await ask("YPF")).bars.at(-1)!.close).toBe(17.65);
    put("YPF.csv", TWO_DAYS.replace("17.65", "17.85"), 1_700_000_001);
    expect((await ask("YPF")).bars.at(-1)!.close).toBe(17.85);
    rmSync(join(folder, "YPF.csv"));
    expect((await refusal("YPF")).code).toBe("source_unavailable");
    expect(await provider.symbols?.()).toEqual([]);
  });

  test("bars from beyond the clock are left out and told once", async () => {
    put("YPF.csv", `${TWO_DAYS}2024-06-03,1,2,0.5,1,1\n2024-06-04,1,2,0.5,1,1\n`);
    const { bars, warnings } = await ask("YPF");
    expect(bars.at(-1)!.date).toBe("2024-03-08");
    expect(warnings).toEqual([
      "YPF.csv: 2 bars after 2024-03-08 are in the future (first 2024-06-03) and were left out",
    ]);
  });

  test("a bad file is refused with its path, the next symbol is served", async () => {
    put("adr/YPF.csv", "date,open\n1,2\n");
    put("adr/GGAL.csv", `${TWO_DAYS}oops\n`);
    put("adr/PAM.csv", new Uint8Array([0xff, 0xfe, 0x00, 0x0a]));
    expect(await refusal("YPF")).toMatchObject({
      code: "bad_data",
      message: 'adr/YPF.csv: line 1: the header has no column high, low, close, volume (it reads "date,open").',
    });
    expect((await refusal("PAM")).message).toContain("adr/PAM.csv: not UTF-8");
    expect((await ask("GGAL")).warnings).toEqual([
      'adr/GGAL.csv line 4: date "oops" is not a date like 2024-03-08; the line is left out',
    ]);
  });

  test("a dangling link and a missing folder are faults with a remedy", async () => {
    symlinkSync(join(folder, "nowhere"), join(folder, "YPF.csv"));
    expect(await refusal("YPF")).toMatchObject({ code: "source_unavailable", message: "YPF.csv cannot be read." });
    rmSync(folder, { recursive: true });
    provider = createCsvProvider({ folder, log: silentLogger });
    const thrown = await provider.symbols?.().catch((error: unknown) => error);
    expect(thrown).toMatchObject({ code: "bad_folder", message: `The price folder ${folder} cannot be read.` });
  });
});

test("links that lead in circles or nowhere cost no other symbol", async () => {
  put("YPF.csv", TWO_DAYS);
  put("below/GGAL.csv", TWO_DAYS);
  symlinkSync("..", join(folder, "below/up"));
  symlinkSync(".", join(folder, "below/self"));
  symlinkSync("nowhere", join(folder, "PAM.csv"));
  expect((await ask("YPF")).bars).toHaveLength(2);
  expect((await ask("GGAL")).bars).toHaveLength(2);
  expect((await refusal("PAM")).code).toBe("source_unavailable");
});

test("a linked folder is searched like one that is there", async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), "vigia-csv-elsewhere-"));
  writeFileSync(join(elsewhere, "BMA.csv"), TWO_DAYS);
  symlinkSync(elsewhere, join(folder, "linked"));
  expect((await ask("BMA")).bars).toHaveLength(2);
  rmSync(elsewhere, { recursive: true });
});
