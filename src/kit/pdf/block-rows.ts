import { Lexer, type Token, type Tokens } from "marked";
import { breakLines } from "./lines.ts";
import type { Pen } from "./pen.ts";
import { markOf, printableText } from "./printable-text.ts";
import { type Frame, indented, OUTERMOST, QUOTE_PADDING, ruleRow, type Step, textRows } from "./rows.ts";
import { type Span, span, toSpans } from "./spans.ts";
import { splitMarkdown } from "./split-markdown.ts";
import { fitsPage, type TableText, tableRows } from "./table-rows.ts";
import { BODY_WIDTH, COLORS, FONTS, HEADINGS, PAGE, SIZES } from "./theme.ts";

export interface BlockRowsOptions {
  pen: Pen;
  /** Hears of each heading when its page is open. */
  onHeading(text: string, depth: number): void;
}

/** Longer texts are printed without looking for markup in them: no person wrote them. */
const MAX_MARKUP_CHARACTERS = 10_000;
/** Lists and quotes inside one another beyond this are printed as they stand. */
const MAX_DEPTH = 12;

/** The document as rows, lazily: what is beyond the last page is never read. Nulls stand between pieces of work. */
export function* blockRows(markdown: string, { pen, onHeading }: BlockRowsOptions): Generator<Step> {
  const lexer = new Lexer({ gfm: true });
  const spansOf = (text: string): Span[] =>
    text.length > MAX_MARKUP_CHARACTERS
      ? [span(text)]
      : readOr(
          () => toSpans(lexer.inlineTokens(text)),
          () => [span(text)],
        );
  const writer = new BlockWriter(pen, spansOf, onHeading);
  for (const { text, isPlain } of splitMarkdown(markdown)) {
    const plain = () => [{ type: "plain", raw: text, text }];
    yield null;
    yield* writer.blocks(isPlain ? plain() : readOr(() => lexer.blockTokens(text), plain), OUTERMOST);
  }
}

/** The lexer recurses, so what is nested too deep ends its stack: that text is printed as it stands. */
function readOr<Value>(read: () => Value, fallback: () => Value): Value {
  try {
    return read();
  } catch {
    return fallback();
  }
}

class BlockWriter {
  readonly #pen: Pen;
  readonly #spansOf: (text: string) => Span[];
  readonly #onHeading: BlockRowsOptions["onHeading"];

  constructor(pen: Pen, spansOf: (text: string) => Span[], onHeading: BlockRowsOptions["onHeading"]) {
    this.#pen = pen;
    this.#spansOf = spansOf;
    this.#onHeading = onHeading;
  }

  *blocks(tokens: readonly Token[], frame: Frame, depth = 0): Generator<Step> {
    for (const token of tokens) yield* this.#block(token, frame, depth);
  }

  *#block(token: Token, frame: Frame, depth: number): Generator<Step> {
    if (depth > MAX_DEPTH) return yield* this.#paragraph([span(token.raw)], frame);
    switch (token.type) {
      case "space":
      case "def":
      case "checkbox":
        return;
      case "heading":
        return yield* this.#heading(token as Tokens.Heading, frame);
      case "hr":
        return yield ruleRow(this.#pen, frame);
      case "code":
        return yield* this.#code((token as Tokens.Code).text, frame);
      case "blockquote":
        return yield* this.blocks((token as Tokens.Blockquote).tokens, { ...frame, isQuote: true }, depth + 1);
      case "list":
        return yield* this.#list(token as Tokens.List, frame, depth);
      case "table":
        return yield* this.#table(token as Tokens.Table, frame);
      case "html":
      case "plain":
        return yield* this.#paragraph([span(token.raw.trim())], frame);
      default:
        return yield* this.#paragraph(this.#spansOf("text" in token ? token.text : token.raw), frame);
    }
  }

  #paragraph(spans: Span[], frame: Frame): Generator<Step> {
    return textRows(this.#pen, spans, { frame, size: SIZES.body, gap: frame.isQuote ? 10 : 6 });
  }

