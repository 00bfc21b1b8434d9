import { FRAME_ROWS } from "./overview-layout.ts";

/** Title, the state of the whole and column titles above the streams. */
export const STREAMS_HEADING_ROWS = 3;
/** Title and column titles above the dead letters. */
export const LETTERS_HEADING_ROWS = 2;

/** Most lines of the sentences about what is selected, and of an action's answer. */
const MAX_DETAIL_ROWS = 4;
const MAX_NOTICE_ROWS = 2;

export interface SyncLayout {
  /** Rows of each list, without what is above it. */
  rows: Record<"streams" | "letters", number>;
  /** Rows of the sentences between the lists. */
  detailRows: number;
  noticeRows: number;
}

export interface SyncDemands {
  streams: number;
  letters: number;
  /** Lines that the longest sentences of any entry take. */
  detail: number;
  /** Lines that the answer to an action takes. */
  notice: number;
}

/** Most lines of detail that a terminal of this height gives. */
export const mostDetailRows = (rows: number): number => Math.max(1, Math.min(MAX_DETAIL_ROWS, Math.floor(rows / 8)));

/** Shares the screen between the two lists, which want a row for each entry; never gives out more rows than there are. */
export function layOutSync(terminalRows: number, wanted: SyncDemands): SyncLayout {
  const detailRows = Math.min(wanted.detail, mostDetailRows(terminalRows));
  const noticeRows = Math.min(wanted.notice, MAX_NOTICE_ROWS);
  const taken = FRAME_ROWS + STREAMS_HEADING_ROWS + LETTERS_HEADING_ROWS + detailRows + noticeRows;
  const free = Math.max(0, terminalRows - taken);
  const lettersFirst = Math.min(wanted.letters, Math.max(1, Math.floor(free / 3)));
  const streams = Math.min(wanted.streams, Math.max(0, free - lettersFirst));
  const letters = Math.min(wanted.letters, free - streams);
  return { rows: { streams, letters }, detailRows, noticeRows };
}
