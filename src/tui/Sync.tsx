import { Box } from "ink";
import { useClockFace } from "./clock-face.ts";
import type { House } from "./house.ts";
import { LetterTable } from "./LetterTable.tsx";
import { Line } from "./Line.tsx";
import { type Mirror, openMirrorOf } from "./mirror.ts";
import { describeLetter, describeStream } from "./mirror-trouble.ts";
import type { StreamStatus } from "./mirror-wire.ts";
import type { Navigation } from "./navigation.ts";
import { usePalette } from "./palette.ts";
import { SectionTitle } from "./SectionTitle.tsx";
import { StreamTable } from "./StreamTable.tsx";
import type { SyncDemands, SyncLayout } from "./sync-layout.ts";
import type { Notice } from "./use-mirror-actions.ts";
import { wrapText } from "./wrap-text.ts";

export interface SyncProps {
  house: House;
  at: Navigation;
  layout: SyncLayout;
  notice: Notice | null;
  nowMs: number;
  columns: number;
}

/** Margin on the left and a column on the right. */
const SENTENCE_MARGIN = 3;
/** A stream that is well says so in two lines. */
const QUIET_LINES = 2;

/** What the screen wants to show; the room for sentences is the same for every entry, so that nothing jumps. */
export function demandsOfSync({ mirror }: House, notice: Notice | null, size: { columns: number }): SyncDemands {
  const { streams = [], letters = null, problem = null } = openMirrorOf(mirror) ?? {};
  const entries = { streams: streams.length, letters: letters?.length ?? 0 };
  const isQuiet = entries.letters === 0 && problem === null && streams.every(isWell);
  const notices = notice ? wrapText(notice.text, size.columns - SENTENCE_MARGIN, Number.POSITIVE_INFINITY) : [];
  return { ...entries, detail: isQuiet ? QUIET_LINES : Number.POSITIVE_INFINITY, notice: notices.length };
}

const isWell = ({ state, last_error: error, dropped_columns: dropped }: StreamStatus): boolean =>
  (state === "idle" || state === "owed") && error === null && dropped.length === 0;

/** The mirror: its streams, the selected entry in full sentences, what was refused, and the answer to the last key. */
export function Sync({ house, at, layout, notice, nowMs, columns }: SyncProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const mirror = openMirrorOf(house.mirror);
  if (!mirror) return <SyncClosed mirror={house.mirror} columns={columns} />;
  const pane = at.pane.sync;
  const { streams, letters } = mirror;
  const letter = letters?.[at.selected.letters];
  const stream = streams[at.selected.streams];
  const shown = pane === "letters" && letter ? describeLetter(letter, nowMs, clock) : "";
  const sentences = shown || (stream ? describeStream(stream, nowMs, clock) : "no streams");
  const detail = mirror.problem ? `${mirror.problem}; what is shown is older. ${sentences}` : sentences;
  const lines = wrapText(detail, columns - SENTENCE_MARGIN, layout.detailRows);
  const answer = notice ? wrapText(notice.text, columns - SENTENCE_MARGIN, layout.noticeRows) : [];
  return (
    <Box flexDirection="column">
      <StreamTable
        {...{ house, mirror, nowMs, columns }}
        rows={layout.rows.streams}
        focused={pane === "streams"}
        selected={at.selected.streams}
      />
      <Box flexDirection="column" height={layout.detailRows} overflow="hidden">
        {lines.map((line, index) => (
          <Line key={index}>{`  ${palette(mirror.problem ? "warn" : "plain", line)}`}</Line>
        ))}
      </Box>
      <LetterTable
        {...{ mirror, nowMs, columns }}
        rows={layout.rows.letters}
        focused={pane === "letters"}
        selected={at.selected.letters}
      />
      {answer.map((line, index) => (
        <Line key={index}>{`  ${palette(notice?.tone ?? "plain", line)}`}</Line>
      ))}
    </Box>
  );
}

const MOST_LINES = 4;

function SyncClosed({ mirror, columns }: { mirror: Mirror | null; columns: number }) {
  return (
    <Box flexDirection="column">
      <SectionTitle title="Streams" columns={columns} focused />
      {wrapText(explainClosed(mirror), columns - SENTENCE_MARGIN, MOST_LINES).map((line) => (
        <Line key={line}>{`  ${line}`}</Line>
      ))}
    </Box>
  );
}

function explainClosed(mirror: Mirror | null): string {
  if (!mirror) return "waiting for the server";
  if (mirror.state === "unreadable") return mirror.problem;
  if (mirror.state === "not allowed") return "The mirror is shown to members of the house: start with --token <token>.";
  if (mirror.state === "unknown here")
    return "This server is older than the mirror to Supabase: update it to have one.";
  return "The mirror to Supabase is off: set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY, leave USE_SUPABASE unset or auto, and start Vigía again to turn it on.";
}
