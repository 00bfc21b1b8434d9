import type { ExitCode } from "../jobs/exit-codes.ts";
import type { Connection } from "./connection.ts";
import type { Output } from "./output.ts";

/** Options that every command takes. */
export interface GlobalOptions {
  json?: boolean;
  tenant?: string;
  envFile?: string;
  url?: string;
  token?: string;
  yes?: boolean;
  color?: boolean;
}

/** What a command gets: its way out, its way to the house, and the common options. */
export interface CommandContext {
  output: Output;
  globals: GlobalOptions;
  environment: Readonly<Record<string, string | undefined>>;
  /** Connects to the running process, to `--url`, or opens the house in this process; closed when the command ends. */
  connect(): Promise<Connection>;
  signal: AbortSignal;
  /** Sets the exit code; the default is 0. */
  exit(code: ExitCode): void;
}

/** Runs `action` with its context; what it opened is closed whatever happens. */
export type Handler = (action: (context: CommandContext) => Promise<void>) => Promise<void>;
