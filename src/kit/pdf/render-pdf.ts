import PDFDocument from "pdfkit";
import { yieldToEventLoop } from "../clock.ts";
import { blockRows } from "./block-rows.ts";
import { breakLines } from "./lines.ts";
import { createPen, type Pdf, type Pen } from "./pen.ts";
import { MARK_PATTERN, printableText } from "./printable-text.ts";
import type { Row } from "./rows.ts";
import { span } from "./spans.ts";
import { BODY_BOTTOM, BODY_WIDTH, COLORS, PAGE, SIZES } from "./theme.ts";
import { createTurns, type Turn } from "./turns.ts";

/** A user's report with a hundred positions has 200 KiB. */
const MAX_INPUT_CHARACTERS = 5 * 1024 * 1024;
const MAX_PAGES = 500;

export interface PdfOptions {
  /** Default: the first heading. */
  title?: string;
  /** Whether the contents are deflated; only tests read them. Default: true. */
  compress?: boolean;
}

/**
 * Markdown as an A4 document in Spanish with page numbers, links and bookmarks. The same text gives the same bytes: there
 * is no date in it. HTML is printed as text and nothing is fetched. Beyond 5 Mi characters or 500 pages it is cut with a note.
 */
export async function renderPdf(
  markdown: string,
  { title, compress = true }: PdfOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const text = markdown.slice(0, MAX_INPUT_CHARACTERS);
  const name = plainTitle(title ?? /^#{1,6}[ \t]+(.{1,500})$/m.exec(text.slice(0, 10_000))?.[1] ?? "Informe");
  const pdf = openDocument(name, compress);
  const bytes = collectBytes(pdf);
  const pen = createPen(pdf);
  const turn = createTurns();
  const isCut = (await fillPages(pen, text, turn)) || text.length < markdown.length;
  await drawFooters(pen, { name, isCut, turn });
  await closePages(pdf, turn);
  // The outline and the index of objects are written in one piece: 3 ms for a hundred headings, 25 for a thousand.
  await yieldToEventLoop();
  pdf.end();
  return bytes;
}

function openDocument(title: string, compress: boolean): Pdf {
  const pdf = new PDFDocument({
    size: "A4",
    // The text is placed by hand; margins would make the library open pages by itself.
    margin: 0,
    bufferPages: true,
    compress,
    lang: "es",
    displayTitle: true,
    info: { Title: title, Creator: "Vigía", CreationDate: new Date(0) },
  });
  // The library needs a date for the document's id; written down, readers would take it for the report's.
  Object.defineProperty(pdf.info, "CreationDate", { value: new Date(0), enumerable: false });
  return pdf;
}

/** Returns whether the pages ran out. */
async function fillPages(pen: Pen, markdown: string, turn: Turn): Promise<boolean> {
  const bookmarks = createBookmarks(pen.pdf);
  let y: number = PAGE.top;
  let pages = 1;
  for (const row of blockRows(markdown, { pen, onHeading: bookmarks.add })) {
    await turn();
    if (row === null) continue;
    const isTop = y === PAGE.top;
    if (!isTop && y + row.gap + (row.needs ?? row.height) > BODY_BOTTOM) {
      if (pages >= MAX_PAGES) return true;
      pen.pdf.addPage();
      pages++;
      y = PAGE.top;
      if (row.header) y = drawRow(row.header, y);
    } else if (!isTop) y += row.gap;
    y = drawRow(row, y);
  }
  return false;
}

function drawRow(row: Row, y: number): number {
  row.draw(y);
  return y + row.height;
}

/** Headings as the outline that readers show beside the pages; the title of the document is none. */
function createBookmarks(pdf: Pdf) {
  let parent = pdf.outline;
  return {
    add(text: string, depth: number): void {
      const title = plainTitle(text);
      if (depth === 2) parent = pdf.outline.addItem(title);
      else if (depth === 3) parent.addItem(title);
    },
  };
}

const CUT_NOTE = "El documento sigue, pero aquí se corta: pasa del tamaño que se puede imprimir.";

interface FooterOptions {
  name: string;
  isCut: boolean;
  turn: Turn;
}

async function drawFooters(pen: Pen, { name, isCut, turn }: FooterOptions): Promise<void> {
  const { pdf } = pen;
  const size = SIZES.footer;
  const measure = pen.measure(size);
  const lineOf = (text: string, width: number) => [...breakLines([span(text)], width, measure)][0];
  const { start, count } = pdf.bufferedPageRange();
  const title = lineOf(name, BODY_WIDTH - 120);
  for (let page = 0; page < count; page++) {
    await turn();
    pdf.switchToPage(start + page);
    const y = BODY_BOTTOM + 18;
    pen.box({ x: PAGE.side, y: y - 5, width: BODY_WIDTH, height: 0.5, color: COLORS.rule });
    const number = lineOf(`Página ${page + 1} de ${count}`, BODY_WIDTH);
    if (title) pen.line(title, { x: PAGE.side, y, size, color: COLORS.muted });
    if (number) pen.line(number, { x: PAGE.side + BODY_WIDTH - number.width, y, size, color: COLORS.muted });
    const note = isCut && page === count - 1 ? lineOf(CUT_NOTE, BODY_WIDTH) : undefined;
    if (note) pen.line(note, { x: PAGE.side, y: BODY_BOTTOM + 1, size, color: COLORS.strong });
  }
}

/**
 * Deflates the pages one after the other. The library does it to all in one go, some milliseconds a page, so each is put
 * alone into its buffer; should that be called otherwise one day, the end of the document does the work.
 */
async function closePages(pdf: Pdf, turn: Turn): Promise<void> {
  const library = pdf as unknown as { _pageBuffer?: object[] };
  for (const page of library._pageBuffer?.splice(0) ?? []) {
    library._pageBuffer = [page];
    pdf.flushPages();
    await turn();
  }
}

/** A heading's words, without markup and marks. */
function plainTitle(text: string): string {
  const words = printableText(text.replace(/[*`\\]/g, "")).split(MARK_PATTERN);
  return (
    words
      .filter((word) => !MARK_PATTERN.test(word))
      .join("")
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, 200) || "Informe"
  );
}

async function collectBytes(pdf: Pdf): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of pdf) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}
