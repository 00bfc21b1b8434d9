import { seconds } from "../kit/duration.ts";
import { VigiaError } from "../kit/errors.ts";

/** A way to the HTTP API of the house, wherever it is. */
export interface Connection {
  /** Where it leads, for people. */
  readonly address: string;
  /** What to do when the token is refused. */
  readonly tokenHint: string;
  /**
   * `path` starts at the root, for example `/api/jobs/status`. Without a signal in `init` the call ends with the command
   * and after `CALL_LIMIT_MS`. Errors: `unreachable`, `no_answer`.
   */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** Time limit of one call; the longest one stores an import of 64 MB. */
export const CALL_LIMIT_MS = seconds(60);

interface RemoteOptions {
  base: string;
  token: () => Promise<string | undefined>;
  tokenHint: string;
  /** Aborts when the command is interrupted. */
  signal: AbortSignal;
}

/** A house that listens somewhere. */
export function connectRemote({ base, token, tokenHint, signal }: RemoteOptions): Connection {
  return {
    address: base,
    tokenHint,
    async fetch(path, init = {}) {
      const limited = init.signal ?? AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)]);
      try {
        return await fetch(`${base}${path}`, await authorized({ ...init, signal: limited }, token));
      } catch (cause) {
        if (signal.aborted || cause instanceof VigiaError) throw cause;
        if (limited.aborted && (limited.reason as Error | undefined)?.name !== "TimeoutError") throw cause;
        throw limited.aborted ? noAnswer(base, cause) : unreachable(base, cause);
      }
    },
    close: async () => {},
  };
}

/** The call with a token, when there is one. */
export async function authorized(
  init: RequestInit | undefined,
  token: () => Promise<string | undefined>,
): Promise<RequestInit> {
  const headers = new Headers(init?.headers);
  const value = await token();
  if (value) headers.set("authorization", `Bearer ${value}`);
  return { ...init, headers };
}

/** The address without its last slashes. Errors: `bad_usage`. */
export function checkedAddress(text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, "");
  throw new VigiaError("bad_usage", `--url ${text} is not an address.`, { hint: "Write http://127.0.0.1:8000." });
}

const unreachable = (base: string, cause: unknown) =>
  new VigiaError("unreachable", `Vigía does not answer at ${base}.`, {
    hint: "Check that it runs (bun run start) and that the address is right.",
    cause,
  });

const noAnswer = (base: string, cause: unknown) =>
  new VigiaError("no_answer", `Vigía at ${base} took the call and did not answer within its time limit.`, {
    hint: "Try again; its log says what it is busy with.",
    retryable: true,
    cause,
  });
