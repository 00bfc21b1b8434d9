import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { type ConnectRemoteOptions, connectRemote, type RemoteDatabase } from "../../../src/db/remote/connect.ts";
import { driverOptions } from "../../../src/db/remote/connection.ts";
import { connectionProfile } from "../../../src/db/remote/profile.ts";
import { withTenant } from "../../../src/db/remote/with-tenant.ts";
import { createSystemClock, yieldToEventLoop } from "../../../src/kit/clock.ts";
import { createFakeClock } from "../../support/clock.ts";
import { bareDatabase, type PostgresDatabase } from "../../support/postgres/index.ts";
import { rejection } from "../../support/rejection.ts";
import { soaking } from "../../support/soak.ts";

const clock = createSystemClock();
const settings = { environment: "development" } as const;
const SECRET = "canary-secret";
const SHORT = { statementMs: 300, idleInTransactionMs: 300, lockMs: 200 };

let database: PostgresDatabase;

beforeAll(async () => {
  database = await bareDatabase();
  await database.sql`create table public.notes (tenant_id text, body text)`;
});
afterAll(() => database[Symbol.asyncDispose]());

function connect(options: Partial<ConnectRemoteOptions> = {}): RemoteDatabase & AsyncDisposable {
  const remote = connectRemote({ url: database.url, settings, clock, ...options });
  return Object.assign(remote, { [Symbol.asyncDispose]: () => remote.close() });
}

describe("a transaction", () => {
  test("has the limits of running work, the name of the product, and nothing of them afterwards", async () => {
    await using remote = connect({ settings: { ...settings, postgresPoolSize: 1 } });
    const shown = (query: (text: string) => Promise<unknown[]>) =>
      query(`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
        current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name`);
    expect(await remote.transaction({ readOnly: true }, shown)).toEqual([
      { statement: "15s", lock: "5s", idle: "10s", name: "vigia_development" },
    ]);
    const pid = await remote.transaction({}, async (query) => (await query("select pg_backend_pid() as pid"))[0]?.pid);
    // The second time over the same connection: what the first one set is gone, and set anew.
    const [left] = await database.sql`select count(*)::int as open from pg_stat_activity where pid = ${pid as number}
      and state = 'idle'`;
    expect(left?.open).toBe(1);
  });

  test("binds values as values and knows arrays, JSON, dates and null", async () => {
    await using remote = connect();
    const hostile = "'; drop table notes; --";
    const [row] = await remote.transaction({}, (query) =>
      query(
        "select $1::text as text, $2::text[] as list, $3::jsonb as json, $4::timestamptz as at, $5::text as nothing",
        [hostile, ["a", 'b"c'], { n: 1 }, new Date(0), null],
      ),
    );
    expect(row).toEqual({ text: hostile, list: ["a", 'b"c'], json: { n: 1 }, at: new Date(0), nothing: null });
  });

  test("takes one statement at a time, with or without values", async () => {
    await using remote = connect();
    const refused = await rejection(remote.transaction({}, (query) => query("select 1; select 2")));
    expect(refused).toMatchObject({ code: "postgres_failed", sqlState: "42601" });
  });

  test("that throws leaves nothing, and the connection is good for the next", async () => {
    await using remote = connect({ settings: { ...settings, postgresPoolSize: 1 } });
    await rejection(
      remote.transaction({}, async (query) => {
        await query("insert into public.notes values ('a', 'undone')");
        throw new Error("no");
      }),
    );
    expect(await remote.transaction({ readOnly: true }, (query) => query("select * from public.notes"))).toEqual([]);
  });

  test("that swallows a failed statement is not taken for a success", async () => {
    await using remote = connect();
    const swallowed = remote.transaction({}, async (query) => {
      await query("insert into public.notes values ('a', 'lost')");
      await query("select 1 / 0").catch(() => undefined);
    });
    expect(await rejection(swallowed)).toMatchObject({ code: "transaction_aborted" });
    expect(await database.sql`select * from public.notes`).toHaveLength(0);
  });

  test("refuses statements after its end, and writes when it only reads", async () => {
    await using remote = connect();
    const kept = await remote.transaction({}, async (query) => ({ query }));
    expect(await rejection(kept.query("select 1"))).toMatchObject({ code: "transaction_over" });
    const written = remote.transaction({ readOnly: true }, (query) =>
      query("insert into public.notes values ('a', 'b')"),
    );
    expect(await rejection(written)).toMatchObject({ sqlState: "25006" });
  });
});

