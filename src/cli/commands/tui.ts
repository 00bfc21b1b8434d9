import type { Command } from "commander";
import { createSystemClock } from "../../kit/clock.ts";
import { VigiaError } from "../../kit/errors.ts";
import type { Handler } from "../context.ts";

/** `vigia tui [--url --token]`: the dashboard of a running process. */
export function registerTui(program: Command, handle: Handler): void {
  program
    .command("tui")
    .description("open the dashboard of the running process (or of --url)")
    .action(() =>
      handle(async ({ output, connect, signal }) => {
        if (!process.stdout.isTTY)
          throw new VigiaError("no_terminal", "The dashboard needs a terminal.", {
            hint: "Use vigia jobs, runs and scores in scripts.",
          });
        const connection = await connect();
        const { startDashboard } = await import("../../tui/index.ts");
        const dashboard = startDashboard({
          fetch: (path, init) => connection.fetch(path, init),
          url: connection.address,
          color: output.color,
          stdin: process.stdin,
          stdout: process.stdout,
          now: createSystemClock().now,
        });
        signal.addEventListener("abort", () => dashboard.stop(), { once: true });
        await dashboard.done;
      }),
    );
}
