import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readEvents, readHistory, readLatest, readPortfolio, readReport } from "../docs/examples/client.ts";
import { createVigiaClient } from "../src/client.ts";
import { mintUserToken } from "../src/house/user-token.ts";
import { openTestHouse } from "./support/house.ts";

const house = await openTestHouse({ settings: { RECOMMENDATION_TICKERS: "YPF,GGAL,PAM" } });
const url = house.open();
const vigia = createVigiaClient(url);
const operator = createVigiaClient(url, { token: house.operatorToken.token });
afterAll(() => house[Symbol.asyncDispose]());

const SAMPLE_USER = "5a3b1e00-0001-4000-8000-000000000001";
const OTHER_USER = "5a3b1e00-0002-4000-8000-000000000002";

test("the example reads the newest recommendations", async () => {
  const { analysis_date, data_source, items } = await readLatest(vigia);
  expect([analysis_date, data_source]).toEqual(["2024-03-08", "sample"]);
  expect(items.map(({ ticker }) => ticker).toSorted()).toEqual(["GGAL", "PAM", "YPF"]);
});

test("the example walks through the history page by page", async () => {
  await house.runJob("daily_analysis", { as_of: "2024-03-06" });
  await house.runJob("daily_analysis", { as_of: "2024-03-07" });
  const rows: string[] = [];
  for await (const item of readHistory(vigia, { ticker: "YPF", from: "2024-03-01", to: "2024-03-08", pageSize: 2 }))
    rows.push(item.analysis_date);
  expect(rows).toEqual(["2024-03-08", "2024-03-07", "2024-03-06"]);
});

test("the example hears a run that the client starts", async () => {
  const stop = new AbortController();
  const heard: string[] = [];
  for await (const { type, data } of readEvents(vigia, { signal: stop.signal, onOpen: () => void start() })) {
    heard.push(`${type} ${data.job}`);
    if (type === "run.finished") break;
  }
  stop.abort();
  expect(heard[0]).toBe("run.started daily_analysis");
  expect(heard.at(-1)).toBe("run.finished daily_analysis");

  async function start() {
    const response = await operator.api.jobs[":name"].run.$post({ param: { name: "daily_analysis" }, json: {} });
    expect(response.status).toBe(202);
  }
});

test("the example says what the API says when something is wrong", async () => {
  const outOfRange = readHistory(vigia, { ticker: "YPF", from: "2020-01-01", to: "2024-01-01" });
  await expect(outOfRange.next()).rejects.toThrow("more than 366 days apart");
});

describe("with a user's token", async () => {
  const { settings } = house;
  const request = { settings, dataDir: settings.vigiaDataDir, userId: SAMPLE_USER, lifetimeDays: 1 };
  const self = createVigiaClient(url, { token: (await mintUserToken(request)).token });

  test("before the first cycle the example says that there is no file", async () => {
    await expect(readPortfolio(self)).rejects.toThrow("portfolio_cycle makes the first ones");
  });

  test("the example reads the user's files, typed", async () => {
    await house.runJob("portfolio_cycle");
    const { portfolio, data_source } = await readPortfolio(self);
    expect(data_source satisfies "sample" | "csv" | "yahoo").toBe("sample");
    expect(portfolio.portfolio_composition).toEqual(["AAPL", "MSFT", "YPF", "GGAL", "BTC-USD", "ETH-USD"]);
    const [total] = portfolio.position_totals;
    expect([total?.currency, total?.positions]).toEqual(["USD", 6]);
    expect(portfolio.positions[0]?.gain_percent satisfies number | null | undefined).toBeNumber();
    const apple = portfolio.assets.AAPL;
    if (!apple || "error" in apple) throw new Error("AAPL was not analysed.");
    expect(apple.signals.recommendation satisfies "COMPRAR" | "MANTENER" | "VENDER").toBeString();
    // @ts-expect-error: any would let this through.
    expect(portfolio.position_total).toBeUndefined();
    expect(await readReport(self)).toStartWith("# 📊 ");
  });

  test("nobody else's files; a stranger has none, and the operator names a user", async () => {
    await expect(readPortfolio(self, OTHER_USER)).rejects.toThrow(`There is no user ${OTHER_USER}.`);
    await expect(readPortfolio(vigia)).rejects.toThrow("Not authenticated");
    await expect(readPortfolio(operator)).rejects.toThrow("This token belongs to no user");
    expect((await readPortfolio(operator, OTHER_USER)).portfolio.positions).not.toBeEmpty();
  });

  test("positions, signals and scans are typed", async () => {
    const { users } = self.api.portfolio;
    const positions = await users[":id"].positions.$get({ param: { id: "me" } });
    if (!positions.ok) throw new Error((await positions.json()).detail satisfies string);
    expect((await positions.json()).position_totals[0]?.value satisfies number | undefined).toBeNumber();
    const alerts = await users[":id"].alerts.$get({
      param: { id: "me" },
      query: { symbol: "AAPL", from: "2024-01-01" },
    });
    if (alerts.ok) expect((await alerts.json()).items[0]?.priority satisfies string | undefined).toBeUndefined();
    const scan = await vigia.api.radar[":market"].latest.$get({ param: { market: "sp500" }, query: {} });
    if (!scan.ok) throw new Error((await scan.json()).detail satisfies string);
    expect((await scan.json()).candidates[0]?.metrics.precio satisfies number | undefined).toBeNumber();
    // @ts-expect-error
    await vigia.api.radar[":market"].latest.$get({ param: { market: "nasdaq" }, query: {} });
    // @ts-expect-error
    await users[":id"].files[":name"].$get({ param: { id: "me", name: "other.md" } });
  });
});

