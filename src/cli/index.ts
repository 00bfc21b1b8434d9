import { EXIT } from "../jobs/exit-codes.ts";
import { runCommandLine } from "./program.ts";

/** `bun run vigia <command>`: data on standard output, errors on standard error, the exit codes of docs/cli.md. */
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort(new Error("Interrupted."));
  });
}
// A reader that goes away (`vigia runs | head -1`) ends the output, not the work.
process.stdout.on("error", () => {});

process.exitCode = await runCommandLine(process.argv.slice(2), {
  output: {
    data: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    color: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  },
  environment: process.env,
  signal: interrupt.signal,
});