describe("A5: limits of time", () => {
  test("a statement over its limit ends with 57014 and is counted", async () => {
    const counted: string[] = [];
    await using remote = connect({ limits: SHORT, count: (event) => counted.push(event) });
    const startedAt = clock.monotonicMs();
    const ended = await rejection(remote.transaction({ readOnly: true }, (query) => query("select pg_sleep(20)")));
    expect(ended).toMatchObject({ sqlState: "57014", retryable: false });
    expect(clock.monotonicMs() - startedAt).toBeLessThan(5_000);
    expect(counted).toEqual(["statement_timeout"]);
  });

  test("a transaction that idles is closed by the server, and the next one works", async () => {
    await using remote = connect({ limits: SHORT });
    const idled = remote.transaction({}, async (query) => {
      const [{ pid } = {}] = await query("select pg_backend_pid() as pid");
      await untilGone(Number(pid));
      await query("select 1");
    });
    expect(await rejection(idled)).toMatchObject({ code: "postgres_failed", retryable: true });
    expect(await remote.transaction({}, (query) => query("select 1 as one"))).toEqual([{ one: 1 }]);
  });

  test.skipIf(!soaking)("with the shipped limits: 15 s for a statement, 10 s idle", async () => {
    await using remote = connect();
    const from = clock.monotonicMs();
    await rejection(remote.transaction({}, (query) => query("select pg_sleep(20)")));
    expect(Math.abs(clock.monotonicMs() - from - 15_000)).toBeLessThan(1_000);
    const idleFrom = clock.monotonicMs();
    await rejection(
      remote.transaction({}, async (query) => {
        const [{ pid } = {}] = await query("select pg_backend_pid() as pid");
        await untilGone(Number(pid));
        await query("select 1");
      }),
    );
    expect(Math.abs(clock.monotonicMs() - idleFrom - 10_000)).toBeLessThan(2_000);
  });
});

describe("a connection that is cut in the middle of a transaction", () => {
  const cutOnce = () => {
    let calls = 0;
    const work = async (query: (text: string) => Promise<Record<string, unknown>[]>) => {
      calls += 1;
      const [{ pid } = {}] = await query("select pg_backend_pid() as pid");
      if (calls === 1) await database.sql`select pg_terminate_backend(${pid as number})`;
      return await query("select 1 as one");
    };
    return { work, calls: () => calls };
  };

  test("is tried once more for work that only reads", async () => {
    await using remote = connect();
    const { work, calls } = cutOnce();
    expect(await remote.transaction({ readOnly: true }, work)).toEqual([{ one: 1 }]);
    expect(calls()).toBe(2);
  });

  test("is not tried again for work that may write, which is undone", async () => {
    await using remote = connect();
    const { work, calls } = cutOnce();
    const cut = remote.transaction({}, async (query) => {
      await query("insert into public.notes values ('a', 'cut')");
      return work(query);
    });
    expect(await rejection(cut)).toMatchObject({ code: "postgres_failed", retryable: true });
    expect([calls(), (await database.sql`select * from public.notes`).length]).toEqual([1, 0]);
  });

  test("leaves no tenant behind on the connections that follow", async () => {
    await database.sql`do $$ begin create role app_runtime nologin; exception when duplicate_object then null; end $$`;
    await using remote = connect({ settings: { ...settings, postgresPoolSize: 1 } });
    const { work } = cutOnce();
    await rejection(withTenant(remote, "hotel-a", work));
    const [after] = await remote.transaction({}, (query) =>
      query("select current_user as who, current_setting('app.current_tenant_id', true) as tenant"),
    );
    expect(after).toEqual({ who: "postgres", tenant: null });
  });
});

