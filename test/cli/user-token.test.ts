import { describe, expect, test } from "bun:test";
import { databaseLocation, openDatabase } from "../../src/db/index.ts";
import { users } from "../../src/db/schema/index.ts";
import { jsonOf, type RunningHouse, startHouse, temporaryDir, vigia } from "./harness.ts";

const USER_ID = "7b1c2f8e-3d4a-4c5b-9e6f-0a1b2c3d4e5f";
const GONE_ID = "11111111-2222-4333-8444-555555555555";
const SECRET_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

async function addUsers(dataDir: string): Promise<void> {
  const db = await openDatabase(databaseLocation(undefined, dataDir));
  const now = "2026-03-01T00:00:00.000Z";
  await db.write(async (tx) => {
    for (const [userId, active] of [
      [USER_ID, true],
      [GONE_ID, false],
    ] as const)
      await tx.insert(users).values({ userId, active, createdAt: now, updatedAt: now });
  });
  db.close();
}

/** Whom the house takes the bearer for: an end user gets 403 where the house's members may read. */
const knock = async ({ url }: RunningHouse, token: string) => {
  const response = await fetch(`${url}/api/alerts`, { headers: { Authorization: `Bearer ${token}` } });
  return ((await response.json()) as { code: string }).code;
};

describe("vigia token --user", () => {
  test("prints a token that counts, while a process runs and when none does", async () => {
    using dir = temporaryDir();
    const environment = { VIGIA_DATA_DIR: dir.path };
    await (await startHouse(environment))[Symbol.asyncDispose]();
    await addUsers(dir.path);
    const alone = await vigia(["token", "--user", USER_ID], { environment });
    expect(alone).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`For the portfolio of ${USER_ID} until 2`),
    });
    await using running = await startHouse(environment);
    const beside = await vigia(["token", "--user", USER_ID, "--days", "7", "--json"], { environment });
    const { token, user_id, expires_at } = jsonOf<{ token: string; user_id: string; expires_at: string }>(beside);
    expect([beside.code, beside.stderr, user_id]).toEqual([0, "", USER_ID]);
    const daysLeft = (Date.parse(expires_at) - performance.timeOrigin - performance.now()) / 86_400_000;
    expect(daysLeft).toBeCloseTo(7, 2);
    expect(await knock(running, alone.stdout.trim())).toBe("forbidden");
    expect(await knock(running, token)).toBe("forbidden");
    expect(await knock(running, `${token}x`)).toBe("invalid_token");
  });

  test("signs with SECRET_KEY where it is set", async () => {
    using dir = temporaryDir();
    const environment = { VIGIA_DATA_DIR: dir.path, SECRET_KEY };
    await using running = await startHouse(environment);
    await addUsers(dir.path);
    const good = await vigia(["token", "--user", USER_ID], { environment });
    const other = await vigia(["token", "--user", USER_ID], { environment: { VIGIA_DATA_DIR: dir.path } });
    expect(await knock(running, good.stdout.trim())).toBe("forbidden");
    expect(await knock(running, other.stdout.trim())).toBe("invalid_token");
  });

  test("refuses a user who is unknown or switched off, and a directory without users", async () => {
    using dir = temporaryDir();
    const environment = { VIGIA_DATA_DIR: dir.path };
    const refused = async (id: string) => {
      const { code, stdout, stderr } = await vigia(["token", "--user", id], { environment });
      expect([code, stdout]).toEqual([64, ""]);
      return stderr;
    };
    expect(await refused(USER_ID)).toContain(`There is no active user ${USER_ID} in ${dir.path}.`);
    await (await startHouse(environment))[Symbol.asyncDispose]();
    await addUsers(dir.path);
    expect(await refused("nobody\u001b[31m")).toContain("There is no active user nobody [31m");
    expect(await refused(GONE_ID)).toMatch(/no active user[\s\S]*switched off/);
  });

  test("takes whole days from 1 to 365, and none for the operator", async () => {
    using dir = temporaryDir();
    const environment = { VIGIA_DATA_DIR: dir.path };
    for (const days of ["0", "366", "1.5", "-1", "x", ""]) {
      const ran = await vigia(["token", "--user", USER_ID, "--days", days], { environment });
      expect([ran.code, ran.stdout]).toEqual([64, ""]);
      expect(ran.stderr).toContain("from 1 to 365");
    }
    const operator = await vigia(["token", "--days", "3"], { environment });
    expect([operator.code, operator.stdout]).toEqual([64, ""]);
    expect(operator.stderr).toContain("--days says nothing without --user");
  });
});
