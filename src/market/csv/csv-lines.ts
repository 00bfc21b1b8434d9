import { VigiaError } from "../../kit/errors.ts";

export interface TextLine {
  /** 1 for the first line of the file. */
  number: number;
  text: string;
  /** Longer than `MAX_LINE_LENGTH`: `text` is only its start. */
  tooLong: boolean;
}

/** A bar needs some 80 characters; the rest is room for columns that nobody reads. */
export const MAX_LINE_LENGTH = 10_000;
/** A century of daily bars is 3 MB. */
export const MAX_FILE_BYTES = 50 * 1024 * 1024;

/**
 * Lines of a UTF-8 text, without their ends (`\n`, `\r\n`) and without a byte order mark. Reads in pieces, keeps at most
 * one line. Errors: `file_too_large`, `not_utf8`.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<TextLine> {
  // The decoder drops the byte order mark by itself.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const open = { number: 1, text: "", tooLong: false };
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAX_FILE_BYTES) throw new VigiaError("file_too_large", "larger than 50 MB");
    yield* takeLines(decode(decoder, chunk, open.number), open);
  }
  yield* takeLines(decode(decoder, undefined, open.number), open);
  if (open.text !== "") yield finished(open);
}

function* takeLines(text: string, open: TextLine): Generator<TextLine> {
  let start = 0;
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
    append(open, text.slice(start, end));
    yield finished(open);
    open.number++;
    open.text = "";
    open.tooLong = false;
    start = end + 1;
  }
  append(open, text.slice(start));
}

function append(line: TextLine, text: string): void {
  line.tooLong ||= line.text.length + text.length > MAX_LINE_LENGTH;
  line.text = (line.text + text).slice(0, MAX_LINE_LENGTH);
}

function finished({ number, text, tooLong }: TextLine): TextLine {
  return { number, text: text.endsWith("\r") ? text.slice(0, -1) : text, tooLong };
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, line: number): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw new VigiaError("not_utf8", `not UTF-8 text (at line ${line} or later)`, { cause });
  }
}
