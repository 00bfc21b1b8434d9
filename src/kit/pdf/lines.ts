import { MARK_PATTERN, type Mark, markOf } from "./printable-text.ts";
import type { Span } from "./spans.ts";
import type { FontName } from "./theme.ts";

/** A run of one look inside a line, or a mark. */
export interface Piece extends Omit<Span, "text"> {
  text: string;
  mark?: Mark;
  /** Points from the beginning of the line. */
  x: number;
  width: number;
}

export interface Line {
  pieces: Piece[];
  width: number;
}

/** Width in points of text in a font at the size in use. */
export type Measure = (text: string, font: FontName) => number;

/** Letters between which no line may break, of one or more looks: `**bold**,`. */
interface Word {
  parts: Span[];
  width: number;
  isAfterSpace: boolean;
  isAfterBreak: boolean;
}

/** Breaks spans into lines of at most `width` points, lazily; a word wider than a line is broken anywhere. */
export function* breakLines(spans: readonly Span[], width: number, measure: Measure): Generator<Line> {
  let line = emptyLine();
  for (const word of wordsOf(spans, measure)) {
    const spaceWidth = word.isAfterSpace && line.pieces.length > 0 ? measure(" ", word.parts[0]!.font) : 0;
    if (word.isAfterBreak || (line.pieces.length > 0 && line.width + spaceWidth + word.width > width)) {
      yield line;
      line = emptyLine();
    } else if (spaceWidth > 0) appendSpace(line, spaceWidth, word.parts[0]!);
    if (word.width <= width) {
      for (const part of word.parts) append(line, part, measure);
      continue;
    }
    for (const part of word.parts)
      for (const letter of part.text) {
        const letterWidth = widthOf(letter, part.font, measure);
        if (line.pieces.length > 0 && line.width + letterWidth > width) {
          yield line;
          line = emptyLine();
        }
        append(line, { ...part, text: letter }, measure);
      }
  }
  if (line.pieces.length > 0) yield line;
}

/** Width of the whole text on one line, and of its widest word. */
export function measureSpans(spans: readonly Span[], measure: Measure): { line: number; word: number } {
  let line = 0;
  let widest = 0;
  let longest = 0;
  for (const word of wordsOf(spans, measure)) {
    if (word.isAfterBreak) line = 0;
    line += word.width + (word.isAfterSpace && line > 0 ? measure(" ", word.parts[0]!.font) : 0);
    widest = Math.max(widest, word.width);
    longest = Math.max(longest, line);
  }
  return { line: longest, word: widest };
}

const emptyLine = (): Line => ({ pieces: [], width: 0 });

function* wordsOf(spans: readonly Span[], measure: Measure): Generator<Word> {
  let word: Word = { parts: [], width: 0, isAfterSpace: false, isAfterBreak: false };
  for (const source of spans)
    for (const text of source.text.split(/([ \n]+)/)) {
      if (text === "") continue;
      if (!/^[ \n]/.test(text)) {
        word.parts.push({ ...source, text });
        word.width += widthOf(text, source.font, measure);
        continue;
      }
      if (word.parts.length > 0) {
        yield word;
        word = { parts: [], width: 0, isAfterSpace: false, isAfterBreak: false };
      }
      word.isAfterSpace = true;
      word.isAfterBreak ||= text.includes("\n");
    }
  if (word.parts.length > 0) yield word;
}

/** A mark is as wide as a letter is high. */
const MARK_WIDTH_OF = "M";

function widthOf(text: string, font: FontName, measure: Measure): number {
  if (!MARK_PATTERN.test(text)) return measure(text, font);
  return text.split(MARK_PATTERN).reduce((sum, part) => sum + measure(markOf(part) ? MARK_WIDTH_OF : part, font), 0);
}

function append(line: Line, part: Span, measure: Measure): void {
  for (const text of part.text.split(MARK_PATTERN)) {
    if (text === "") continue;
    const mark = markOf(text);
    const width = measure(mark ? MARK_WIDTH_OF : text, part.font);
    const last = line.pieces.at(-1);
    if (last && !mark && !last.mark && looksAlike(last, part)) {
      last.text += text;
      last.width += width;
    } else line.pieces.push({ ...part, text, ...(mark ? { mark } : {}), x: line.width, width });
    line.width += width;
  }
}

/** The space belongs to the run before it only when the next word looks the same: a link's underline ends with it. */
function appendSpace(line: Line, width: number, next: Span): void {
  const last = line.pieces.at(-1)!;
  if (!last.mark && looksAlike(last, next)) {
    last.text += " ";
    last.width += width;
  }
  line.width += width;
}

const looksAlike = (left: Span, right: Span): boolean =>
  left.font === right.font && left.href === right.href && left.isStruck === right.isStruck;
