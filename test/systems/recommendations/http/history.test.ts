import { afterAll, expect, test } from "bun:test";
import { addDays } from "../../../../src/kit/dates.ts";
import { sha256Hex } from "../../../../src/kit/hash.ts";
import { insertRun, origin, rated, verdict } from "../fixtures.ts";
import { type Api, json, openApi, type ProblemBody, TODAY } from "./harness.ts";

const PATH = "/api/recommendations/history";

interface Page {
  items: { ticker: string; analysis_date: string; recommendation: string; data_source: string }[];
  count: number;
  next_cursor: string | null;
}

const TICKERS = ["BMA", "GGAL", "YPF"];

/** Three tickers on each of the last `days` days; YPF is COMPRAR. */
async function saveDays({ db, store }: Api, days: number) {
  const jobRunId = await insertRun(db, { outcome: "ok" });
  for (let back = 0; back < days; back++) {
    const rows = TICKERS.map((ticker) =>
      rated(ticker, { verdict: verdict({ recommendation: ticker === "YPF" ? "COMPRAR" : "MANTENER" }) }),
    );
    await store.save(rows, origin(addDays(TODAY, -back), { jobRunId }));
  }
}

/** For tests that only read: forty days. */
const shared = await openApi();
await saveDays(shared, 40);
afterAll(() => shared[Symbol.asyncDispose]());

const read = async (query = "", api: Api = shared) => json<Page>(await api.get(`${PATH}?${query}`));
const keysOf = ({ items }: Page) => items.map(({ analysis_date, ticker }) => `${analysis_date} ${ticker}`);

async function readAll(query: string, api: Api = shared): Promise<string[]> {
  const keys: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: Page = await read(`${query}${cursor && `&cursor=${cursor}`}`, api);
    expect(page.count).toBe(page.items.length);
    keys.push(...keysOf(page));
    cursor = page.next_cursor;
  }
  return keys;
}

test("row 26: without a range the last 30 days, newest date first, then by ticker", async () => {
  const keys = await readAll("limit=500");
  const dates = Array.from({ length: 31 }, (_, back) => addDays(TODAY, -back));
  expect(keys).toEqual(dates.flatMap((date) => TICKERS.map((ticker) => `${date} ${ticker}`)));
});

test("row 26: items are Recommendation+, labelled with their source", async () => {
  const response = await shared.get(`${PATH}?limit=1`);
  expect(response.headers.get("x-data-source")).toBe("csv");
  const latest = await json<unknown[]>(await shared.get("/api/recommendations/latest"));
  expect((await json<Page>(response)).items).toEqual([latest[0]] as Page["items"]);
});

test("row 26: ranges include both ends; one end alone sets the other", async () => {
  const [first, last] = [addDays(TODAY, -39), addDays(TODAY, -30)];
  expect((await readAll(`from=${first}&to=${last}`)).length).toBe(10 * 3);
  expect((await readAll(`from=${first}`)).length).toBe(40 * 3);
  expect((await readAll(`to=${last}`)).length).toBe(10 * 3);
  expect(await readAll(`from=${TODAY}&to=${TODAY}`)).toEqual(TICKERS.map((ticker) => `${TODAY} ${ticker}`));
  expect(await readAll("from=2020-01-01&to=2020-12-31")).toEqual([]);
});

test("row 26: filters by ticker, in any case, and by level", async () => {
  expect(await readAll(`ticker=ggal&from=${TODAY}`)).toEqual([`${TODAY} GGAL`]);
  expect(await readAll(`recommendation=COMPRAR&from=${TODAY}`)).toEqual([`${TODAY} YPF`]);
  expect(await readAll(`recommendation=COMPRAR&ticker=GGAL&from=${TODAY}`)).toEqual([]);
  expect(await readAll("ticker=NOSUCH")).toEqual([]);
});

test.each([1, 2, 7, 93, 500])("row 26: pages of %d join to the same list, each row once", async (limit) => {
  expect(await readAll(`limit=${limit}`)).toEqual(await readAll("limit=500"));
});

