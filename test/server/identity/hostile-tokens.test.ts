import { expect, test } from "bun:test";
import fc from "fast-check";
import { HttpProblem } from "../../../src/server/problem.ts";
import { addUser } from "./supabase-project.ts";
import { openTokenServer, type TokenServer } from "./token-server.ts";

const SECRET = "legacy-jwt-secret-of-the-project-0123456789";
const RUNS = 10_000;

const base64url = (text: string) => Buffer.from(text).toString("base64url");

/** Bytes that look like a token's part, or not at all. */
const part = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
  fc.json({ maxDepth: 3 }).map(base64url),
);

/** Well-formed JSON with the claims that matter, each right, wrong or odd. */
function wellFormed(issuer: string) {
  const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("__proto__", "constructor", "", "\u0000"));
  const header = fc.record(
    {
      alg: fc.oneof(fc.constantFrom("ES256", "RS256", "HS256", "none", "toString"), odd),
      kid: fc.oneof(fc.constant("first-key"), odd),
      typ: odd,
      crit: odd,
      b64: odd,
      jwk: odd,
      zip: odd,
    },
    { requiredKeys: [] },
  );
  const payload = fc.record(
    {
      iss: fc.oneof(fc.constantFrom(issuer, "vigia", "supabase"), odd),
      aud: fc.oneof(fc.constantFrom("authenticated", "api"), odd),
      sub: fc.oneof(fc.uuid(), fc.constant("cli"), odd),
      role: fc.oneof(fc.constantFrom("authenticated", "self", "service_role"), odd),
      exp: fc.oneof(fc.constant(4_000_000_000), fc.double(), odd),
      iat: fc.oneof(fc.integer(), odd),
      nbf: odd,
      tenant_id: odd,
    },
    { requiredKeys: [] },
  );
  return fc.tuple(header, payload, part).map((parts) => {
    const [head, body, signature] = parts;
    return `${base64url(JSON.stringify(head))}.${base64url(JSON.stringify(body))}.${signature}`;
  });
}

/** A good token with one character changed, taken out or put in. Its last character may carry bits that do not count. */
const damaged = (good: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...good),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom("A", "", ".", "=", "é"),
    )
    .map(([token, where, replacement]) => {
      const at = Math.floor(where * (token.length - 2));
      const tail = token.slice(at + 1);
      return token[at] === replacement ? `${token.slice(0, at)}.${tail}` : token.slice(0, at) + replacement + tail;
    });

async function hostileTokens(bench: TokenServer): Promise<fc.Arbitrary<string>> {
  const good = [await bench.project.sign(), await bench.project.signWithSecret(SECRET)];
  return fc.oneof(
    { weight: 2, arbitrary: fc.array(part, { maxLength: 6 }).map((parts) => parts.join(".")) },
    { weight: 5, arbitrary: wellFormed(bench.project.issuer) },
    { weight: 3, arbitrary: damaged(good) },
    { weight: 1, arbitrary: fc.string({ maxLength: 9_000 }) },
  );
}

test("no invented token gets in, breaks anything or makes more than one call", async () => {
  await using bench = await openTokenServer({ SUPABASE_JWT_SECRET: SECRET });
  await addUser(bench.server.store, "cli");
  const { identity } = bench.server.options;
  await fc.assert(
    fc.asyncProperty(await hostileTokens(bench), fc.boolean(), async (token, local) => {
      const thrown = await identity.authenticate(`Bearer ${token}`, { local }).then(
        (scope) => scope,
        (problem: unknown) => problem,
      );
      expect(thrown).toBeInstanceOf(HttpProblem);
      expect(thrown).toMatchObject({ status: 401, code: "invalid_token", message: "Could not validate credentials" });
    }),
    { numRuns: RUNS },
  );
  expect(bench.project.server.requests.length).toBeLessThanOrEqual(1);
}, 60_000);

test("over HTTP they are 401 like any other", async () => {
  await using bench = await openTokenServer({ SUPABASE_JWT_SECRET: SECRET });
  const sendable = (await hostileTokens(bench)).filter((token) => /^[\x21-\x7e]+$/.test(token));
  await fc.assert(
    fc.asyncProperty(sendable, async (token) => {
      expect((await bench.ask(token)).status).toBe(401);
    }),
    { numRuns: 500 },
  );
});
