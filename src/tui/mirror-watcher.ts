import type { Api } from "./api.ts";
import { type Mirror, readMirror, unreadMirror } from "./mirror.ts";
import type { Sleep } from "./time-limit.ts";
import { createWants } from "./wants.ts";

export interface MirrorWatch {
  /** Something has happened that is worth a read now. */
  wake(): void;
  /** The operator looks at it: read more often, dead letters too. */
  watchClosely(closely: boolean): void;
}

export interface MirrorWatchOptions {
  api: Api;
  now: () => Date;
  sleep: Sleep;
  signal: AbortSignal;
  /** Whether a delivery goes on now. */
  isDraining: () => boolean;
  onChange: (mirror: Mirror) => void;
}

/** Least time between two reads, however much happens. */
const READ_SPACING_MS = 1_000;
const CLOSE_POLL_MS = 5_000;
const POLL_MS = 15_000;
/** A mirror that is off is turned on by a restart, which ends the event stream too. */
const OFF_POLL_MS = 60_000;
const FAILED_POLL_MS = 30_000;

/** Reads the mirror's state beside the house's: an older or an ailing server must not count as lost for it. */
export function watchMirror({ api, now, sleep, signal, isDraining, onChange }: MirrorWatchOptions): MirrorWatch {
  const wants = createWants(["mirror"]);
  let mirror: Mirror | null = null;
  let closely = false;
  let failed = false;

  readForever().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return {
    wake: () => wants.add("mirror"),
    watchClosely(wanted) {
      if (wanted && !closely) wants.add("mirror");
      closely = wanted;
    },
  };

  async function readForever(): Promise<never> {
    for (;;) {
      wants.take();
      await read();
      await sleep(READ_SPACING_MS, signal);
      await wants.waitForMore(pauseMs() - READ_SPACING_MS, sleep, signal);
    }
  }

  async function read(): Promise<void> {
    try {
      mirror = await readMirror({ api, before: mirror, withLetters: closely, now, signal });
      failed = false;
    } catch (error) {
      signal.throwIfAborted();
      mirror = unreadMirror(mirror, error);
      failed = true;
    }
    onChange(mirror);
  }

  function pauseMs(): number {
    if (failed) return FAILED_POLL_MS;
    if (closely || isDraining()) return CLOSE_POLL_MS;
    return mirror?.state === "on" ? POLL_MS : OFF_POLL_MS;
  }
}
