import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parsePostgresAddress } from "../../../src/db/remote/address.ts";
import { connectionProfile, deriveMigrationUrl, poolSize } from "../../../src/db/remote/profile.ts";

const REF = "abcdefghijklmnopqrst";
const POOLER = "aws-0-sa-east-1.pooler.supabase.com";

describe("A3: the profile of an address is read from its host and port", () => {
  const CASES: [string, string, Partial<ReturnType<typeof connectionProfile>>][] = [
    [
      "shared pooler, transactions",
      `postgresql://postgres.${REF}:p@${POOLER}:6543/postgres`,
      { mode: "transaction", prepare: false, sessionState: false, ref: REF, local: false },
    ],
    [
      "shared pooler, sessions",
      `postgres://postgres.${REF}:p@${POOLER}:5432/postgres`,
      { mode: "session", prepare: true, sessionState: true, ref: REF, user: `postgres.${REF}` },
    ],
    ["shared pooler, no port", `postgres://postgres.${REF}:p@${POOLER}/postgres`, { mode: "session", port: 5432 }],
    [
      "shared pooler, a port of tomorrow",
      `postgres://u:p@${POOLER}:7000/postgres`,
      { mode: "transaction", prepare: false },
    ],
    [
      "direct",
      `postgres://postgres:p@db.${REF}.supabase.co:5432/postgres`,
      { mode: "direct", prepare: true, sessionState: true, ref: REF },
    ],
    [
      "dedicated pooler",
      `postgres://postgres:p@db.${REF}.supabase.co:6543/postgres`,
      { mode: "transaction", prepare: false, sessionState: false, ref: REF },
    ],
    ["upper case and a final dot", `postgres://u:p@AWS-0.POOLER.Supabase.COM.:6543/x`, { mode: "transaction" }],
    ["the old driver's name", `postgresql+asyncpg://u:p@${POOLER}:6543/x`, { mode: "transaction", prepare: false }],
    ["loopback", "postgres://u:p@127.0.0.1:6543/x", { mode: "plain", prepare: true, local: true, ref: undefined }],
    ["IPv6 loopback", "postgres://u:p@[::1]:5432/x", { mode: "plain", host: "::1", local: true }],
    ["IPv6 elsewhere", "postgres://u:p@[2001:db8::7]/x", { mode: "plain", host: "2001:db8::7", local: false }],
    ["private network", "postgres://u:p@10.0.0.3:5432/x", { mode: "plain", prepare: true, local: false }],
    ["Unix socket", "postgres://u@localhost:5433/x?host=/run/pg", { mode: "plain", host: "/run/pg", local: true }],
    [
      "another bouncer",
      "postgres://u:p@db.example.com/x?pgbouncer=true",
      { mode: "plain", prepare: false, sessionState: false },
    ],
    [
      "password like a pooler",
      `postgres://u:${"pooler.supabase.com%3A6543"}@db.example.com/x`,
      { mode: "plain", prepare: true },
    ],
    ["password like a host", `postgres://u:${"a%40db.supabase.co"}@10.1.1.1/x`, { mode: "plain", host: "10.1.1.1" }],
    ["database like a pooler", `postgres://u:p@db.example.com/${POOLER}:6543`, { mode: "plain", prepare: true }],
    ["host that only begins like one", `postgres://u:p@${POOLER}.example.com:6543/x`, { mode: "plain", prepare: true }],
    ["user of a pooler elsewhere", `postgres://postgres.${REF}:p@db.example.com/x`, { mode: "plain", ref: undefined }],
  ];
  for (const [name, url, expected] of CASES)
    test(name, () => {
      expect(connectionProfile(url)).toMatchObject(expected);
    });

  test("no profile holds the password", () => {
    for (const [, url] of CASES) expect(Object.keys(connectionProfile(url))).not.toContain("password");
  });

  test("any password that is encoded comes out as it was, and changes nothing else", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "binary" }), (password) => {
        const url = `postgres://postgres.${REF}:${encodeURIComponent(password)}@${POOLER}:6543/postgres`;
        expect(parsePostgresAddress(url).password).toBe(password);
        expect(connectionProfile(url)).toMatchObject({ mode: "transaction", host: POOLER, prepare: false });
      }),
    );
  });
});

