import { describe, expect, test } from "bun:test";
import { httpUsage } from "../../../src/db/schema/index.ts";
import {
  answer,
  type Fault,
  gzipBomb,
  hang,
  html,
  json,
  redirect,
  reset,
  stallBody,
  startFaultServer,
  status,
  truncatedJson,
} from "../../support/faults.ts";
import { makeKey, type SigningKey } from "./supabase-project.ts";
import { openTokenServer, passTimeUntil, type TokenServer } from "./token-server.ts";

const fetches = ({ project }: TokenServer) => project.server.requests.length;
const statusOf = async (bench: TokenServer, key?: SigningKey) =>
  (await bench.ask(await bench.project.sign({}, key ? { key } : {}))).status;

describe("the key set", () => {
  test("is fetched once and kept for 600 s", async () => {
    await using bench = await openTokenServer();
    for (let time = 0; time < 600; time += 100) {
      expect(await statusOf(bench)).toBe(200);
      await bench.server.clock.advance(99_000);
    }
    expect(fetches(bench)).toBe(1);
    await bench.server.clock.advance(6_000);
    expect(await statusOf(bench)).toBe(200);
    expect(fetches(bench)).toBe(2);
  });

  test("is fetched once for all who wait for it", async () => {
    await using bench = await openTokenServer();
    const statuses = await Promise.all(Array.from({ length: 50 }, () => statusOf(bench)));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(fetches(bench)).toBe(1);
  });

  test("is asked for at its place, counted as identity's call, without the token", async () => {
    await using bench = await openTokenServer();
    const token = await bench.project.sign();
    await bench.ask(token);
    const [request] = bench.project.server.requests;
    expect(request).toMatchObject({ method: "GET", path: "/auth/v1/.well-known/jwks.json", body: "" });
    expect(JSON.stringify([...(request?.headers ?? [])])).not.toContain(token);
    const rows = await bench.server.store.db.read.select().from(httpUsage);
    expect(rows.filter(({ requests }) => requests > 0)).toMatchObject([
      { system: "identity", peer: "supabase_auth", kind: "jwks", statusClass: "2xx", requests: 1 },
    ]);
  });
});

describe("a rotated key", () => {
  test("counts as soon as a token names it, when the last fetch is 30 s ago", async () => {
    await using bench = await openTokenServer();
    const next = await makeKey("ES256", "next-key");
    expect(await statusOf(bench)).toBe(200);
    bench.project.list(bench.project.key, next);
    expect(await statusOf(bench, next)).toBe(401);
    await bench.server.clock.advance(30_000);
    expect(await statusOf(bench, next)).toBe(200);
    expect(await statusOf(bench)).toBe(200);
    expect(fetches(bench)).toBe(2);
  });

  test("no longer counts once the set without it is known, at the latest after 600 s", async () => {
    await using bench = await openTokenServer();
    expect(await statusOf(bench)).toBe(200);
    bench.project.list(await makeKey("ES256", "next-key"));
    await bench.server.clock.advance(599_000);
    expect(await statusOf(bench)).toBe(200);
    await bench.server.clock.advance(1_000);
    expect(await statusOf(bench)).toBe(401);
  });

  test("is told from another of the same kind by its id; without an id it must be the only one", async () => {
    await using bench = await openTokenServer();
    const other = await makeKey("ES256", "other-key");
    const nameless = () => bench.project.sign({}, { header: { kid: undefined } });
    expect((await bench.ask(await nameless())).status).toBe(200);
    bench.project.list(bench.project.key, other);
    await bench.server.clock.advance(600_000);
    expect((await bench.ask(await nameless())).status).toBe(401);
    expect([await statusOf(bench), await statusOf(bench, other)]).toEqual([200, 200]);
  });
});

describe("invented key ids", () => {
  test("1,000 of them cost one fetch, and one more every 30 s", async () => {
    await using bench = await openTokenServer();
    const { key } = bench.project;
    const storm = async () => {
      const asked = Array.from({ length: 1_000 }, (_, index) =>
        statusOf(bench, { ...key, kid: `${crypto.randomUUID()}-${index}` }),
      );
      expect(new Set(await Promise.all(asked))).toEqual(new Set([401]));
    };
    await storm();
    expect(fetches(bench)).toBe(1);
    await bench.server.clock.advance(29_000);
    await storm();
    expect(fetches(bench)).toBe(1);
    await bench.server.clock.advance(1_000);
    await storm();
    expect(fetches(bench)).toBe(2);
    expect(await statusOf(bench)).toBe(200);
  });

  test("do not turn known keys away while the source is down", async () => {
    await using bench = await openTokenServer();
    expect(await statusOf(bench)).toBe(200);
    bench.project.server.otherwise(status(500));
    await bench.server.clock.advance(30_000);
    expect(await statusOf(bench, { ...bench.project.key, kid: "invented" })).toBe(503);
    expect(await statusOf(bench)).toBe(200);
  });

  test("cost nothing when the algorithm is none of the project's", async () => {
    await using bench = await openTokenServer();
    for (const alg of ["none", "HS256", "HS512", "PS256", "__proto__", ""]) {
      const token = (await bench.project.sign()).replace(
        /^[^.]*/,
        Buffer.from(JSON.stringify({ alg })).toString("base64url"),
      );
      expect((await bench.ask(token)).status).toBe(401);
    }
    expect(fetches(bench)).toBe(0);
  });
});

