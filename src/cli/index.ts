import { EXIT } from "../jobs/exit-codes.ts";
import { runCommandLine } from "./program.ts";

/** `bun run vigia <command>`: data on standard output, errors on standard error, the exit codes of docs/cli.md. */
const interrupt = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort(new Error("Interrupted."));
  });
}

// A reader that goes away (`vigia runs | head -1`) ends the output, not the work. A full disk is a failure.
let outputLost = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE" || outputLost) return;
  outputLost = true;
  process.stderr.write(`Standard output cannot be written (${error.code}).\n`);
  process.exitCode = EXIT.failure;
});
process.stderr.on("error", () => {});

// Calls to a process on this machine never leave it, whatever HTTP_PROXY says.
process.env.NO_PROXY = [process.env.NO_PROXY ?? process.env.no_proxy, "127.0.0.1,localhost,::1"]
  .filter(Boolean)
  .join(",");

const exitCode = await runCommandLine(process.argv.slice(2), {
  output: {
    data: (text) => void process.stdout.write(text.endsWith("\n") ? text : `${text}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    color: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  },
  environment: process.env,
  signal: interrupt.signal,
});
process.exitCode = outputLost ? EXIT.failure : exitCode;
