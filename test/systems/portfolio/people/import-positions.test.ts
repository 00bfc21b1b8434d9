import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Database } from "../../../../src/db/index.ts";
import { VigiaError } from "../../../../src/kit/errors.ts";
import { createIds } from "../../../../src/kit/ids.ts";
import { importPositions, type PositionsFile } from "../../../../src/systems/portfolio/people/import-positions.ts";
import { listUsers } from "../../../../src/systems/portfolio/people/user-reads.ts";
import { createFakeClock } from "../../../support/clock.ts";
import { openTestDatabase } from "../../../support/database.ts";
import { rejection } from "../../../support/rejection.ts";
import { everybody, giveUser, peopleOf, uuid } from "./people-fixtures.ts";

const clock = createFakeClock();
const ids = createIds(clock);

const importText = (db: Database, text: string, changes: Partial<PositionsFile> = {}) =>
  importPositions({ name: "file.csv", text, ...changes }, { db, clock, ids });

/** `portfolio symbol quantity price` of each holding, in order. */
async function heldBy(db: Database, userId: string): Promise<string[]> {
  const user = (await everybody(peopleOf(db))).find((one) => one.userId === userId);
  return (user?.holdings ?? []).map((one) =>
    [one.portfolioName, one.symbol, one.quantity, one.acquisitionPrice].join(" ").trimEnd(),
  );
}

/** Imports for user 1, who is there. */
async function importFor(text: string, changes: Partial<PositionsFile> = {}) {
  await using store = await openTestDatabase();
  await giveUser(store.db, { userId: uuid(1) });
  const report = await importText(store.db, text, { userId: uuid(1), ...changes });
  return { report, held: await heldBy(store.db, uuid(1)) };
}

describe("what is read", () => {
  test.each([
    ["plain", "symbol,quantity,acquisition_price\nAAPL,10,150.25\nBTC-USD,0.5,30000\n"],
    ["any order and case", "Price,TICKER,Quantity\n150.25,aapl,10\n30000,btc-usd,0.5"],
    ["Spanish names", "símbolo,Cantidad,PRECIO\nAAPL,10,150.25\nBTC-USD,0.5,30000"],
    ["spaces in names", "Asset Symbol, quantity ,Acquisition Price\n AAPL , 10 , 150.25 \nBTC-USD,0.5,30000"],
    ["semicolons", "symbol;quantity;price\nAAPL;10;150.25\nBTC-USD;0.5;30000\n"],
    ["tabs", "symbol\tquantity\tprice\nAAPL\t10\t150.25\nBTC-USD\t0.5\t30000\n"],
    ["quotes", '"symbol","quantity","price"\r\n"AAPL","10","150.25"\r\n"BTC-USD", "0.5" ,"30000"\r\n'],
    ["a byte order mark and Windows line ends", "\uFEFFsymbol,quantity,price\r\nAAPL,10,150.25\r\nBTC-USD,0.5,3e4\r\n"],
    ["old line ends", "symbol,quantity,price\rAAPL,10,150.25\rBTC-USD,.5e0,30000".replace(".5e0", "0.5")],
    ["blank lines", "\n\nsymbol,quantity,price\n\n\nAAPL,+10,150.25\n   \nBTC-USD,0.50,30000\n\n"],
  ])("%s", async (_, text) => {
    const { report, held } = await importFor(text);
    expect(report).toEqual({ file: "file.csv", rows: 2, stored: 2, users: 1, created: 0, problems: [] });
    expect(held).toEqual(["Principal AAPL 10 150.25", "Principal BTC-USD 0.5 30000"]);
  });

  test("lines of the same symbol stay lots of their own", async () => {
    const { held } = await importFor("symbol,quantity,price\nYPF,1,10\nYPF,1,10\nYPF,2,12");
    expect(held).toEqual(["Principal YPF 1 10", "Principal YPF 1 10", "Principal YPF 2 12"]);
  });

  test("blank figures are missing, not zero; a price of zero is a price", async () => {
    const { held } = await importFor("symbol,quantity,price\nYPF,,\nGGAL,5\nPAM,5,0");
    expect(held).toEqual(["Principal YPF", "Principal GGAL 5", "Principal PAM 5 0"]);
  });

  test("a list of symbols alone is enough", async () => {
    expect((await importFor("ticker\nYPF\nGGAL")).held).toEqual(["Principal YPF", "Principal GGAL"]);
  });

  test("the portfolio is the line's, else the option's", async () => {
    const { held } = await importFor('symbol,cartera\nYPF,"Largo, muy largo"\nGGAL,\nPAM,"de ""casa"""', {
      portfolio: "Otra",
    });
    expect(held).toEqual(["Largo, muy largo YPF", "Otra GGAL", 'de "casa" PAM']);
  });

  test("an unknown column beside the figures is left out and told", async () => {
    const { report, held } = await importFor("symbol,sector,quantity,price\nYPF,Energy,1,2");
    expect(held).toEqual(["Principal YPF 1 2"]);
    expect(report.problems).toEqual(["file.csv: the column sector is not known and was left out."]);
  });
});

