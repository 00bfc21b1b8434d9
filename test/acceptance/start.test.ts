import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { boot, runToEnd, temporaryDataDir } from "../support/boot.ts";
import { soakTimes } from "../support/soak.ts";

setDefaultTimeout(120_000);

interface Latest {
  analysis_date: string;
  data_source: string;
  items: { ticker: string; summary: string; data_source: string; recommendation: string }[];
}

describe("bun run start", () => {
  test("with no configuration: sample results, plainly labelled, and a token printed once", async () => {
    using data = temporaryDataDir();
    const child = boot({ dataDir: data.path });
    const url = await child.url();
    await child.waitForOutput(/"event":"run\.finished/);
    expect(child.output()).toMatch(/sample/i);
    const live = await fetch(`${url}/health/live`);
    expect([live.status, await live.text()]).toEqual([200, '{"status":"healthy"}']);
    const latest = (await (await fetch(`${url}/api/recommendations/latest?format=envelope`)).json()) as Latest;
    expect(latest.data_source).toBe("sample");
    expect(latest.items.length).toBeGreaterThan(10);
    for (const item of latest.items) {
      expect(item.data_source).toBe("sample");
      expect(item.summary).toContain("datos de muestra");
    }
    const token = await child.waitForOutput(/token[^A-Za-z0-9_-]+([A-Za-z0-9_-]{40,})/i);
    expect(statSync(join(data.path, "vigia.lock")).mode & 0o777).toBe(0o600);
    const paused = await fetch(`${url}/api/jobs/daily_analysis/pause`, {
      method: "POST",
      headers: { authorization: `Bearer ${token[1]}` },
    });
    expect(paused.status).toBeLessThan(300);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);
    expect(existsSync(join(data.path, "vigia.lock"))).toBe(false);

    const again = boot({ dataDir: data.path });
    await again.url();
    again.kill("SIGTERM");
    expect(await again.exited).toBe(0);
    expect(again.output()).not.toContain(token[1]!);
  });

  test("bad settings are all reported, nothing is created, exit 78", async () => {
    using data = temporaryDataDir();
    const { code, output } = await runToEnd({ dataDir: data.path, environment: { PORT: "nope", MARKET_DATA: "ftp" } });
    expect(code).toBe(78);
    expect(output).toMatch(/PORT[\s\S]*MARKET_DATA|MARKET_DATA[\s\S]*PORT/);
    expect(existsSync(data.path)).toBe(false);
  });

  test("a port in use is named with the remedy", async () => {
    using data = temporaryDataDir();
    using taken = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("x") });
    const { code, output } = await runToEnd({ dataDir: data.path, environment: { PORT: String(taken.port) } });
    expect(code).toBe(1);
    expect(output).toContain(String(taken.port));
    expect(output).toMatch(/PORT/);
  });

  test(`row 17: of two processes starting together exactly one runs (${soakTimes(4, 20)} times)`, async () => {
    for (let round = 0; round < soakTimes(4, 20); round++) {
      using data = temporaryDataDir();
      const pair = [boot({ dataDir: data.path }), boot({ dataDir: data.path })];
      const loser = await Promise.race(pair.map(async (child) => ({ child, code: await child.exited })));
      const winner = pair.find((child) => child !== loser.child)!;
      expect(loser.code).toBe(1);
      expect(loser.child.output()).toMatch(new RegExp(`${winner.pid}`));
      const url = await winner.url();
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
      winner.kill("SIGTERM");
      expect(await winner.exited).toBe(0);
    }
  });

  test("RUN_ONCE runs every enabled job, due or not, and exits with the worst outcome's code", async () => {
    using data = temporaryDataDir();
    const once = await runToEnd({ dataDir: data.path, environment: { RUN_ONCE: "true" } });
    expect(once.code).toBe(0);
    const unknown = await runToEnd({ dataDir: data.path, environment: { RUN_ONCE: "no_such_job" } });
    expect(unknown.code).toBe(78);
    expect(unknown.output).toContain("no_such_job");
    const empty = await runToEnd({
      dataDir: join(data.path, "empty"),
      environment: { RUN_ONCE: "daily_analysis", MARKET_DATA: "csv", MARKET_DATA_DIR: "test" },
    });
    expect(empty.code).toBe(1);
  });
});
