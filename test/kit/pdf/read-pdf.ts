import { renderPdf } from "../../../src/kit/pdf/index.ts";

export interface PdfText {
  text: string;
  font: string;
  x: number;
  /** From the foot of the page. */
  y: number;
}

export interface PdfContent {
  pages: PdfText[][];
  /** The lines of a page, top first, as a reader sees them. */
  lines(page?: number): string[];
  /** The whole file in Latin-1: its objects are readable. */
  source: string;
}

const decoder = new TextDecoder("windows-1252");

/** Renders without compression and reads back what was put on the pages. */
export async function printed(markdown: string): Promise<PdfContent> {
  const source = Buffer.from(await renderPdf(markdown, { compress: false })).toString("latin1");
  const streams = [...source.matchAll(/\nstream\n([\s\S]*?)\nendstream/g)].map(([, stream]) => stream!);
  const pages = streams.map(textsOf);
  return { source, pages, lines: (page = 0) => linesOf(pages[page] ?? []) };
}

const TEXT = /BT\n1 0 0 1 (\S+) (\S+) Tm\n\/(\S+) \S+ Tf\n(?:[^[]*)\[(.*?)\] TJ/g;

function textsOf(stream: string): PdfText[] {
  return [...stream.matchAll(TEXT)].map(([, x, y, font, pieces]) => ({
    text: [...pieces!.matchAll(/<([0-9a-f]*)>/g)].map(([, hex]) => decoder.decode(Buffer.from(hex!, "hex"))).join(""),
    font: font!,
    x: Number(x),
    y: Number(y),
  }));
}

function linesOf(texts: readonly PdfText[]): string[] {
  const byHeight = new Map<number, PdfText[]>();
  for (const piece of texts) byHeight.set(piece.y, [...(byHeight.get(piece.y) ?? []), piece]);
  return [...byHeight]
    .sort(([left], [right]) => right - left)
    .map(([, pieces]) =>
      pieces
        .sort((left, right) => left.x - right.x)
        .map(({ text }) => text.trim())
        .join(" "),
    );
}
