import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { resolve } from "node:path";
import { boot, runToEnd, temporaryDataDir } from "../support/boot.ts";

setDefaultTimeout(60_000);

/** The command line as it ships, in a process of its own. */
const script = "src/cli/index.ts";
const ROOT = resolve(import.meta.dir, "../..");

describe("vigia in a process of its own", () => {
  test("finds the running process, whatever HTTP_PROXY says, and works through it", async () => {
    using data = temporaryDataDir();
    const house = boot({
      dataDir: data.path,
      environment: { RECOMMENDATION_TICKERS: "YPF", SCHEDULER_ENABLED: "false" },
    });
    await house.url();
    const environment = { HTTP_PROXY: "http://127.0.0.1:1", http_proxy: "http://127.0.0.1:1" };
    const run = await runToEnd({ dataDir: data.path, environment, script, args: ["run", "daily_analysis"] });
    expect(run.output).toMatch(/Run \d+ of daily_analysis: ok after/);
    expect(run.code).toBe(0);
    const tui = await runToEnd({ dataDir: data.path, script, args: ["tui"] });
    expect(tui.code).toBe(1);
    expect(tui.output).toMatch(/needs a terminal/);
    house.kill("SIGTERM");
    expect(await house.exited).toBe(0);
  });

  test("Ctrl+C cancels the run and exits with 130", async () => {
    using data = temporaryDataDir();
    const tickers = Array.from({ length: 400 }, (_, index) => `T${String(index).padStart(3, "0")}X`).join(",");
    const options = { dataDir: data.path, environment: { RECOMMENDATION_TICKERS: tickers }, script };
    const command = boot({ ...options, args: ["run", "daily_analysis"] });
    await command.waitForOutput(/daily_analysis: \d+\/400/);
    command.kill("SIGINT");
    expect(await command.exited).toBe(130);
    const { output } = await runToEnd({ ...options, args: ["runs"] });
    expect(output).toMatch(/daily_analysis +manual.+cancelled/);
  });

  test("a reader that goes away ends the output, not the command; a full disk is a failure", async () => {
    using data = temporaryDataDir();
    const vigia = `'${process.execPath}' run ${script} settings --json --env-file /dev/null`;
    const shell = async (line: string) => {
      const env = { PATH: process.env.PATH ?? "", VIGIA_DATA_DIR: data.path };
      const child = Bun.spawn(["bash", "-c", line], { cwd: ROOT, env, stdout: "pipe", stderr: "pipe" });
      const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      return { code: await child.exited, output, errors };
    };
    const head = await shell(`${vigia} | head -1; exit \${PIPESTATUS[0]}`);
    expect(head).toEqual({ code: 0, output: "{\n", errors: "" });
    const gone = await shell(`${vigia} | true; exit \${PIPESTATUS[0]}`);
    expect(gone).toEqual({ code: 0, output: "", errors: "" });
    const slow = await shell(`${vigia} | (sleep 0.3; wc -c)`);
    expect(Number(slow.output)).toBeGreaterThan(5_000);
    if (process.platform !== "linux") return;
    const full = await shell(`${vigia} > /dev/full`);
    expect(full.code).toBe(1);
    expect(full.errors).toMatch(/ENOSPC/);
  });
});
