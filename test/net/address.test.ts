import { expect, test } from "bun:test";
import { logContext } from "../../src/kit/log.ts";
import { allowedAddress, maskAddress } from "../../src/net/address.ts";
import { describeHosts } from "../../src/net/hosts.ts";
import type { Peer } from "../../src/net/peer.ts";
import { json, redirect } from "../support/faults.ts";
import { failureOf, openBench, QUICK_PEER, request } from "./harness.ts";

const peer: Peer = { ...QUICK_PEER, hosts: ["Quotes.example", "quotes.example:8443", "127.0.0.1:9000", "[::1]:9000"] };

test.each([
  ["https://quotes.example/a?b=1", true],
  ["https://QUOTES.EXAMPLE/", true],
  ["https://quotes.example:443/", true],
  ["https://quotes.example:8443/", true],
  ["http://127.0.0.1:9000/", true],
  ["http://[::1]:9000/", true],
  ["http://quotes.example/", false],
  ["https://quotes.example:444/", false],
  ["https://quotes.example./", false],
  ["https://a.quotes.example/", false],
  ["https://quotes.example.evil.example/", false],
  ["https://quotes.example@evil.example/", false],
  ["https://evil.example/?quotes.example", false],
  ["http://127.0.0.1/", false],
  ["http://127.0.0.1:9001/", false],
  ["ftp://quotes.example/", false],
  ["file:///etc/passwd", false],
  ["data:text/plain,quotes.example", false],
  ["//quotes.example/", false],
  ["quotes.example", false],
  ["", false],
])("%s is allowed: %p", (address, allowed) => {
  expect(allowedAddress(peer, address) !== undefined).toBe(allowed);
});

test("a foreign host is refused and logged, and nothing leaves", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  const error = await failureOf(client.call("quotes", request({ url: "https://evil.example/x?apikey=abc" })));
  expect([error.code, error.retryable, error.attempts]).toEqual(["host_not_allowed", false, 0]);
  expect(error.hint).toContain("quotes.example");
  const [line] = bench.lines.filter(({ event }) => event === "http.refused");
  expect(line).toMatchObject({ level: "warn", fields: { url: "https://evil.example/x?apikey=***", peer: "quotes" } });
  expect(bench.server.requests).toHaveLength(0);
  expect(await bench.door.usageToday()).toMatchObject([{ used: 0, refused: 1 }]);
});

test("a peer that is not declared cannot be called", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [QUICK_PEER]);
  await expect(client.call("other", request())).rejects.toThrow("recommendations has not declared the peer other");
});

test("rights stay behind when a redirect leads to another host of the peer", async () => {
  await using bench = await openBench();
  const { server, door } = bench;
  server.script(redirect("/here"), redirect("https://user:pass@spare.example/there?a=1"), redirect("/back"), json(1));
  const client = door.clientFor("recommendations", [{ ...QUICK_PEER, hosts: ["quotes.example", "spare.example"] }]);
  const headers = { Authorization: "Bearer canary", Cookie: "sid=canary", "X-Api-Key": "canary", Accept: "text/plain" };
  await client.call("quotes", request({ headers, url: "https://quotes.example/chart?apikey=canary" }));
  expect(server.requests.map(({ host, path }) => host + path)).toEqual([
    "quotes.example/chart",
    "quotes.example/here",
    "spare.example/there",
    "spare.example/back",
  ]);
  const carried = server.requests.map((seen) =>
    ["authorization", "cookie", "x-api-key", "accept"].filter((name) => seen.headers.has(name)).join(),
  );
  const all = "authorization,cookie,x-api-key,accept";
  expect(carried).toEqual([all, all, "accept", "accept"]);
  expect([...server.requests[2]!.query]).toEqual([["a", "1"]]);
});

test("requests say who asks, and carry the id of the work that they belong to", async () => {
  await using bench = await openBench();
  const client = bench.door.clientFor("recommendations", [{ ...QUICK_PEER, headers: { "Accept-Language": "es-AR" } }]);
  await logContext.run({ correlation_id: "req-1" }, () => client.call("quotes", request()));
  await logContext.run({ correlation_id: "bad\r\nid" }, () =>
    client.call("quotes", request({ headers: { "user-agent": "Mozilla/5.0", "accept-language": "en" } })),
  );
  const [first, second] = bench.server.requests.map(({ headers }) => headers);
  expect(first?.get("user-agent")).toMatch(/^Vigia\/\d+\.\d+\.\d+$/);
  expect([first?.get("x-request-id"), first?.get("accept-language")]).toEqual(["req-1", "es-AR"]);
  expect([second?.get("x-request-id"), second?.get("accept-language")]).toEqual([null, "en"]);
  expect(second?.get("user-agent")).toBe("Mozilla/5.0");
});

test("what the house may reach is listed from the declarations", () => {
  const { timeoutMs: _, ...untimed } = { ...QUICK_PEER, dailyLimit: 500 };
  expect(describeHosts([{ name: "recommendations", peers: [untimed] }])).toEqual([
    {
      system: "recommendations",
      peer: "quotes",
      hosts: ["quotes.example"],
      attempts: 3,
      timeout_ms: null,
      spacing_ms: 0,
      concurrency: 4,
      daily_limit: 500,
    },
  ]);
});

test("addresses are shown without keys, user and fragment", () => {
  const shown = maskAddress(QUICK_PEER, "https://me:pw@quotes.example/a?symbol=YPF&ApiKey=abc&token=def#x");
  expect(shown).toBe("https://quotes.example/a?symbol=YPF&ApiKey=***&token=***");
  const hook = maskAddress({ ...QUICK_PEER, secretPath: true }, "https://quotes.example/services/T0/abc?x=1");
  expect(hook).toBe("https://quotes.example/***");
  const own = maskAddress({ ...QUICK_PEER, secretParameters: ["sig"] }, "https://quotes.example/a?sig=abc");
  expect(own).toBe("https://quotes.example/a?sig=***");
});