describe("a bad line costs itself and is told", () => {
  test.each([
    ["AAPL,abc,1", 'quantity "abc" is not a number. Write 1234.56'],
    ["AAPL,NaN,1", 'quantity "NaN" is not a number'],
    ["AAPL,Infinity,1", 'quantity "Infinity" is not a number'],
    ["AAPL,0x10,1", 'quantity "0x10" is not a number'],
    ["AAPL,=1+1,1", 'quantity "=1+1" is not a number'],
    ["AAPL,$5,1", 'quantity "$5" is not a number'],
    ["AAPL,1e999,1", 'quantity "1e999" is too large'],
    ["AAPL,-5,1", 'quantity "-5" is below zero. Short positions are not kept'],
    ["AAPL,0,1", 'quantity "0" is nothing'],
    ["AAPL,1e-400,1", 'quantity "1e-400" is nothing'],
    ['AAPL,"1.234,56",1', 'quantity "1.234,56" is not a number. Write 1234.56'],
    ['AAPL,"1,234.56",1', 'quantity "1,234.56" is not a number'],
    ["AAPL,1.234.567,1", 'quantity "1.234.567" is not a number'],
    ["AAPL,1,-3", 'acquisition_price "-3" is below zero'],
    ["AAPL,10,120,50", "4 values for 3 columns. Write decimals with a point"],
    [",10,120", "symbol is blank"],
    ["NOT A SYMBOL!,10,120", 'symbol "NOT A SYMBOL!" is not a symbol'],
    ["<script>,10,120", 'symbol "<script>" is not a symbol'],
    [`${"A".repeat(60)},10,120`, `symbol "${"A".repeat(40)}" is not a symbol`],
    ['"AAPL,10,120', "quotes do not match"],
    ['AA"PL,10,120', "quotes do not match"],
    ['"AAPL"x,10,120', "quotes do not match"],
    ["AAPL,1\uFFFD,120", "not UTF-8 text"],
    [`AAPL,1,${" ".repeat(2_100)}1`, "longer than 2000 characters"],
  ])("%j", async (line, told) => {
    const { report, held } = await importFor(`symbol,quantity,price\nYPF,1,2\n${line}\nGGAL,3,4\n`);
    expect(held).toEqual(["Principal YPF 1 2", "Principal GGAL 3 4"]);
    expect(report).toMatchObject({ rows: 3, stored: 2 });
    expect(report.problems).toHaveLength(1);
    expect(report.problems[0]).toStartWith(`file.csv line 3: ${told}`);
  });

  test.each([
    ["AAPL;1.234,56;1", 'quantity "1.234,56" is not a number'],
    ["AAPL;12,5;1", 'quantity "12,5" is not a number'],
    ["AAPL;1.234;1", 'quantity "1.234" can be read two ways. Write 1.2340 for decimals, 1234 for thousands.'],
  ])("with semicolons: %s", async (line, told) => {
    const { report, held } = await importFor(`symbol;quantity;price\n${line}\nGGAL;0.125;1250.50\n`);
    expect(held).toEqual(["Principal GGAL 0.125 1250.5"]);
    expect(report.problems).toEqual([expect.stringContaining(told)]);
  });

  test("without a good line nothing is replaced", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), holds: { Principal: ["YPF"] } });
    const report = await importText(store.db, "symbol,quantity,price\nAAPL,x,1", { userId: uuid(1) });
    expect(report).toMatchObject({ rows: 1, stored: 0, users: 0 });
    expect(await heldBy(store.db, uuid(1))).toEqual(["Principal YPF 1 10.5"]);
  });

  test("many problems are counted beyond the first thousand", async () => {
    const { report } = await importFor(`symbol,quantity,price\n${"AAPL,x,1\n".repeat(1_500)}`);
    expect(report.problems).toHaveLength(1_001);
    expect(report.problems.at(-1)).toBe("… and 500 more problems");
  });
});

