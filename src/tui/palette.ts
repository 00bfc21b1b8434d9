import { createContext, useContext } from "react";

/** What a text means; how that looks is the palette's business. */
export type Tone = "plain" | "good" | "bad" | "warn" | "accent" | "dim" | "strong" | "selected";

export type Palette = (tone: Tone, text: string) => string;

/** SGR codes: on, off. The eight basic colours follow the operator's own terminal theme. */
const CODES: Record<Exclude<Tone, "plain">, readonly [number, number]> = {
  good: [32, 39],
  bad: [31, 39],
  warn: [33, 39],
  accent: [36, 39],
  dim: [2, 22],
  strong: [1, 22],
  selected: [7, 27],
};

/**
 * Without colour the palette writes no codes at all: every meaning is also in the words.
 * The codes are written here and not by Ink's `color` property, because that one decides by the process' environment
 * whether there is colour, and here the caller decides.
 */
export function createPalette(color: boolean): Palette {
  if (!color) return (_tone, text) => text;
  return (tone, text) => {
    if (tone === "plain" || text === "") return text;
    const [on, off] = CODES[tone];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}

export const PaletteContext = createContext<Palette>(createPalette(false));

export const usePalette = (): Palette => useContext(PaletteContext);
