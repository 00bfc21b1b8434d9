/** A small frontend on the HTTP API: bun run docs/examples/client.ts [url] [token of a user] */
import { createVigiaClient, type VigiaClient } from "../../src/client.ts";

/** The newest recommendations, best first. */
export async function readLatest(vigia: VigiaClient) {
  const response = await vigia.api.recommendations.latest.$get({ query: { format: "envelope" } });
  if (!response.ok) throw new Error((await response.json()).detail);
  const latest = await response.json();
  // One route has two shapes; the format that was asked for decides.
  if (Array.isArray(latest)) throw new Error("Asked for an envelope, got a list.");
  return latest;
}

interface HistoryRange {
  ticker: string;
  /** `YYYY-MM-DD`, at most 366 days apart. */
  from: string;
  to: string;
  pageSize?: number;
}

/** Every past recommendation of a ticker between two dates, page by page. */
export async function* readHistory(vigia: VigiaClient, { pageSize = 100, ...filters }: HistoryRange) {
  let cursor: string | undefined;
  do {
    // The same filters with every page: a cursor belongs to them.
    const page = { ...filters, limit: String(pageSize), ...(cursor ? { cursor } : {}) };
    const response = await vigia.api.recommendations.history.$get({ query: page });
    if (!response.ok) throw new Error((await response.json()).detail);
    const { items, next_cursor } = await response.json();
    yield* items;
    cursor = next_cursor ?? undefined;
  } while (cursor);
}

/** A user's newest analysis: verdicts of each symbol, positions with their sums. `vigia` carries the user's token. */
export async function readPortfolio(vigia: VigiaClient, id = "me") {
  const file = { id, name: "portfolio_analisis.json" } as const;
  const response = await vigia.api.portfolio.users[":id"].files[":name"].$get({ param: file });
  if (!response.ok) throw new Error((await response.json()).detail);
  const analysis = await response.json();
  // One route serves four files; the name that was asked for decides.
  if (typeof analysis === "string" || !("portfolio" in analysis)) throw new Error("Asked for the portfolio's JSON.");
  return analysis;
}

/** The user's report as Markdown. */
export async function readReport(vigia: VigiaClient, id = "me"): Promise<string> {
  const file = { id, name: "portfolio_informe.md" } as const;
  const response = await vigia.api.portfolio.users[":id"].files[":name"].$get({ param: file });
  if (!response.ok) throw new Error((await response.json()).detail);
  return response.text();
}

interface EventReader {
  signal?: AbortSignal;
  /** Called when the stream is open: from here on nothing is missed. */
  onOpen?: () => void;
}

/** What the house says while it works: type and data of each event, until the reader stops or `signal` aborts. */
export async function* readEvents(vigia: VigiaClient, { signal, onOpen }: EventReader = {}) {
  const response = await vigia.api.events.$get({ header: {} }, signal ? { init: { signal } } : {});
  if (!response.ok) throw new Error((await response.json()).detail);
  onOpen?.();
  let unread = "";
  const text = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
  for await (const chunk of text) {
    const blocks = (unread + chunk).split("\n\n");
    unread = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(block.split("\n").map((line) => line.split(/: ?(.*)/, 2) as [string, string]));
      const type = fields.get("event");
      if (type) yield { type, data: JSON.parse(fields.get("data") ?? "{}") as Record<string, unknown> };
    }
  }
}

if (import.meta.main) {
  const [url = "http://127.0.0.1:8000", token] = process.argv.slice(2);
  const vigia = createVigiaClient(url, token ? { token } : {});
  if (token) {
    const { portfolio } = await readPortfolio(vigia);
    for (const { symbol, value, currency, gain_percent } of portfolio.positions)
      console.log(`${symbol.padEnd(8)} ${value} ${currency} (${gain_percent} %)`);
  }
  const { analysis_date, data_source, items } = await readLatest(vigia);
  console.log(`${analysis_date} (${data_source})`);
  for (const { ticker, recommendation, total_score, coverage } of items)
    console.log(`${ticker.padEnd(6)} ${recommendation.padEnd(9)} ${total_score} (coverage ${coverage})`);
  for await (const { type, data } of readEvents(vigia)) console.log(type, data);
}