describe("a file that cannot be read at all", () => {
  test.each([
    ["empty", "", "bad_header"],
    ["blank", " \n\t\n", "bad_header"],
    ["only a mark", "\uFEFF", "bad_header"],
    ["without a header", "AAPL,10,150\nMSFT,5,300", "bad_header"],
    ["binary", "PK\u0003\u0004\0\0symbol,quantity", "bad_csv"],
    ["a line without end", "x".repeat(5_000_000), "bad_header"],
    ["a header of commas", ",".repeat(5_000_000), "bad_header"],
    ["a header with a stray quote", 'symbol,"quantity,price\nYPF,1,2', "bad_header"],
    ["a column twice", "symbol,ticker,quantity,price\nYPF,GGAL,1,2", "bad_header"],
    ["a figure under another name", "symbol,qty,price\nYPF,1,2", "bad_header"],
  ])("%s", async (_, text, code) => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), holds: { Principal: ["YPF"] } });
    expect(await rejection(importText(store.db, text, { userId: uuid(1) }))).toMatchObject({ code });
    expect(await heldBy(store.db, uuid(1))).toEqual(["Principal YPF 1 10.5"]);
  });

  test("only a header stores nothing and is no fault", async () => {
    expect((await importFor("symbol,quantity,price\n")).report).toMatchObject({ rows: 0, stored: 0, problems: [] });
  });

  test("more than a million lines are refused before anything is stored", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1) });
    const text = `symbol\n${"YPF\n".repeat(1_000_001)}`;
    expect(await rejection(importText(store.db, text, { userId: uuid(1) }))).toMatchObject({ code: "too_many_lines" });
    expect(await heldBy(store.db, uuid(1))).toEqual([]);
  });

  test("any text is either stored or refused with a code, and lines add up", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1) });
    const cell = fc.oneof(fc.string(), fc.constantFrom("YPF", "1", "-1", '"', ";", "1,5", "\t", "\r", uuid(1)));
    const lines = fc.array(
      fc.array(cell, { maxLength: 5 }).map((cells) => cells.join(",")),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("symbol,quantity,price", "symbol;price", "x"), lines, async (header, body) => {
        const text = [header, ...body].join("\n");
        const outcome = await importText(store.db, text, { userId: uuid(1) }).catch((thrown) => thrown);
        if (outcome instanceof VigiaError) return expect(["bad_header", "bad_csv"]).toContain(outcome.code);
        expect(outcome.stored + outcome.problems.length).toBe(outcome.rows);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a file of many users", () => {
  const fileOf = (count: number) =>
    `user_id,symbol\n${Array.from({ length: count }, (_, index) => `${uuid(index + 1)},YPF`).join("\n")}`;

  test("more than 20,000 users are refused with the remedy, and nothing is stored", async () => {
    await using store = await openTestDatabase();
    expect(await rejection(importText(store.db, fileOf(20_001)))).toMatchObject({
      code: "too_many_users",
      message: "file.csv names more than 20,000 users.",
      hint: expect.stringContaining("Split the file"),
    });
    expect(await listUsers(store.db, { limit: 1 })).toEqual([]);
  });

  test("20,000 users are not too many, and lines with a fault name nobody", async () => {
    // Reaching the first write says enough: storing 20,000 users takes long.
    const db = { write: () => Promise.reject(new Error("writes")) } as unknown as Database;
    const faulty = `${uuid(20_001)},NOT A SYMBOL!`;
    expect((await rejection(importText(db, `${fileOf(20_000)}\n${faulty}\n`))).message).toContain("writes");
  });

  test("other work has its turn between users", async () => {
    await using store = await openTestDatabase();
    let turns = 0;
    let isDone = false;
    const tick = () => {
      turns++;
      if (!isDone) setImmediate(tick);
    };
    setImmediate(tick);
    await importText(store.db, fileOf(50));
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(50);
  });
});