test("without a token the client reads but does not run", async () => {
  const response = await vigia.api.jobs[":name"].run.$post({ param: { name: "daily_analysis" }, json: {} });
  expect(response.status).toBe(401);
  if (!response.ok) expect((await response.json()).code).toBe("not_authenticated");
});

test("answers are typed by status, without any", async () => {
  const response = await vigia.api.analysis[":ticker"].latest.$get({ param: { ticker: "ypf" }, query: {} });
  if (!response.ok) throw new Error((await response.json()).detail satisfies string);
  const { recommendation, score_breakdown, recent_news, macro_context } = await response.json();
  expect(recommendation.recommendation satisfies "COMPRAR" | "MANTENER" | "VENDER").toBeString();
  expect(score_breakdown.rsi satisfies number | null).toBeNumber();
  expect(recent_news[0]?.label satisfies "positive" | "neutral" | "negative" | undefined).toBeString();
  expect(macro_context.interpretation satisfies string | null).toBeString();
  // @ts-expect-error: any would let this through.
  expect(recommendation.recomendation).toBeUndefined();
  // @ts-expect-error
  await vigia.api.recommendations.latest.$get({ query: { format: "xml" } });

  const status = await (await vigia.api.jobs.status.$get({ query: { limit: "1" } })).json();
  if ("jobs" in status) expect(status.jobs[0]?.last_run?.id satisfies number | undefined).toBeNumber();
  const stocks = await vigia.api.recommendations.stocks.$get();
  if (stocks.ok) expect((await stocks.json())[0]?.price satisfies number | undefined).toBeNumber();
});

test("a frontend with ordinary compiler options gets the types, and no error of ours", async () => {
  const dir = mkdtempSync(join(tmpdir(), "vigia-page-"));
  const root = join(import.meta.dir, "..");
  const compilerOptions = {
    strict: true,
    module: "preserve",
    target: "esnext",
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: ["bun"],
    typeRoots: [join(root, "node_modules/@types")],
    paths: { "vigia/client": [join(root, "src/client.ts")] },
  };
  await Bun.write(join(dir, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["page.ts"] }));
  await Bun.write(
    join(dir, "page.ts"),
    `import { createVigiaClient } from "vigia/client";
    const vigia = createVigiaClient("http://127.0.0.1:8000");
    const latest = await vigia.api.recommendations.latest.$get({ query: {} });
    if (!latest.ok) throw new Error((await latest.json()).detail);
    const body = await latest.json();
    export const score: number | undefined = (Array.isArray(body) ? body : body.items)[0]?.total_score;
    // @ts-expect-error: a path that is not there is an error, so nothing here is "any".
    vigia.api.recommendations.nothing;
    await vigia.api.jobs[":name"].run.$post({ param: { name: "daily_analysis" }, json: {} });
`,
  );
  const compiler = Bun.spawn(["bunx", "tsc", "-p", dir, "--checkers", "1"], { cwd: root, stdout: "pipe" });
  const said = await new Response(compiler.stdout).text();
  rmSync(dir, { recursive: true });
  expect([await compiler.exited, said]).toEqual([0, ""]);
}, 120_000);