describe("a server that cannot be used", () => {
  test("a wrong password is told without either password", async () => {
    const url = database.url.replace(/:[^:@/]+@/, `:${SECRET}@`);
    await using remote = connect({ url });
    const refused = await rejection(remote.transaction({ readOnly: true }, (query) => query("select 1")));
    expect(refused).toMatchObject({ sqlState: "28P01" });
    expect(`${refused.message}${refused.hint}${Bun.inspect(refused)}`).not.toContain(SECRET);
  });

  test("nobody there: tried twice to read, once to write", async () => {
    const sleeps = createFakeClock();
    const waits: number[] = [];
    const counting = {
      ...sleeps,
      sleep: async (ms: number) => void (ms < 5_000 ? waits.push(ms) : await new Promise(() => {})),
    };
    await using remote = connect({ url: "postgres://u:canary@127.0.0.1:1/x", clock: counting });
    const refused = await rejection(remote.transaction({ readOnly: true }, (query) => query("select 1")));
    expect([refused.message, waits.length]).toEqual([expect.stringContaining("ECONNREFUSED"), 1]);
    await rejection(remote.transaction({}, (query) => query("select 1")));
    expect(waits).toHaveLength(1);
  });

  test("one that accepts and hangs up is asked once to write and twice to read, and left alone afterwards", async () => {
    await using server = await serve((socket) => socket.destroy());
    const noWaits = { ...clock, sleep: async (ms: number) => void (ms < 5_000 || (await new Promise(() => {}))) };
    const remote = connectRemote({ url: server.url, settings, clock: noWaits });
    const written = await rejection(remote.transaction({}, (query) => query("select 1")));
    expect(written).toMatchObject({
      message: expect.stringContaining("CONNECTION_CLOSED"),
      hint: expect.stringContaining("paused"),
      retryable: true,
    });
    expect(server.connections).toBe(1);
    await rejection(remote.transaction({ readOnly: true }, (query) => query("select 1")));
    expect(server.connections).toBe(3);
    await remote.close();
    await server.idle();
    expect(server.connections).toBe(3);
  });

  test("one that hangs up instead of answering to TLS is asked once", async () => {
    await using server = await serve((socket) => socket.once("data", () => socket.destroy()));
    await using remote = connect({ url: server.url, settings: { ...settings, postgresSsl: "require" } });
    const refused = await rejection(remote.transaction({}, (query) => query("select 1")));
    expect([refused.message, server.connections]).toEqual([expect.stringContaining("CONNECTION_CLOSED"), 1]);
  });

  test("one that asks for the password as it is and hangs up gets it once", async () => {
    let heard = 0;
    await using server = await serve((socket) => {
      socket.once("data", () => {
        socket.write(message("R", Buffer.from([0, 0, 0, 3])));
        socket.once("data", (answer) => {
          if (answer.includes(SECRET)) heard += 1;
          socket.destroy();
        });
      });
    });
    await using remote = connect({ url: server.url });
    await rejection(remote.transaction({}, (query) => query("select 1")));
    expect([heard, server.connections]).toEqual([1, 1]);
  });

  test("one that repeats the password is not repeated, wherever it puts it", async () => {
    for (const fields of [
      { S: "FATAL", C: "28P01", M: `password ${SECRET} is wrong`, D: SECRET, H: SECRET, W: SECRET, R: SECRET },
      { S: SECRET, C: SECRET, M: SECRET },
    ]) {
      const text = Object.entries(fields).map(([kind, value]) => `${kind}${value}\0`);
      await using server = await serve((socket) =>
        socket.once("data", () => socket.end(message("E", Buffer.from(`${text.join("")}\0`)))),
      );
      await using remote = connect({ url: server.url });
      const refused = await rejection(remote.transaction({}, (query) => query("select 1")));
      const cause = refused.cause as Error & Record<string, unknown>;
      const shown = [refused, cause].map((each) =>
        Object.getOwnPropertyNames(each).map((name) => String(Reflect.get(each, name))),
      );
      expect(`${shown.flat().join()}${Bun.inspect(refused)}`).not.toContain(SECRET);
      expect(refused.message).toContain("***");
    }
  });
});

describe("what the server remarks", () => {
  const hear = async (statement: string) => {
    const heard: string[] = [];
    await using remote = connect({ onNotice: (text) => heard.push(text) });
    await remote.session((session) => session.run(statement));
    return heard;
  };
  const raise = (level: string, text: string) => `do $$ begin raise ${level} '${text}'; end $$;`;

  test("is told from a warning on: what exists already is no news", async () => {
    const levels = ["debug", "log", "info", "notice", "warning"].map((level) => raise(level, level)).join(" ");
    expect(await hear(`create table if not exists public.notes (); ${levels}`)).toEqual(["warning"]);
  });

  test("is told without the password", async () => {
    const { password } = new URL(database.url);
    expect(await hear(raise("warning", `${password} is weak`))).toEqual(["*** is weak"]);
  });
});

