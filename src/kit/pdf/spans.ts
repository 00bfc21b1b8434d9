import type { Token, Tokens } from "marked";
import { printableText } from "./printable-text.ts";
import { FONTS, type FontName } from "./theme.ts";

/** Text of one look. `\n` inside is a line break. */
export interface Span {
  text: string;
  font: FontName;
  /** Absolute http(s) or mailto address. */
  href?: string;
  isStruck?: boolean;
}

interface Look {
  isBold?: boolean;
  isItalic?: boolean;
  isStruck?: boolean;
  href?: string;
}

/** Nested markup beyond this is printed without its looks. */
const MAX_DEPTH = 20;

/** The lexer's inline tokens as spans of printable text. HTML stays the text that it is. */
export function toSpans(tokens: readonly Token[], look: Look = {}, depth = 0): Span[] {
  return tokens.flatMap((token): Span[] => {
    const inner = (change: Look = {}): Span[] => {
      const children = "tokens" in token ? token.tokens : undefined;
      if (!children?.length || depth >= MAX_DEPTH)
        return [span(decodeEntities("text" in token ? String(token.text) : token.raw), { ...look, ...change })];
      return toSpans(children, { ...look, ...change }, depth + 1);
    };
    switch (token.type) {
      case "strong":
        return inner({ isBold: true });
      case "em":
        return inner({ isItalic: true });
      case "del":
        return inner({ isStruck: true });
      case "br":
        return [span("\n", look)];
      case "codespan":
        return [{ ...span(flat((token as Tokens.Codespan).text), look), font: FONTS.code }];
      case "link":
        return inner(linkLook((token as Tokens.Link).href));
      case "image":
        return [span(`[Imagen: ${flat(decodeEntities((token as Tokens.Image).text)) || "sin texto"}]`, look)];
      case "checkbox":
        return [span((token as { checked?: boolean }).checked ? "[x] " : "[ ] ", look)];
      case "html":
        return [span(flat(token.raw), look)];
      case "escape":
        return [span((token as Tokens.Escape).text, look)];
      case "text":
        return "tokens" in token && token.tokens?.length ? inner() : [span(flat(decodeEntities(token.raw)), look)];
      default:
        return [span(flat(token.raw), look)];
    }
  });
}

/** Text without markup in one look. */
export function span(text: string, { isBold, isItalic, href, isStruck }: Look = {}): Span {
  const font = isBold ? (isItalic ? FONTS.boldItalic : FONTS.bold) : isItalic ? FONTS.italic : FONTS.plain;
  // A number and its sign stay on one line.
  const joined = printableText(text).replace(/(\d) %/g, "$1\u00a0%");
  return { text: joined, font, ...(href ? { href } : {}), ...(isStruck ? { isStruck } : {}) };
}

/** A line end in the source is a space in print. */
const flat = (text: string): string => text.replace(/\s*\n\s*/g, " ");

/** Only addresses that a reader may open from a document. */
function linkLook(address: string): Look {
  try {
    const { protocol, href } = new URL(decodeEntities(address));
    return /^(https?|mailto):$/.test(protocol) ? { href } : {};
  } catch {
    return {};
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/** The entities that Markdown writers need; any other stays as it is written. */
function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));/g,
    (entity, decimal, hex, name) => {
      if (name) return ENTITIES[name] ?? entity;
      const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
    },
  );
}