describe("whose positions", () => {
  test("many users: those unknown are made with their name, those known keep theirs", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), firstName: "Ya", lastName: "Estaba", holds: { Otra: ["TSLA"] } });
    const text = [
      "user_id,email,first_name,last_name,symbol,quantity,price",
      `${uuid(1)},otro@example.com,Nuevo,Nombre,YPF,1,2`,
      `${uuid(2).toUpperCase()},dos@example.com,Usuario,Dos,GGAL,3,4`,
      `${uuid(1)},,,,PAM,5,6`,
      "not-a-uuid,,,,PAM,5,6",
      ",,,,PAM,5,6",
      `${uuid(3)},no address,,,PAM,5,6`,
    ].join("\n");
    const report = await importText(store.db, text);
    expect(report).toMatchObject({ rows: 6, stored: 3, users: 2, created: 1 });
    expect(report.problems).toEqual([
      expect.stringMatching(/^file.csv line 5: user_id "not-a-uuid" is not a uuid/),
      expect.stringMatching(/^file.csv line 6: user_id is blank/),
      expect.stringMatching(/^file.csv line 7: email "no address" is not an address/),
    ]);
    const people = await listUsers(store.db, { limit: 10 });
    expect(people.map(({ user_id, display_name, email, source }) => [user_id, display_name, email, source])).toEqual([
      [uuid(1), "Ya Estaba", null, "local"],
      [uuid(2), "Usuario Dos", "dos@example.com", "local"],
    ]);
    expect(await heldBy(store.db, uuid(1))).toEqual(["Otra TSLA 1 10.5", "Principal YPF 1 2", "Principal PAM 5 6"]);
  });

  test("a second import replaces the portfolios that it names, under the same ids, and leaves the others", async () => {
    await using store = await openTestDatabase();
    const header = "user_id,portfolio,symbol,quantity,price";
    await importText(store.db, `${header}\n${uuid(1)},A,YPF,1,2\n${uuid(1)},B,GGAL,3,4`);
    const idsOf = async () =>
      (await store.db.client.execute("select portfolio_id, portfolio_name from portfolios order by position")).rows.map(
        (row) => `${row[1]} ${row[0]}`,
      );
    const before = await idsOf();
    const report = await importText(store.db, `${header}\n${uuid(1)},B,PAM,5,6`);
    expect(report).toMatchObject({ stored: 1, users: 1, created: 0 });
    expect(await heldBy(store.db, uuid(1))).toEqual(["A YPF 1 2", "B PAM 5 6"]);
    expect(await idsOf()).toEqual(before);
  });

  test("the same file twice stores the same", async () => {
    await using store = await openTestDatabase();
    const text = `user_id,symbol,quantity,price\n${uuid(1)},YPF,1,2\n${uuid(1)},GGAL,3,4`;
    await importText(store.db, text);
    const once = await heldBy(store.db, uuid(1));
    expect(await importText(store.db, text)).toMatchObject({ stored: 2, created: 0 });
    expect(await heldBy(store.db, uuid(1))).toEqual(once);
  });

  test("a user copied from Supabase is left as they are, and told; others are stored", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(1), source: "supabase", holds: { Principal: ["TSLA"] } });
    const report = await importText(store.db, `user_id,symbol\n${uuid(1)},YPF\n${uuid(2)},GGAL`);
    expect(report).toMatchObject({ rows: 2, stored: 1, users: 1, created: 1 });
    expect(report.problems).toEqual([expect.stringContaining(`user_id "${uuid(1)}" is copied from Supabase`)]);
    expect(await heldBy(store.db, uuid(1))).toEqual(["Principal TSLA 1 10.5"]);
  });

  test("a line of another user than the one named is left out", async () => {
    const { report, held } = await importFor(`user_id,symbol\n${uuid(2)},YPF\n${uuid(1)},GGAL\n,PAM`);
    expect(held).toEqual(["Principal GGAL", "Principal PAM"]);
    expect(report.problems).toEqual([expect.stringMatching(/^file.csv line 2: user_id .* is another user/)]);
  });

  test("a file that names nobody, for nobody, is refused; so is an unknown user", async () => {
    await using store = await openTestDatabase();
    expect(await rejection(importText(store.db, "symbol\nYPF"))).toMatchObject({ code: "user_missing" });
    expect(await rejection(importText(store.db, "symbol\nYPF", { userId: uuid(9) }))).toMatchObject({
      code: "unknown_user",
    });
    expect(await peopleOf(store.db).countActive()).toBe(0);
  });

  test("a user holds at most 5,000 assets over all portfolios; what does not fit is told once", async () => {
    await using store = await openTestDatabase();
    const line = `${uuid(1)},Grande,YPF\n`;
    const first = await importText(store.db, `user_id,portfolio,symbol\n${line.repeat(5_003)}`);
    expect(first).toMatchObject({ rows: 5_003, stored: 5_000, users: 1 });
    expect(first.problems).toEqual([expect.stringContaining("lines were left out: 3")]);
    const second = await importText(store.db, `user_id,portfolio,symbol\n${uuid(1)},Otra,GGAL`);
    expect(second).toMatchObject({ stored: 0, users: 0, problems: [expect.stringContaining("left out: 1")] });
    const third = await importText(store.db, `user_id,portfolio,symbol\n${uuid(1)},Grande,PAM\n${uuid(1)},Otra,GGAL`);
    expect([third.stored, await heldBy(store.db, uuid(1))]).toEqual([2, ["Grande PAM", "Otra GGAL"]]);
  });

  test("when storing one user fails, none of theirs is changed and the users before stay", async () => {
    await using store = await openTestDatabase();
    await giveUser(store.db, { userId: uuid(2), holds: { Principal: ["TSLA"] } });
    await store.db.client.execute(
      "create trigger broken before insert on assets when new.asset_symbol = 'BOOM' begin select raise(abort, 'no'); end",
    );
    const text = `user_id,symbol\n${uuid(1)},YPF\n${uuid(2)},GGAL\n${uuid(2)},BOOM`;
    expect(await rejection(importText(store.db, text))).toBeInstanceOf(Error);
    expect(await heldBy(store.db, uuid(1))).toEqual(["Principal YPF"]);
    expect(await heldBy(store.db, uuid(2))).toEqual(["Principal TSLA 1 10.5"]);
  });
});
