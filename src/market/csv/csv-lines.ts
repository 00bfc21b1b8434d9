import { VigiaError } from "../../kit/errors.ts";

export interface TextLine {
  /** 1 for the first line of the file. */
  number: number;
  text: string;
  /** Longer than `MAX_LINE_LENGTH`: `text` is only its start. */
  tooLong: boolean;
}

/** A bar needs some 80 characters; the rest is room for columns that nobody reads. */
const MAX_LINE_LENGTH = 10_000;
/** A century of daily bars is 25,000 lines and 3 MB. */
const MAX_LINES = 200_000;
const MAX_FILE_BYTES = 50 * 1024 * 1024;

/**
 * Gives `take` each line of a UTF-8 text, without `\n` (a `\r` before it stays) and without a byte order mark. Keeps at
 * most one line in memory. Errors: `file_too_large`, `not_utf8`, and what `take` throws.
 */
export async function readLines(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  take: (line: TextLine) => void,
): Promise<void> {
  // The decoder drops the byte order mark by itself.
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const splitter = createSplitter(take);
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAX_FILE_BYTES) throw new VigiaError("file_too_large", "larger than 50 MB");
    splitter.add(decode(decoder, chunk, splitter.line));
  }
  splitter.add(decode(decoder, undefined, splitter.line));
  splitter.end();
}

function createSplitter(take: (line: TextLine) => void) {
  let number = 1;
  let open = "";
  let tooLong = false;
  const append = (text: string) => {
    tooLong ||= open.length + text.length > MAX_LINE_LENGTH;
    open = tooLong ? (open + text).slice(0, MAX_LINE_LENGTH) : open + text;
  };
  const finish = () => {
    if (number > MAX_LINES) throw new VigiaError("file_too_large", "more than 200,000 lines");
    take({ number, text: open, tooLong });
    number++;
    open = "";
    tooLong = false;
  };
  return {
    get line() {
      return number;
    },
    add(text: string): void {
      let start = 0;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
        append(text.slice(start, end));
        finish();
        start = end + 1;
      }
      append(text.slice(start));
    },
    end(): void {
      if (open !== "") finish();
    },
  };
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, line: number): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (cause) {
    throw new VigiaError("not_utf8", `not UTF-8 text (at line ${line} or later)`, { cause });
  }
}
