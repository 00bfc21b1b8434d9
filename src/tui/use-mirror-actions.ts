import { useEffect, useRef, useState } from "react";
import { z } from "zod";
import { type Api, ApiError } from "./api.ts";
import type { MirrorAction } from "./keys.ts";
import type { OpenMirror } from "./mirror.ts";
import { nameLetter } from "./mirror-trouble.ts";
import { type DeadLetter, runBegunWire } from "./mirror-wire.ts";
import type { Tone } from "./palette.ts";

/** What became of a key, in a sentence. */
export interface Notice {
  tone: Tone;
  text: string;
}

/** What the keys are about. */
export interface MirrorTarget {
  mirror: OpenMirror | null;
  /** The dead letter that is selected, where the keys move in them. */
  letter: DeadLetter | null;
}

export interface MirrorActions {
  notice: Notice | null;
  act(action: MirrorAction, target: MirrorTarget): void;
  /** Another key was pressed: the notice goes, and what was asked is not done. */
  dismiss(): void;
}

const NO_LETTER: Notice = {
  tone: "warn",
  text: "r and d are about the selected dead letter: tab goes to them, where there are any.",
};

/** Keys that change the mirror: one at a time, each answered by what it did or by the server's own sentence. */
export function useMirrorActions({ api, onDone }: { api: Api; onDone: () => void }): MirrorActions {
  const [notice, setNotice] = useState<Notice | null>(null);
  /** The letter that the next `d` gives up: the one that was asked about, wherever the list has moved since. */
  const asked = useRef<string | null>(null);
  const busy = useRef(false);
  const { current: stopping } = useRef(new AbortController());
  useEffect(() => () => stopping.abort(), [stopping]);

  const send = async (done: Promise<string>) => {
    busy.current = true;
    setNotice({ tone: "dim", text: "asking the server" });
    try {
      setNotice({ tone: "good", text: await done });
      onDone();
    } catch (error) {
      if (stopping.signal.aborted) return;
      setNotice({
        tone: "bad",
        text: error instanceof ApiError ? error.message : "No answer: nothing may have changed.",
      });
    } finally {
      busy.current = false;
    }
  };
  return {
    notice,
    dismiss() {
      asked.current = null;
      if (!busy.current) setNotice(null);
    },
    act(action, { mirror, letter }) {
      if (!mirror || busy.current) return;
      const confirmed = asked.current;
      asked.current = null;
      if (action === "flush") return void send(flush(api, stopping.signal));
      if (action === "pause") return void send(pause(api, !mirror.status.paused, stopping.signal));
      if (action === "discard" && confirmed !== null) return void send(discard(api, confirmed, stopping.signal));
      if (!letter) return setNotice(NO_LETTER);
      if (action === "replay") return void send(replay(api, letter, stopping.signal));
      asked.current = letter.id;
      const name = nameLetter(letter);
      setNotice({ tone: "warn", text: `Give up ${name} for good? d again does it, any other key leaves it.` });
    },
  };
}

async function flush(api: Api, signal: AbortSignal): Promise<string> {
  const { run_id: runId } = await api.post("/api/mirror/flush", runBegunWire, signal);
  return `Run ${runId} sends everything owed now; enter shows its log.`;
}

async function pause(api: Api, paused: boolean, signal: AbortSignal): Promise<string> {
  await api.post(`/api/mirror/${paused ? "pause" : "resume"}`, z.unknown(), signal);
  return paused
    ? "Paused: changes wait here until p is pressed again."
    : "Resumed: what is owed is sent, blocked streams too.";
}

async function replay(api: Api, letter: DeadLetter, signal: AbortSignal): Promise<string> {
  await api.post(`/api/dead-letters/${encodeURIComponent(letter.id)}/replay`, z.unknown(), signal);
  return `${nameLetter(letter)} is sent again with the next delivery; f sends it now.`;
}

async function discard(api: Api, id: string, signal: AbortSignal): Promise<string> {
  await api.post(`/api/dead-letters/${encodeURIComponent(id)}/discard`, z.unknown(), signal);
  return "Given up: it is not sent again while it stays as it is.";
}
