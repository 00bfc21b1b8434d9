import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { confirmTarget } from "../../src/cli/commands/db-target.ts";
import { migrateDatabase, openDatabase } from "../../src/db/index.ts";
import { databaseLocation } from "../../src/db/location.ts";
import { tenants } from "../../src/db/schema/index.ts";
import { bareDatabase, type PostgresDatabase } from "../support/postgres/index.ts";
import { openSupabase, type TestSupabase } from "../support/supabase/index.ts";
import { jsonOf, type Ran, type TemporaryDir, temporaryDir, vigia } from "./harness.ts";

let home: TemporaryDir;
let bare: PostgresDatabase;

beforeAll(async () => {
  home = temporaryDir();
});
beforeEach(async () => {
  bare = await bareDatabase();
});
afterAll(() => home[Symbol.dispose]());

const db = (args: string, environment: Record<string, string> = {}): Promise<Ran> =>
  vigia(["db", ...args.split(" ")], {
    environment: { VIGIA_DATA_DIR: home.path, POSTGRES_URL: bare.url, ...environment },
  });

/** The one part of the address that nobody may see. */
const passwordOf = (url: string) => decodeURIComponent(new URL(url).password);

describe("vigia db migrate, status and rollback", () => {
  test("A6: pending is exit 4, then up to date, back by one, and a plan that changes nothing", async () => {
    expect((await db("status")).code).toBe(4);
    const up = await db("migrate");
    expect([up.code, up.stdout]).toEqual([0, expect.stringMatching(/^\d+ applied: 0001_initial, /)]);
    const status = await db("status --json");
    expect(status.code).toBe(0);
    const { migrations, pending } = jsonOf<{ migrations: { state: string; checksum: string }[]; pending: number }>(
      status,
    );
    expect([pending, new Set(migrations.map(({ state, checksum }) => `${state} ${checksum}`))]).toEqual([
      0,
      new Set(["applied same"]),
    ]);
    const back = jsonOf<{ direction: string; steps: unknown[] }>(await db("rollback --json"));
    expect([back.direction, back.steps.length]).toEqual(["down", 1]);
    expect((await db("migrate status")).code).toBe(4);
    const plan = await db("migrate --dry-run");
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringMatching(/^-- up \d{4}_/)]);
    expect((await db("status")).code).toBe(4);
  });

  test("down --to leaves that version and what is below it", async () => {
    await db("migrate");
    const down = await db("migrate down --to 2 --json");
    expect(jsonOf<{ steps: { version: string }[] }>(down).steps.at(-1)?.version).toBe("0003");
    expect((await db("migrate down --to 0")).code).toBe(0);
  });

  test("rows are not undone without --allow-data-loss", async () => {
    await db("migrate");
    await bare.sql`insert into public.tenants (tenant_id, name) values ('hotel-a', 'Hotel A')`;
    const refused = await db("rollback --to 0");
    expect([refused.code, refused.stdout]).toEqual([1, ""]);
    expect(refused.stderr).toMatch(/public\.tenants[\s\S]*--allow-data-loss/);
    expect((await db("status")).code).toBe(0);
    expect((await db("rollback --to 0 --allow-data-loss")).code).toBe(0);
  });

  test("no output holds the password of the address", async () => {
    const secret = passwordOf(bare.url);
    expect(secret.length).toBeGreaterThan(8);
    const wrong = bare.url.replace(/\d+\/(?=[^/]*$)/, "1/");
    const ran = [await db("migrate"), await db("status --json"), await db("status", { POSTGRES_URL: wrong })];
    for (const { stdout, stderr } of ran) expect(stdout + stderr).not.toContain(secret);
    expect(ran[2]).toMatchObject({ code: 1, stderr: expect.stringContaining("ECONNREFUSED") });
  });
});

