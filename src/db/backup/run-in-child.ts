import { fileURLToPath } from "node:url";
import type { Inspection } from "./inspect-database.ts";

export type ChildWork =
  | { kind: "copy"; source: string; target: string }
  | { kind: "inspect"; path: string }
  | { kind: "forget_deliveries"; path: string }
  | { kind: "probe"; path: string };

export interface ChildAnswer {
  inspection?: Inspection;
  failure?: { code: string; message: string };
}

const SCRIPT = fileURLToPath(new URL("./child.ts", import.meta.url));
/** All that a process needs to run: no setting and no secret of the house. */
const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG"] as const;

/**
 * Copies or inspects a database in a process of its own. libSQL works synchronously: here it would stop the event loop
 * for seconds, and even in a thread no abort could end it. A child can be killed, and its memory is gone with it.
 * Errors: SQLite's or the system's with their `code`; the signal's reason.
 */
export async function inspectInChild(
  work: Extract<ChildWork, { kind: "copy" | "inspect" }>,
  signal?: AbortSignal,
): Promise<Inspection> {
  const { inspection } = await runInChild(work, signal);
  if (!inspection) throw new Error("The child that looks into databases gave no result.");
  return inspection;
}

/** What the copy says was delivered to Supabase is older than what is there: everything will be owed again. */
export async function forgetDeliveriesInChild(path: string): Promise<void> {
  await runInChild({ kind: "forget_deliveries", path });
}

/** Errors: SQLite's when the file does not open. */
export async function probeInChild(path: string): Promise<void> {
  await runInChild({ kind: "probe", path });
}

async function runInChild(work: ChildWork, signal?: AbortSignal): Promise<ChildAnswer> {
  signal?.throwIfAborted();
  const child = Bun.spawn([process.execPath, SCRIPT, JSON.stringify(work)], {
    env: Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const kill = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const [output, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    signal?.throwIfAborted();
    return readAnswer(output, `exit ${child.signalCode ?? code}: ${errors.slice(-MAX_ERRORS)}`);
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

/** Characters of what a broken child said that go into the error. */
const MAX_ERRORS = 2_000;

function readAnswer(output: string, ending: string): ChildAnswer {
  let answer: ChildAnswer;
  try {
    answer = JSON.parse(output) as ChildAnswer;
  } catch (cause) {
    throw new Error(`The child that looks into databases ended early (${ending}).`, { cause });
  }
  const { failure } = answer;
  if (failure) throw Object.assign(new Error(failure.message), { code: failure.code });
  return answer;
}