describe("an address that cannot be right is refused without showing any of it", () => {
  const CASES = [
    ["another scheme", "mysql://u:canary@h/x", /postgres:\/\//],
    ["nothing", "", /postgres:\/\//],
    ["no host", "postgres:///x", /host|read/],
    ["bare hash in the password", "postgres://u:can#ary@h/x", /\/ \? #/],
    ["bare slash in the password", "postgres://u:can/ary@h/x", /\/ \? #/],
    ["bare question mark in the password", "postgres://u:can?ary@h/x", /\/ \? #/],
    ["lonely percent sign", "postgres://u:can%ary@h/x", /%/],
    ["a port that is none", "postgres://u:canary@h:99999999/x", /read/],
  ] as const;
  for (const [name, url, says] of CASES)
    test(name, () => {
      const refused = catchError(() => connectionProfile(url));
      expect(refused).toMatchObject({ code: "bad_postgres_url", message: expect.stringMatching(says) });
      expect(`${refused.message} ${(refused as { hint?: string }).hint}`).not.toMatch(/can.?ary/);
    });
});

describe("the size of the pool", () => {
  test("follows the kind of address and the environment", () => {
    const sizes = (["transaction", "session", "direct", "plain"] as const).map((mode) =>
      (["development", "staging", "production"] as const).map((environment) => poolSize({ mode }, environment)),
    );
    expect(sizes).toEqual([
      [2, 4, 8],
      [1, 2, 4],
      [1, 2, 4],
      [5, 5, 10],
    ]);
  });

  test("is what is configured, within the cap and never nothing", () => {
    const session = (size?: number, overflow?: number) =>
      poolSize({ mode: "session" }, "production", { postgresPoolSize: size, postgresMaxOverflow: overflow });
    expect([session(2, 2), session(50, 50), session(0, 0), session(undefined, 1), session(3)]).toEqual([4, 5, 1, 5, 3]);
  });
});

describe("the address of migrations", () => {
  test("is the one that was written down", () => {
    const urls = { migrationDbUrl: "postgres://u:p@a/x", postgresUrl: "postgres://u:p@b/x" };
    expect(deriveMigrationUrl(urls)).toEqual({ url: urls.migrationDbUrl });
    expect(deriveMigrationUrl({})).toBeUndefined();
  });

  test("is the session pooler of the same host where only the transaction pooler is known, and says so", () => {
    const password = "p%40:6543%23";
    for (const scheme of ["postgres", "postgresql", "postgresql+asyncpg"]) {
      const derived = deriveMigrationUrl({
        postgresUrl: `${scheme}://postgres.${REF}:${password}@${POOLER}:6543/postgres`,
      });
      expect(connectionProfile(derived!.url)).toMatchObject({ mode: "session", port: 5432, host: POOLER, ref: REF });
      expect(parsePostgresAddress(derived!.url).password).toBe("p@:6543#");
      expect(derived?.derived).toContain(`${POOLER}:5432`);
      expect(derived?.derived).not.toContain("p@");
    }
    const dedicated = deriveMigrationUrl({ postgresUrl: `postgres://postgres:p@db.${REF}.supabase.co:6543/postgres` });
    expect(connectionProfile(dedicated!.url).mode).toBe("direct");
  });

  test("is POSTGRES_URL itself where that keeps sessions", () => {
    const postgresUrl = "postgresql+asyncpg://u:p@127.0.0.1:5432/x";
    expect(deriveMigrationUrl({ postgresUrl })).toEqual({ url: postgresUrl });
  });
});

function catchError(action: () => unknown): Error {
  try {
    action();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error("nothing was thrown");
}
