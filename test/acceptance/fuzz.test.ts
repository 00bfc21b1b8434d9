import { afterAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { resolve } from "node:path";
import { mintUserToken } from "../../src/house/user-token.ts";
import { seededRandom } from "../../src/kit/random.ts";
import { csvOf, members } from "../market/universe/lists.ts";
import { fileLetters, NOWHERE } from "../support/dead-letters.ts";
import type { KnownValues } from "../support/described-reads.ts";
import { createRequestGenerator, type GeneratedRequest } from "../support/hostile-requests.ts";
import { openTestHouse } from "../support/house.ts";
import { type Document, routesOf } from "../support/openapi.ts";
import { soaking, soakTimes } from "../support/soak.ts";

const TOKEN = "operator-token-canary-0123456789";
const SEED = Number(process.env.VIGIA_FUZZ_SEED ?? 20_240_308);
const REQUESTS = soakTimes(1_000, 10_000);
/** No hang: what takes longer on a busy machine than any honest answer. */
const SLOWEST_MS = 10_000;

const SAMPLE_USERS = [1, 2, 3].map((number) => `5a3b1e00-000${number}-4000-8000-00000000000${number}`);

const SPARE_USER = "5a3b1e00-0009-4000-8000-000000000001";

const house = await openTestHouse({
  settings: { RECOMMENDATION_TICKERS: "YPF,GGAL", VIGIA_ADMIN_TOKEN: TOKEN, SCHEDULER_ENABLED: "false", ...NOWHERE },
});
const LETTERS = ["letter-1", "letter-2", "letter-3"];
await fileLetters(house.settings.vigiaDataDir, LETTERS);
await house.runJob("daily_analysis", { as_of: "2024-03-01" });
await house.runJob("portfolio_cycle", { as_of: "2024-03-01" });
await house.runJob("portfolio_cycle");
afterAll(() => house[Symbol.asyncDispose]());

const document = await house.get<Document>("/openapi.json");
const known = {
  ticker: ["YPF", "ggal", "NOSUCH"],
  name: ["daily_analysis", "track_record", "retention", "universe_refresh", "nosuch", "Daily"],
  id: ["1", "2", "999999", "me", ...SAMPLE_USERS, ...LETTERS],
  stream: ["tenants", "job_runs", "nosuch"],
  user_id: [...SAMPLE_USERS, SPARE_USER],
  run_id: ["latest", "3", "999999"],
  symbol: ["YPF", "BTC-USD", "^GSPC", "NOSUCH"],
  symbols: ["YPF,BTC-USD", "^GSPC,NOSUCH,,", "YPF"],
  asset_symbol: ["YPF", "btc-usd", "NOSUCH"],
  portfolio: ["Acciones", "Cripto y energía", "Otra"],
  timezone: ["America/Lima", "Mars/Base"],
  kind: ["macro", "fundamentals", "prices"],
  mode: ["cached", "cached", "live"],
};
const LISTS = [
  ...["/api/recommendations/history", "/api/analysis/YPF/history", "/api/jobs/daily_analysis/runs"],
  ...[
    "/api/radar/sp500/history",
    "/api/portfolio/analyses/YPF",
    "/api/portfolio/cycles",
    "/api/portfolio/cycles/latest",
  ],
  ...["/api/portfolio/users", `/api/portfolio/users/${SAMPLE_USERS[0]}/history`],
];
const cursors = await Promise.all(
  LISTS.map(async (path) => {
    const response = await house.asOperator(`${path}?limit=1`);
    return ((await response.json()) as { next_cursor: string }).next_cursor;
  }),
);
expect(cursors.filter((cursor) => typeof cursor !== "string")).toEqual([]);
const { token: userToken } = await mintUserToken({
  settings: house.settings,
  dataDir: house.settings.vigiaDataDir,
  userId: SAMPLE_USERS[0]!,
  lifetimeDays: 1,
});

/** Values of a good request. */
const good: KnownValues = (name, path) => {
  if (name === "id" && path.includes("letters")) return path.endsWith("discard") ? ["letter-2"] : ["letter-1"];
  if (name === "id") return path.startsWith("/api/jobs") ? ["1"] : [SAMPLE_USERS[0]!];
  if (name === "name" && path.startsWith("/api/jobs")) return ["track_record"];
  return { run_id: ["latest"], portfolio: ["Otra"], ticker: ["YPF"], symbol: ["YPF"], kind: ["macro"] }[name];
};
const goodBodies = {
  "post /api/jobs/{name}/run": "{}",
  "post /api/mirror/pause": '{"stream":"tenants"}',
  "post /api/mirror/resume": "{}",
  "post /api/mirror/flush": "{}",
  "post /api/mirror/reconcile": '{"streams":["tenants"],"dry_run":true}',
  "post /api/mirror/directory": '{"dry_run":true}',
  "post /api/dead-letters/replay": '{"queue":"mirror"}',
  "post /api/dead-letters/discard": '{"queue":"erp"}',
  "post /api/portfolio/users": JSON.stringify({ user_id: SPARE_USER }),
  "patch /api/portfolio/users/{id}": '{"timezone":"America/Lima"}',
  "put /api/portfolio/users/{id}/portfolios/{portfolio}": '{"assets":[{"asset_symbol":"YPF"}]}',
  "post /api/portfolio/import": `user_id,symbol\n${SAMPLE_USERS[2]},YPF`,
  "post /api/radar/universe/import": csvOf(members(503)),
  "post /api/recommendations/import/{kind}": "series,date,value\nusd,2024-03-08,900",
};
/** Cancelling needs a run that takes its time. */
const SELDOM_GOOD = ["post /api/jobs/{name}/cancel"];

function generatorOf(seed: number): () => GeneratedRequest {
  const options = { random: seededRandom(seed), tokens: [TOKEN, TOKEN, userToken], known, cursors, good, goodBodies };
  const generate = createRequestGenerator(document, options);
  return () => {
    const request = generate();
    return request.method === "DELETE" ? { ...request, url: spareSamples(request.url) } : request;
  };
}

/** Whoever has files stays, so that the reads still have something to answer. */
const spareSamples = (url: string): string =>
  SAMPLE_USERS.reduce((path, id) => path.replace(new RegExp(`${id}(?!/portfolios)`, "i"), SPARE_USER), url);

/** What must never be in an answer, whoever asks: stack traces, paths of this machine, words of the database driver. */
const LEAKS = [
  /\n\s+at /,
  /\.tsx?:\d+/,
  /node_modules|SQLITE_|libsql|drizzle|VIGIA_ADMIN_TOKEN/i,
  new RegExp(RegExp.escape(resolve("."))),
  new RegExp(RegExp.escape(house.settings.vigiaDataDir)),
  new RegExp(TOKEN),
  new RegExp(RegExp.escape(userToken)),
];
/** Pages of the documentation, which quote anything they like. */
const PAGES = /^\/(docs|openapi\.json)/;

/** The first 64 KiB of a body; of a stream what comes first. */
async function readBody(response: Response, isStream: boolean): Promise<string> {
  if (!isStream) return response.text();
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(first?.value);
}

async function faultsOf(request: GeneratedRequest, send: (request: GeneratedRequest) => Promise<Response>) {
  const startedAtMs = performance.now();
  const response = await send(request);
  const type = response.headers.get("content-type") ?? "";
  const body = await readBody(response, type.startsWith("text/event-stream"));
  const elapsedMs = performance.now() - startedAtMs;
  const faults: string[] = [];
  if (response.status >= 500) faults.push(`answered ${response.status}`);
  if (elapsedMs > SLOWEST_MS) faults.push(`took ${Math.round(elapsedMs)} ms`);
  if (response.headers.get("x-content-type-options") !== "nosniff") faults.push("did not pass the gate");
  if (response.headers.has("x-injected")) faults.push("let a header in");
  if (response.status >= 400 && request.method !== "HEAD") faults.push(...problemFaults(response, type, body, request));
  if (!PAGES.test(request.url)) faults.push(...LEAKS.filter((leak) => leak.test(body)).map((leak) => `told ${leak}`));
  return {
    status: response.status,
    faults: faults.map((fault) => `${describe(request)} ${fault}: ${body.slice(0, 200)}`),
  };
}

function problemFaults(response: Response, type: string, body: string, { url }: GeneratedRequest): string[] {
  if (url.startsWith("/metrics") && response.status === 403) return [];
  if (type !== "application/problem+json") return [`answered ${response.status} as ${type}`];
  const problem = JSON.parse(body) as Record<string, unknown>;
  const complete =
    problem.status === response.status &&
    ["type", "title", "code", "request_id"].every((name) => typeof problem[name] === "string") &&
    /^.{5}/.test(String(problem.detail));
  return complete ? [] : ["answered with half a problem"];
}

const describe = ({ method, url, headers, body }: GeneratedRequest) =>
  `${method} ${url.slice(0, 200)} ${JSON.stringify(headers).slice(0, 200)} ${String(body).slice(0, 60)} (seed ${SEED})`;

const inProcess = async ({ method, url, headers, body, address }: GeneratedRequest): Promise<Response> =>
  house.app.fetch(new Request(`http://127.0.0.1${url}`, { method, headers, ...(body === undefined ? {} : { body }) }), {
    requestIP: () => ({ address }),
  });

function memoryMiB() {
  Bun.gc(true);
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: rss / 1_048_576, heap: heapUsed / 1_048_576 };
}