/** A message of Postgres' protocol. */
function message(kind: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(kind);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** A server on this machine that counts its connections. */
async function serve(answer: (socket: Socket) => void) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    answer(socket);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `postgres://u:${SECRET}@127.0.0.1:${port}/x`,
    get connections() {
      return connections;
    },
    /** Waits long enough for a client that goes on by itself to be seen. */
    idle: () => passTurns(),
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

async function passTurns(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await yieldToEventLoop();
}

describe("the pool", () => {
  test("never opens more connections than its size, and everybody gets a turn", async () => {
    await using remote = connect({ settings: { ...settings, postgresPoolSize: 2 } });
    let [open, most] = [0, 0];
    const two = Promise.withResolvers<void>();
    const pids = await Promise.all(
      Array.from({ length: 20 }, () =>
        remote.transaction({}, async (query) => {
          most = Math.max(most, ++open);
          if (open === 2) two.resolve();
          await two.promise;
          const [{ pid } = {}] = await query("select pg_backend_pid() as pid");
          open -= 1;
          return pid;
        }),
      ),
    );
    expect([most, new Set(pids).size]).toEqual([2, 2]);
  });

  test("lets nobody wait longer than its limit, and counts them", async () => {
    const counted: string[] = [];
    const soon = { ...clock, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms / 20, signal) };
    await using remote = connect({
      settings: { ...settings, postgresPoolSize: 1 },
      clock: soon,
      count: (event) => counted.push(event),
    });
    const release = Promise.withResolvers<void>();
    const holding = remote.transaction({}, () => release.promise);
    expect(await rejection(remote.transaction({}, (query) => query("select 1")))).toMatchObject({
      code: "pool_timeout",
    });
    release.resolve();
    await holding;
    expect(counted).toEqual(["pool_timeout"]);
    expect(await remote.transaction({}, (query) => query("select 1 as one"))).toEqual([{ one: 1 }]);
  });
});

describe("prepared statements are off on every transaction pooler", () => {
  const REF = "abcdefghijklmnopqrst";
  const URLS = [
    `postgres://postgres.${REF}:p@aws-0-sa-east-1.pooler.supabase.com:6543/postgres`,
    `postgresql://app_login.${REF}:p@aws-1-us-west-2.pooler.supabase.com:6543/postgres?prepare=true&sslmode=require`,
    `postgresql+asyncpg://postgres.${REF}:p@AWS-0-eu-west-1.pooler.supabase.com:6543/postgres`,
    `postgres://postgres:p@db.${REF}.supabase.co:6543/postgres?pgbouncer=false`,
    "postgres://u:p@bouncer.example.com:6543/x?pgbouncer=true",
  ];
  for (const url of URLS)
    test(url.replace(/:p@/, ":***@"), () => {
      const tls = { mode: "verify-full", options: {} } as const;
      const options = driverOptions({
        url,
        profile: connectionProfile(url),
        tls,
        applicationName: "vigia_test",
        clock,
      });
      expect(options.prepare).toBe(false);
      // What the address carries after its question mark never reaches the server.
      expect(options.connection).toEqual({ application_name: "vigia_test" });
      expect(options).toMatchObject({ max: 1, connect_timeout: 10, idle_timeout: 20, max_lifetime: 1800 });
    });
});

const POOLER = process.env.TEST_POOLER_URL;

test.skipIf(!POOLER)(
  "A4: 60 concurrent queries through a transaction pooler (TEST_POOLER_URL) all settle well",
  async () => {
    const url = new URL(POOLER!);
    url.searchParams.set("pgbouncer", "true");
    await using remote = connect({ url: url.href, settings: { ...settings, postgresPoolSize: 6 } });
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        remote.transaction({}, (query) => query("select $1::int as n", [index])),
      ),
    );
    expect(answers.map(([row]) => row?.n)).toEqual(Array.from({ length: 60 }, (_, index) => index));
  },
);

async function untilGone(pid: number): Promise<void> {
  for (;;) {
    const [row] = await database.sql`select count(*)::int as left from pg_stat_activity where pid = ${pid}`;
    if (row?.left === 0) return;
  }
}