  *#heading({ text, depth }: Tokens.Heading, frame: Frame): Generator<Step> {
    const size = HEADINGS[Math.min(depth, HEADINGS.length) - 1]!;
    const spans = this.#spansOf(text).map((part) => ({ ...part, font: FONTS.bold }));
    const plain = spans.map((part) => part.text).join("");
    const rows = textRows(this.#pen, spans, {
      frame,
      size,
      gap: size.gap,
      needs: size.line + 60,
      color: depth <= 2 ? COLORS.accent : COLORS.strong,
      lead: () => this.#onHeading(plain, depth),
    });
    yield* rows;
    if (depth <= 2) yield { ...ruleRow(this.#pen, frame), gap: 2 };
  }

  *#code(text: string, frame: Frame): Generator<Step> {
    let gap = 8;
    for (const line of text.split("\n")) {
      // Spaces at the left are what makes code readable; ordinary ones would be gathered.
      const spaced = printableText(line).replace(/^ +/, (spaces) => "\u00a0".repeat(spaces.length)) || "\u00a0";
      const look = { frame, size: SIZES.code, fill: COLORS.codeFill, gap };
      yield* textRows(this.#pen, [{ text: spaced, font: FONTS.code }], look);
      gap = 0;
    }
  }

  *#list({ items, ordered, start }: Tokens.List, frame: Frame, depth: number): Generator<Step> {
    const first = Number(start) || 1;
    for (const [index, item] of items.entries()) {
      const step = ordered ? 20 : 13;
      const inner = indented(frame, step);
      const bullet = ordered ? `${first + index}.` : depth % 2 === 0 ? "•" : "–";
      const [head, ...rest] = item.tokens.filter(({ type }) => type !== "checkbox" && type !== "space");
      const isText = head !== undefined && (head.type === "text" || head.type === "paragraph");
      const tickBox = item.task ? [span(item.checked ? "[x] " : "[ ] ")] : [];
      const spans = [...tickBox, ...(isText ? this.#spansOf(head.text) : [span("\u00a0")])];
      const mark = ordered ? undefined : takeLeadingMark(spans);
      yield* textRows(this.#pen, spans, {
        frame: inner,
        size: SIZES.body,
        gap: index === 0 ? 5 : 2.5,
        lead: (y) => this.#bullet(mark ?? bullet, { ...inner, indent: inner.indent - step }, y),
      });
      yield* this.blocks(isText ? rest : item.tokens, inner, depth + 1);
    }
  }

  #bullet(text: string, frame: Frame, y: number): void {
    const x = PAGE.side + frame.indent + (frame.isQuote ? QUOTE_PADDING : 0) + (markOf(text) ? 0.5 : 3);
    const line = [...breakLines([{ text, font: FONTS.plain }], BODY_WIDTH, this.#pen.measure(SIZES.body))][0];
    if (line) this.#pen.line(line, { x, y, size: SIZES.body, color: COLORS.accent });
  }

  *#table({ header, rows, align }: Tokens.Table, frame: Frame): Generator<Step> {
    const cells = (row: readonly { text: string }[]) => row.map(({ text }) => this.#spansOf(text));
    if (!fitsPage(header.length, frame)) {
      for (const row of [header, ...rows])
        yield* this.#paragraph([span(row.map(({ text }) => text).join(" | "))], frame);
      return;
    }
    const table: TableText = { header: cells(header), rows: [], alignments: align.map((side) => side ?? "left") };
    for (const row of rows) {
      table.rows.push(cells(row));
      yield null;
    }
    yield* tableRows(this.#pen, table, frame);
    yield { height: 4, gap: 0, draw() {} };
  }
}

/** A picture at the beginning of an item takes its bullet's place. */
function takeLeadingMark([first]: Span[]): string | undefined {
  const mark = first?.text[0];
  if (!first || !mark || !markOf(mark)) return undefined;
  first.text = first.text.slice(1);
  return mark;
}