test(`${REQUESTS} requests made from the description: no 5xx, no hang, no leak, no growth`, async () => {
  const generate = generatorOf(SEED);
  const faults: string[] = [];
  const statuses = new Map<number, number>();
  const succeeded = new Set<string>();
  let before = memoryMiB();
  for (let count = 0; count < REQUESTS; count++) {
    if (count === Math.floor(REQUESTS / 2)) before = memoryMiB();
    const request = generate();
    const { status, faults: found } = await faultsOf(request, inProcess);
    faults.push(...found);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    if (status < 300) succeeded.add(request.route);
  }
  expect(faults.slice(0, 10)).toEqual([]);
  // The generator does its work only when good, refused and unknown requests are all among them.
  for (const status of [200, 400, 401, 404, 405, 413, 414, 422, ...(soaking ? [304, 409, 429] : [])])
    expect([status, (statuses.get(status) ?? 0) > 0]).toEqual([status, true]);
  expect(statuses.get(200)!).toBeGreaterThan(REQUESTS / 10);
  // New routes take part by themselves; one whose values nobody gave never gets behind its parameters.
  const names = routesOf(document).map(({ method, path }) => `${method} ${path}`);
  expect(names.filter((name) => !succeeded.has(name) && !SELDOM_GOOD.includes(name))).toEqual([]);
  const after = memoryMiB();
  expect(after.heap - before.heap).toBeLessThan(32);
  expect(after.rss - before.rss).toBeLessThan(160);
}, 300_000);

