import { expect, test } from "bun:test";
import { symbolParameter } from "../../../../src/systems/portfolio/http/parameters.ts";
import { portfolioBody } from "../../../../src/systems/portfolio/http/user-admin-schemas.ts";

const LONGEST = "A".repeat(20);

test("what is asked for and what is held are symbols by one rule, however they are spelled", () => {
  const held = (symbol: string) =>
    portfolioBody.safeParse({ assets: [{ asset_symbol: symbol }] }).data?.assets[0]?.asset_symbol;
  for (const [text, symbol] of [
    [" btc-usd ", "BTC-USD"],
    ["^gspc", "^GSPC"],
    [LONGEST, LONGEST],
    [`${LONGEST}A`, undefined],
    ["", undefined],
    ["¿?", undefined],
    ["A B", undefined],
  ] as const)
    expect([text, symbolParameter.safeParse(text).data, held(text)]).toEqual([text, symbol, symbol]);
});
