import { expect, test } from "bun:test";
import { jsonOf, vigia } from "./harness.ts";

/** An API that has `count` runs and log lines, and never gives more than its documented maximum in one answer. */
function startPagedApi(count: number) {
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname, searchParams, search } = new URL(request.url);
      asked.push(`${pathname}${search}`);
      const number = (name: string, fallback: number) => Number(searchParams.get(name) ?? fallback);
      if (pathname === "/api/jobs/runs") {
        const [from, limit] = [number("cursor", 0), number("limit", 50)];
        if (limit > 200) return Response.json({ detail: "limit" }, { status: 422 });
        const items = rangeOf(from, Math.min(count, from + limit)).map((index) => ({ id: count - index }));
        const end = from + items.length;
        return Response.json({ items, count: items.length, next_cursor: end < count ? String(end) : null });
      }
      const [from, limit] = [number("after_seq", -1) + 1, number("log_limit", 1_000)];
      if (limit > 1_000) return Response.json({ detail: "log_limit" }, { status: 422 });
      return Response.json({ logs: rangeOf(from, Math.min(count, from + limit)).map((seq) => ({ seq })) });
    },
  });
  return { url: server.url.href, asked, [Symbol.dispose]: () => void server.stop(true) };
}

const rangeOf = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);

test("runs --limit reads as many pages as it takes, newest first, and no run twice", async () => {
  using api = startPagedApi(450);
  const idsOf = async (limit: number) =>
    jsonOf<{ id: number }[]>(await vigia(["--url", api.url, "runs", "--limit", String(limit), "--json"])).map(
      ({ id }) => id,
    );
  expect(await idsOf(430)).toEqual(rangeOf(0, 430).map((index) => 450 - index));
  expect(api.asked).toBeArrayOfSize(3);
  expect(await idsOf(1_000)).toBeArrayOfSize(450);
  expect(await idsOf(3)).toEqual([450, 449, 448]);
});

test.each([0, 999, 1_000, 1_001, 2_500])("logs prints all %i lines of a run, each once", async (count) => {
  using api = startPagedApi(count);
  const lines = jsonOf<{ seq: number }[]>(await vigia(["--url", api.url, "logs", "7", "--json"]));
  expect(lines.map(({ seq }) => seq)).toEqual(rangeOf(0, count));
});
