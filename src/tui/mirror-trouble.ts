import type { ClockFace } from "./clock-face.ts";
import type { OpenMirror } from "./mirror.ts";
import { renderNumber } from "./mirror-text.ts";
import type { DeadLetter, StreamStatus } from "./mirror-wire.ts";
import type { Tone } from "./palette.ts";

export interface Trouble {
  tone: Tone;
  text: string;
}

/** What of the mirror wants the operator, in a line each and with what to press; worst first. */
export function listTroubles({ streams, status }: OpenMirror): Trouble[] {
  const blocked = streams.filter(({ state }) => state === "blocked");
  const failing = streams.filter(({ state, owed, last_error: error }) => state !== "blocked" && owed > 0 && error);
  const [first] = blocked;
  const [failed] = failing;
  const refused = status.dead_letters;
  return [
    ...(first
      ? [{ tone: "bad" as const, text: `!! blocked (press 3): ${nameAll(blocked)}: ${first.blocked_reason ?? "?"}` }]
      : []),
    ...(refused > 0
      ? [{ tone: "bad" as const, text: `!! refused (press 3, then tab): ${rows(refused)}; r sends again, d gives up` }]
      : []),
    ...(failed
      ? [{ tone: "warn" as const, text: `!  not sent (press 3): ${nameAll(failing)}: ${failed.last_error}` }]
      : []),
  ];
}

const nameAll = (streams: readonly StreamStatus[]): string =>
  streams.length > 3
    ? `${streams.length} streams, first ${streams[0]?.stream}`
    : streams.map(({ stream }) => stream).join(", ");

const rows = (count: number): string => (count === 1 ? "1 row" : `${renderNumber(count)} rows`);

/** How a stream is, in full sentences. */
export function describeStream(stream: StreamStatus, nowMs: number, clock: ClockFace): string {
  const { stream: name, state, owed, blocked_reason: reason, last_error: error } = stream;
  const waits = owed === 1 ? "1 change waits" : `${renderNumber(owed)} changes wait`;
  const sentences: Partial<Record<string, string>> = {
    blocked: `${name} is blocked: ${endless(reason ?? "no reason was given")}. ${waits}; when the cause is gone, f sends again.`,
    paused: `${name} is paused: ${waits} until it is resumed with \`vigia mirror resume ${name}\`.`,
    owed: `${name}: ${waits} to be sent.`,
    idle: `${name} is up to date, ${rows(stream.rows_delivered)} sent so far.`,
    off: `${name} is off: ENABLE_SUPABASE_UPLOAD is false.`,
  };
  return [
    sentences[state] ?? `${name} is ${state}.`,
    error && state !== "blocked" ? `Its last delivery failed and is tried again: ${endless(error)}.` : "",
    stream.dead_letters > 0
      ? `${rows(stream.dead_letters)} of it ${stream.dead_letters === 1 ? "was" : "were"} refused: see the dead letters (tab).`
      : "",
    stream.dropped_columns.length > 0
      ? `It goes without ${stream.dropped_columns.join(", ")}: Supabase does not have these columns.`
      : "",
    describeCounts(stream, nowMs, clock),
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function describeCounts(stream: StreamStatus, nowMs: number, clock: ClockFace): string {
  const { checked_at: at, local_count: here, remote_count: there } = stream;
  if (at === null || here === null || there === null) return "";
  return `Counted ${clock.moment(at, nowMs)}: ${renderNumber(here)} here, ${renderNumber(there)} there.`;
}

/** Why something was refused, and what comes next, in full sentences. */
export function describeLetter(letter: DeadLetter, nowMs: number, clock: ClockFace): string {
  const { attempts, code, message, state, next_try_at: next, first_failed_at: first } = letter;
  const since = first === null ? "" : ` since ${clock.moment(first, nowMs)}`;
  const times = attempts === 1 ? "once" : `${attempts} times`;
  const why = endless([code, message].filter(Boolean).join(": ")) || "no reason was given";
  const then =
    state === "parked" || next === null
      ? "It is not tried again by itself: r sends it with the next delivery, d gives it up."
      : `It is tried again ${clock.moment(next, nowMs)}; r sends it with the next delivery, d gives it up.`;
  return `${nameLetter(letter)} was refused ${times}${since}. ${then} Why: ${why}.`;
}

export const nameLetter = ({ subject, key }: DeadLetter): string => `${subject} ${key}`.trim();

/** Without its full stop: one follows. */
const endless = (sentence: string): string => sentence.replace(/[.\s]+$/, "");