describe("a key set that cannot be had", () => {
  const faults: [what: string, fault: Fault][] = [
    ["500", status(500)],
    ["404", status(404)],
    ["a page", html()],
    ["broken JSON", truncatedJson()],
    ["no set", json({ message: "no keys here" })],
    ["a set that is a list", json([])],
    ["keys that are no objects", json({ keys: [1, null] })],
    ["nothing", answer("")],
    ["another host", redirect("https://keys.example/jwks.json")],
    ["a body without end", gzipBomb(2_000_000)],
  ];
  test.each(faults)("(%s) is 503 for 30 s, asked for once, then tried again", async (_, fault) => {
    await using bench = await openTokenServer();
    const { server, project } = bench;
    project.server.otherwise(fault);
    const token = await project.sign();
    const { status, headers, body } = await bench.ask(token);
    expect({ status, body }).toMatchObject({ status: 503, body: { code: "keys_unreachable" } });
    expect(headers.get("retry-after")).toBe("30");
    await server.clock.advance(20_000);
    expect((await bench.ask(token)).headers.get("retry-after")).toBe("10");
    expect(fetches(bench)).toBe(1);
    project.list(project.key);
    await server.clock.advance(10_000);
    expect((await bench.ask(token)).status).toBe(200);
  });

  test.each([
    ["503", status(503), 1_000],
    ["a reset", reset(), 1_000],
    ["no answer within 5 s", hang(), 5_000],
    ["half an answer within 5 s", stallBody(), 5_000],
  ] satisfies [string, Fault, number][])("(%s) is tried twice, with a second between", async (_, fault, leastMs) => {
    await using bench = await openTokenServer();
    const { server, project } = bench;
    const timesMs: number[] = [];
    project.server.otherwise((socket, request) => {
      timesMs.push(server.clock.monotonicMs());
      return fault(socket, request);
    });
    expect(await passTimeUntil(bench, statusOf(bench))).toBe(503);
    expect(timesMs.length).toBe(2);
    expect(timesMs[1]! - timesMs[0]!).toBeGreaterThanOrEqual(leastMs);
  });

  test("(a refused connection) is 503", async () => {
    await using bench = await openTokenServer();
    const token = await bench.project.sign();
    await bench.project.server.close();
    expect((await passTimeUntil(bench, bench.ask(token))).status).toBe(503);
  });

  test("is missed only when the kept one is 600 s old", async () => {
    await using bench = await openTokenServer();
    const { server, project } = bench;
    expect(await statusOf(bench)).toBe(200);
    project.server.otherwise(status(500));
    await server.clock.advance(599_000);
    expect(await statusOf(bench)).toBe(200);
    await server.clock.advance(1_000);
    expect(await statusOf(bench)).toBe(503);
  });

  test("does not stand in the way of the operator and of legacy tokens", async () => {
    const secret = "legacy-jwt-secret-of-the-project-0123456789";
    await using bench = await openTokenServer({ SUPABASE_JWT_SECRET: secret });
    bench.project.server.otherwise(status(500));
    expect(await statusOf(bench)).toBe(503);
    expect((await bench.ask(await bench.project.signWithSecret(secret))).status).toBe(200);
  });

  test("a key in it that is private, weak or damaged lets nobody in", async () => {
    await using bench = await openTokenServer();
    const { project } = bench;
    const rsa = await makeKey("RS256", "rsa-key");
    for (const jwk of [
      { ...rsa.jwk, n: rsa.jwk.n?.slice(0, 40) },
      { ...rsa.jwk, e: "AQ" },
      { ...rsa.jwk, n: "!" },
      { ...rsa.jwk, use: "enc" },
    ]) {
      project.server.otherwise(json({ keys: [jwk] }));
      await bench.server.clock.advance(600_000);
      expect(await statusOf(bench, rsa)).toBe(401);
    }
  });

  test("an empty one, as a project with a legacy secret has, is good", async () => {
    await using bench = await openTokenServer();
    bench.project.list();
    expect(await statusOf(bench)).toBe(401);
    expect(fetches(bench)).toBe(1);
  });
});

test("a redirect within the project's host is followed", async () => {
  await using bench = await openTokenServer();
  bench.project.server.script(redirect("/auth/v1/.well-known/keys.json"));
  expect(await statusOf(bench)).toBe(200);
  await using elsewhere = await startFaultServer();
  bench.project.server.script(redirect(`${elsewhere.url}/keys.json`));
  await bench.server.clock.advance(600_000);
  expect(await statusOf(bench)).toBe(503);
  expect(elsewhere.requests).toEqual([]);
});
