/** Lines after which the next empty line ends a part: the lexer's time grows faster than its input. */
const PART_LINES = 150;
/** Where a part ends without an empty line: one paragraph of 500 lines takes the lexer 25 times as long as one of 300. */
const MAX_PART = { lines: 300, characters: 20_000 };
/** Rows are read faster, and a cut shows: the header is said again. */
const MAX_TABLE = { lines: 2_000, characters: 400_000 };
/** Nobody writes such lines; the patterns of a lexer take long on them. */
const MAX_LINE_CHARACTERS = 10_000;
/** A line that opens more than this many quotes and lists at once. */
const DEEP_NESTING = /^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){12}/;
/** Indentation of a list inside lists inside lists … */
const DEEP_INDENT = /^[ \t]{60}/;
const TABLE_RULE = /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const FENCE = /^ {0,3}(```|~~~)/;

/** A piece of a document that can be read by itself; `isPlain` ones are not Markdown any more. */
export interface MarkdownPart {
  text: string;
  isPlain: boolean;
}

/**
 * Cuts a long document where nothing is lost by it: at empty lines, inside long tables with the header said again, and
 * where a line is beyond all reason, which is then printed as it stands.
 */
export function* splitMarkdown(markdown: string): Generator<MarkdownPart> {
  let lines: string[] = [];
  let characters = 0;
  let fence: string | undefined;
  let tableHeader: string[] | undefined;
  const flush = (next: readonly string[] = []): MarkdownPart => {
    const text = lines.join("\n");
    lines = [...next];
    characters = 0;
    return { text, isPlain: false };
  };
  for (const line of linesOf(markdown)) {
    if (line.length > MAX_LINE_CHARACTERS || DEEP_NESTING.test(line) || DEEP_INDENT.test(line)) {
      if (lines.length > 0) yield flush();
      fence = tableHeader = undefined;
      yield { text: line, isPlain: true };
      continue;
    }
    const isOpen = fence === undefined;
    fence = fenceAfter(line, fence);
    if (isOpen && TABLE_RULE.test(line) && line.includes("|") && lines.at(-1)?.includes("|"))
      tableHeader = [lines.at(-1)!, line];
    else if (line.trim() === "") tableHeader = undefined;
    lines.push(line);
    characters += line.length;
    const most = tableHeader ? MAX_TABLE : MAX_PART;
    const isFull = lines.length >= most.lines || characters >= most.characters;
    const isBreak = lines.length >= PART_LINES && fence === undefined && line.trim() === "";
    if (isFull || isBreak) yield flush(fence ? [fence] : tableHeader);
  }
  if (lines.length > 0) yield flush();
}

function fenceAfter(line: string, fence: string | undefined): string | undefined {
  const [, mark] = FENCE.exec(line) ?? [];
  if (!mark) return fence;
  return fence === undefined ? mark : fence === mark ? undefined : fence;
}

function* linesOf(text: string): Generator<string> {
  let start = 0;
  while (start <= text.length) {
    const end = text.indexOf("\n", start);
    const stop = end < 0 ? text.length : end;
    yield text.slice(start, text[stop - 1] === "\r" && stop > start ? stop - 1 : stop);
    start = stop + 1;
  }
}