test("row 26: pages stay stable while rows are added and rewritten", async () => {
  await using api = await openApi();
  await saveDays(api, 3);
  const before = await readAll("limit=500", api);
  const first = await read("limit=4", api);
  await api.store.save([rated("AAA"), rated("YPF")], origin(addDays(TODAY, 1)));
  await api.store.save([rated("AAA"), rated("BMA")], origin(TODAY));
  const rest = await read(`limit=500&cursor=${first.next_cursor}`, api);
  expect([...keysOf(first), ...keysOf(rest)]).toEqual(before);
  expect(rest.next_cursor).toBeNull();
});

test("row 26: the limit is 100 unless said, and 1 to 500", async () => {
  const from = addDays(TODAY, -39);
  expect((await read(`from=${from}`)).count).toBe(100);
  expect((await read(`from=${from}&limit=500`)).count).toBe(120);
});

test.each([
  ["limit=0", "query.limit"],
  ["limit=501", "query.limit"],
  ["limit=2.5", "query.limit"],
  ["limit=many", "query.limit"],
  ["from=2026-02-30", "query.from"],
  ["from=26-01-01", "query.from"],
  ["to=yesterday", "query.to"],
  ["to=2026-3-1", "query.to"],
  ["from=2026-02-02&to=2026-02-01", "query.from"],
  ["from=2025-02-01&to=2026-02-03", "query.from"],
  ["from=2026-03-03", "query.from"],
  ["ticker=%2e%2e%2f", "query.ticker"],
  ["ticker=WAYTOOLONGTICKER", "query.ticker"],
  ["recommendation=hold", "query.recommendation"],
])("row 26: ?%s is 422 and names the parameter", async (query, path) => {
  const response = await shared.get(`${PATH}?${query}`);
  const problem = await json<ProblemBody & { errors: { path: string }[] }>(response);
  expect([response.status, problem.errors[0]?.path]).toEqual([422, path]);
});

test("row 26: a span of 366 days is the longest", async () => {
  expect((await shared.get(`${PATH}?from=2024-01-01&to=2025-01-01`)).status).toBe(200);
  expect((await shared.get(`${PATH}?from=2024-01-01&to=2025-01-02`)).status).toBe(422);
});

test("row 26: a cursor of other filters or another route is 400", async () => {
  const { next_cursor: cursor } = await read("limit=1&ticker=YPF");
  const analysis = await json<Page>(await shared.get("/api/analysis/YPF/history?limit=1"));
  const place = JSON.stringify({ analysis_date: TODAY, ticker: "YPF" });
  const checksum = sha256Hex(JSON.stringify([PATH, [], "{"])).slice(0, 16);
  const foreign = [
    `cursor=${cursor}`,
    `ticker=GGAL&cursor=${cursor}`,
    `ticker=YPF&from=2026-02-01&cursor=${cursor}`,
    `ticker=YPF&cursor=${cursor!.slice(0, -4)}`,
    `cursor=${analysis.next_cursor}`,
    `cursor=${Buffer.from(place).toString("base64url")}`,
    `cursor=${Buffer.from(`${checksum}{`).toString("base64url")}`,
    "cursor=%00",
    "cursor=",
  ];
  for (const query of foreign) {
    const response = await shared.get(`${PATH}?${query}`);
    expect([query, response.status, (await json<ProblemBody>(response)).code]).toEqual([query, 400, "bad_cursor"]);
  }
  expect((await shared.get(`${PATH}?ticker=ypf&limit=3&cursor=${cursor}`)).status).toBe(200);
});

test("a page that holds rows of several sources names them all; an empty one names none", async () => {
  await using api = await openApi();
  await api.store.save([rated("BMA"), rated("YPF", { dataSource: "sample" })], origin(TODAY));
  expect((await api.get(PATH)).headers.get("x-data-source")).toBe("csv, sample");
  expect((await api.get(`${PATH}?ticker=GGAL`)).headers.get("x-data-source")).toBeNull();
});