describe("a wrong use is answered with the problem and the remedy, and changes nothing", () => {
  const CASES: [args: string, code: number, says: RegExp, environment?: Record<string, string>][] = [
    ["status", 78, /POSTGRES_URL: is unset/, { POSTGRES_URL: "" }],
    ["migrate sideways", 64, /up, down, status/],
    ["migrate --to 99", 64, /no migration 99/],
    ["migrate --steps 2", 64, /way down/],
    ["rollback --steps 1 --to 2", 64, /twice/],
    ["rollback --steps 0", 64, /--steps/],
    ["status", 1, /\/ \? #/, { POSTGRES_URL: "postgres://u:can#ary@h/x" }],
    [
      "migrate --yes",
      1,
      /MIG001[\s\S]*MIGRATION_DB_URL/,
      { MIGRATION_DB_URL: "postgres://u:p@127.0.0.1:1/x?pgbouncer=true" },
    ],
    ["status", 1, /TLS/, { POSTGRES_URL: "postgres://u:p@db.example.com/x", POSTGRES_SSL: "disable" }],
    [
      "status",
      1,
      /SUPABASE_CA_CERT_FILE/,
      { POSTGRES_URL: "postgres://u:p@db.example.com/x", SUPABASE_CA_CERT_FILE: "/nowhere" },
    ],
    ["seed --admin-email nobody", 64, /e-mail/],
    ["seed --identifier fax:1", 64, /phone_number_id, phone, email, bsuid/],
    ["seed --name x", 64, /2 to 200/],
    ["seed --tenant ../x", 64, /slug/],
    ["seed", 1, /vigia db migrate/],
  ];
  for (const [args, code, says, environment] of CASES)
    test(`vigia db ${args} (${says.source})`, async () => {
      const ran = await db(args, environment);
      expect([ran.code, ran.stdout]).toEqual([code, ""]);
      expect(ran.stderr).toMatch(says);
      expect(ran.stderr).not.toMatch(/can.?ary/);
    });
});

describe("another machine is changed only with --yes or the typed name of the project", () => {
  const profile = { local: false, ref: "abcdefghijklmnopqrst", host: "db.example.com" };
  const refusal = (promise: Promise<void>) =>
    promise.then(
      () => "let through",
      (thrown) => thrown.code as string,
    );

  test("by --yes, by its ref, by its host where it has no ref, and without a word on this machine", async () => {
    const asked: string[] = [];
    const typing = (answer: string | undefined) => async (question: string) => {
      asked.push(question);
      return answer;
    };
    const confirm = (given: Partial<typeof profile>, answer: string | undefined, yes = false) =>
      refusal(confirmTarget({ ...profile, ...given }, { yes, action: "Migrate" }, typing(answer)));
    expect(await confirm({}, undefined, true)).toBe("let through");
    expect(await confirm({ local: true }, undefined)).toBe("let through");
    expect(asked).toEqual([]);
    expect(await confirm({}, "abcdefghijklmnopqrst ")).toBe("let through");
    expect(await confirm({ ref: undefined as never }, "db.example.com")).toBe("let through");
    for (const answer of [undefined, "", "yes", "abcdefghijklmnopqrsu"])
      expect(await confirm({}, answer)).toBe("bad_usage");
  });
});

/** Makes tenants in the local store, as a house has them. */
async function addLocalTenants(...slugs: string[]): Promise<void> {
  const store = await openDatabase(databaseLocation(undefined, home.path));
  await migrateDatabase(store, "main");
  const at = "2026-03-02T12:00:00.000Z";
  const rest = { timezone: "UTC", settings: {}, createdAt: at, updatedAt: at };
  await store.write(async (tx) => {
    for (const slug of slugs)
      await tx.insert(tenants).values({ tenantId: slug, name: `Local ${slug}`, nameFolded: `local ${slug}`, ...rest });
  });
  store.close();
}

describe("vigia db seed and check on a project", () => {
  let project: TestSupabase;
  let environment: Record<string, string>;
  beforeAll(async () => {
    project = await openSupabase();
    environment = {
      POSTGRES_URL: project.database.url,
      SUPABASE_URL: project.url,
      SUPABASE_SERVICE_ROLE_KEY: project.serviceKey,
      SUPABASE_ANON_KEY: project.anonKey,
    };
    await addLocalTenants("hotel-a", "hotel-b", "hotel-c", "hotel-d", "hotel-e", "hotel-f");
  });
  afterAll(() => project[Symbol.asyncDispose]());

  test("A7: tenant, identifier and invited admin are made once; a second run finds everything", async () => {
    const args =
      "seed --admin-email Ops@Example.com --identifier phone:+5411 --identifier email:Desk@Example.com --json";
    const first = jsonOf<{ items: { item: string; key: string; state: string }[] }>(await db(args, environment));
    expect(first.items.map(({ item, key, state }) => `${item} ${key} ${state}`)).toEqual([
      "tenant default created",
      "identifier phone:+5411 created",
      "identifier email:desk@example.com created",
      "login ops@example.com created",
      "account ops@example.com created",
    ]);
    expect(first).not.toHaveProperty("password");
    const rows = () =>
      project.sql`select a.id, a.role, a.tenant_id, a.is_active, u.raw_app_meta_data ->> 'tenant_id' as claimed,
        u.raw_app_meta_data ->> 'role' as role_claimed, u.encrypted_password as password, a.updated_at
        from public.accounts a join auth.users u on u.id = a.auth_user_id`;
    const before = await rows();
    expect(before).toHaveLength(1);
    expect(before[0]).toMatchObject({ role: "admin", claimed: "default", role_claimed: "admin", password: null });
    const sent = project.history.requests.length;
    const again = jsonOf<{ items: { state: string }[] }>(await db(args, environment));
    expect(new Set(again.items.map(({ state }) => state))).toEqual(new Set(["exists"]));
    expect(await rows()).toEqual(before);
    expect(project.history.requests.length).toBe(sent);
  });

  test("A7: a password is random, printed once, and valid; there is no default one", async () => {
    const args = "seed --tenant hotel-a --name Hotel --admin-email a@example.com --print-password --json";
    const { password } = jsonOf<{ password: string }>(await db(args, environment));
    expect(password).toMatch(/^[\w-]{24}$/);
    const login = await fetch(`${project.url}/auth/v1/token?grant_type=password`, {
      method: "POST",
      headers: { apikey: project.anonKey, "content-type": "application/json" },
      body: JSON.stringify({ email: "a@example.com", password }),
    });
    expect(login.status).toBe(200);
    expect(jsonOf<object>(await db(args, environment))).not.toHaveProperty("password");
  });

  test("a tenant that the local store does not have is refused before anybody is invited", async () => {
    const sent = project.history.requests.length;
    const stray = await db("seed --tenant hotel-x --name Stray --admin-email x@example.com", environment);
    expect([stray.code, stray.stdout, stray.stderr]).toEqual([1, "", expect.stringMatching(/local store.*hotel-x/)]);
    const [none] = await project.sql`select count(*)::int as n from public.tenants where tenant_id = 'hotel-x'`;
    expect([none?.n, project.history.requests.length]).toEqual([0, sent]);
  });

  test("a tenant is called there as it is here, unless another name is given", async () => {
    await db("seed --tenant hotel-d", environment);
    const [row] = await project.sql`select name from public.tenants where tenant_id = 'hotel-d'`;
    expect(row?.name).toBe("Local hotel-d");
    await project.sql`delete from public.tenants where tenant_id = 'hotel-d'`;
  });

  test("--update changes the name and nothing else; what belongs to another tenant is refused", async () => {
    await db("seed --tenant hotel-b --name Before", environment);
    const renamed = await db("seed --tenant hotel-b --name After --update", environment);
    expect(renamed.stdout).toMatch(/tenant\s+hotel-b\s+updated/);
    const kept = await db("seed --tenant hotel-b --name Other", environment);
    expect(kept.stdout).toMatch(/exists/);
    const [row] = await project.sql`select name from public.tenants where tenant_id = 'hotel-b'`;
    expect(row?.name).toBe("After");
    await db("seed --tenant hotel-c --name CC --identifier bsuid:one", environment);
    const taken = await db("seed --tenant hotel-d --name DD --identifier bsuid:one", environment);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("another tenant")]);
    expect(taken.stderr).not.toContain("hotel-c");
    const [none] = await project.sql`select count(*)::int as n from public.tenants where tenant_id = 'hotel-d'`;
    expect(none?.n).toBe(0);
  });

  test("an account that was made before there was Auth is linked to its login later", async () => {
    const args = "seed --tenant hotel-e --name Hotel --admin-email e@example.com";
    const alone = await db(args, { POSTGRES_URL: project.database.url });
    expect([alone.stdout, alone.stderr]).toEqual([
      expect.stringMatching(/account\s+e@example.com\s+created/),
      expect.stringContaining("SUPABASE_SERVICE_ROLE_KEY"),
    ]);
    expect((await db(args, environment)).stdout).toMatch(/login\s+.*created[\s\S]*account\s+.*linked/);
  });

  test("a letter that cannot be sent leaves no row", async () => {
    const bad = { ...environment, SUPABASE_SERVICE_ROLE_KEY: project.anonKey };
    const ran = await db("seed --tenant hotel-f --name Hotel --admin-email f@example.com", bad);
    expect([ran.code, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).not.toContain(project.anonKey);
    const [none] = await project.sql`select count(*)::int as n from public.tenants where tenant_id = 'hotel-f'`;
    expect(none?.n).toBe(0);
  });

  test("check is exit 0 on what the migrations make, asks with the public key, and says what it left out", async () => {
    const whole = await db("check --json", environment);
    expect([whole.code, jsonOf(whole)]).toEqual([0, expect.objectContaining({ ok: true, skipped: [] })]);
    const asked = project.history.requests.filter(({ service }) => service === "rest");
    expect(asked.length).toBeGreaterThan(20);
    const without = await db("check --rls", { POSTGRES_URL: project.database.url });
    expect([without.code, without.stderr]).toEqual([0, expect.stringContaining("RLS013")]);
    expect((await db("check --indexes --schema", environment)).stderr).toBe("");
  });

  test.each([
    ["nobody answers", { SUPABASE_URL: "http://127.0.0.1:9" }],
    ["the key is none of the project's", { SUPABASE_ANON_KEY: `sb_publishable_${"x".repeat(31)}` }],
  ])("check is exit 2 where the public key could not be tried: %s", async (_, wrong) => {
    const ran = await db("check --rls", { ...environment, ...wrong });
    expect([ran.code, ran.stdout]).toEqual([2, expect.stringMatching(/0 errors.*not ok/)]);
    expect(ran.stderr).toMatch(/RLS013 was left out: 127\.0\.0\.1.* could not be asked/);
    const json = jsonOf(await db("check --rls --json", { ...environment, ...wrong }));
    expect(json).toMatchObject({ ok: false, skipped: [{ id: "RLS013", failed: true }] });
  });

  test("check is exit 1, with the SQL that helps, where a door stands open", async () => {
    await project.sql.unsafe(
      "grant select on public.ops_usage_samples to anon; alter table public.ops_usage_samples disable row level security",
    );
    await project.sql`insert into public.ops_usage_samples (metric, sampled_at, value) values ('open', now(), 1)`;
    const open = await db("check --rls", environment);
    expect([open.code, open.stdout]).toEqual([
      1,
      expect.stringMatching(/ERROR\s+RLS013.*ops_usage_samples[\s\S]*→ revoke/),
    ]);
    expect((await db("check --indexes", environment)).code).toBe(0);
  });
});