test(`${soakTimes(200, 1_000)} of them over real sockets`, async () => {
  const url = house.open();
  const generate = generatorOf(SEED + 1);
  const overHttp = ({ method, url: path, headers, body }: GeneratedRequest) =>
    fetch(`${url}${path}`, {
      method,
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(SLOWEST_MS * 2),
      ...(body === undefined ? {} : { body }),
    });
  const faults: string[] = [];
  for (let sent = 0; sent < soakTimes(200, 1_000); ) {
    const request = generate();
    // What this platform's own client refuses to send never reaches the server.
    if (!isSendable(request)) continue;
    faults.push(...(await faultsOf(request, overHttp)).faults);
    sent++;
    await house.fake.advance(10_000);
  }
  expect(faults.slice(0, 10)).toEqual([]);
});

/** Bytes that are no HTTP, or only half of it. */
const RAW = [
  "GET / HTTP/1.1\r\n\r\n",
  "GET /api/recommendations/latest HTTP/9.9\r\nHost: x\r\n\r\n",
  "\0\0\0\0",
  "GET",
  "GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
  "GET /%ff%fe%00 HTTP/1.1\r\nHost: x\r\n\r\n",
  "GET /api/analysis/\u00ff/latest HTTP/1.1\r\nHost: x\r\n\r\n",
  `GET / HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(100_000)}\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: x\r\n${"A: b\r\n".repeat(5_000)}\r\n`,
  "POST /api/jobs/daily_analysis/run HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
  "POST /api/jobs/daily_analysis/run HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n{}",
  "POST /api/jobs/daily_analysis/run HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
  "POST /api/jobs/daily_analysis/run HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
];

test("bytes that are no HTTP do not end or block the server", async () => {
  const url = new URL(house.open());
  for (const bytes of RAW) {
    const socket = connect(Number(url.port), url.hostname);
    const heard = Promise.withResolvers<void>();
    socket.on("data", () => heard.resolve());
    socket.on("close", () => heard.resolve());
    socket.on("error", () => heard.resolve());
    socket.end(bytes, "latin1");
    await heard.promise;
    socket.destroy();
    expect((await fetch(new URL("/health/live", url))).status).toBe(200);
  }
});

test("afterwards the house still works", async () => {
  for (const name of known.name.filter((one) => /^[a-z_]+$/.test(one))) {
    await house.asOperator(`/api/jobs/${name}/cancel`, { method: "POST" });
    await house.asOperator(`/api/jobs/${name}/resume`, { method: "POST" });
  }
  for (const { runId } of house.jobs.running) await house.jobs.waitForRun(runId);
  expect((await house.runJob("daily_analysis")).outcome).toBe("ok");
  expect((await house.runJob("portfolio_cycle")).outcome).toBe("ok");
  expect(await house.get<unknown>("/health")).toMatchObject({ status: "healthy" });
  expect(await house.get<unknown[]>("/api/recommendations/latest")).toHaveLength(2);
  // Bun tells of closed connections a little later.
  const figures = async () => (await house.asOperator("/metrics")).text();
  for (let turns = 0; turns < 1_000 && !/^event_listeners 0$/m.test(await figures()); turns++)
    await new Promise((turn) => setImmediate(turn));
  expect(await figures()).toMatch(/^event_listeners 0$/m);
  expect(routesOf(document).length).toBeGreaterThan(20);
});

/** `fetch` and `Request` refuse some headers and methods themselves. */
function isSendable({ method, url, headers }: GeneratedRequest): boolean {
  try {
    new Request(`http://127.0.0.1${url}`, { method, headers });
    return true;
  } catch {
    return false;
  }
}
