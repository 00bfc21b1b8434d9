import { displayWidth } from "./fit-text.ts";
import type { DeadLetter, StreamStatus } from "./mirror-wire.ts";
import type { Column } from "./pick-columns.ts";

export type StreamColumn = "stream" | "state" | "owed" | "since" | "refused" | "sent" | "last";
export type LetterColumn = "subject" | "key" | "tries" | "next" | "why";

/** `03-08 06:00` */
const MOMENT_WIDTH = 11;

const fixed = <Name extends string>(name: Name, title: string, width: number, priority: number) =>
  ({ name, title, minWidth: width, maxWidth: width, align: "right", priority }) satisfies Column<Name>;

/** A column as wide as what stands in it, within limits. */
const sized = <Name extends string>(
  column: { name: Name; title: string; priority: number },
  { min, most }: { min: number; most: number },
  texts: readonly string[],
): Column<Name> => ({
  ...column,
  align: "left",
  minWidth: min,
  maxWidth: Math.max(min, Math.min(most, ...[Math.max(0, ...texts.map(displayWidth))])),
});

/** Columns of the streams, left to right. */
export const streamColumns = (streams: readonly StreamStatus[]): Column<StreamColumn>[] => [
  sized(
    { name: "stream", title: "Stream", priority: 0 },
    { min: 14, most: 32 },
    streams.map(({ stream }) => stream),
  ),
  { ...fixed("state", "State", 7, 1), align: "left" },
  fixed("owed", "Owed", 9, 2),
  fixed("since", "Since", 6, 3),
  fixed("refused", "Refused", 7, 4),
  fixed("sent", "Delivered", 9, 6),
  fixed("last", "Last", MOMENT_WIDTH, 5),
];

/** Columns of the dead letters, left to right. */
export const letterColumns = (letters: readonly DeadLetter[]): Column<LetterColumn>[] => [
  sized(
    { name: "subject", title: "Subject", priority: 0 },
    { min: 10, most: 24 },
    letters.map(({ subject }) => subject),
  ),
  sized(
    { name: "key", title: "Key", priority: 1 },
    { min: 10, most: 40 },
    letters.map(({ key }) => key),
  ),
  fixed("tries", "Tries", 5, 4),
  { ...fixed("next", "Next", MOMENT_WIDTH, 3), align: "left" },
  { name: "why", title: "Why", minWidth: 14, maxWidth: 200, align: "left", priority: 2 },
];
