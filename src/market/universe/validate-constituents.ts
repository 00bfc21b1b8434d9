import { VigiaError } from "../../kit/errors.ts";

/** An S&P 500 list has 500 companies and some second share classes (portfolio.md 17.9). */
const FEWEST = 490;
const MOST = 520;
/** More than this share replaced between two lists is a mistake of the source until somebody looked (portfolio.md 17.9). */
const MOST_CHANGED = 0.05;
/** Symbols named in a message. */
const SHOWN = 8;

export interface UniverseChange {
  /** In the order of the list. */
  added: string[];
  removed: string[];
}

/**
 * Compares a list of symbols with the one that it is to replace. A company in for one out is one change: the larger of
 * both counts, over the old list's length, is the share. Without an old list (`undefined`, or only the embedded one)
 * nothing is compared; `force` skips that check alone. Errors: `duplicate_members`, `universe_size`, `universe_changed`.
 */
export function validateConstituents(
  next: readonly string[],
  previous: readonly string[] | undefined,
  { force = false }: { force?: boolean } = {},
): UniverseChange {
  const symbols = new Set(next);
  if (symbols.size < next.length) throw duplicates(next);
  if (symbols.size < FEWEST || symbols.size > MOST)
    throw new VigiaError(
      "universe_size",
      `The list has ${symbols.size} members, where an S&P 500 list has ${FEWEST} to ${MOST}.`,
      { hint: "The source may be cut off or about something else; the last list stays in use." },
    );
  const known = new Set(previous);
  const added = next.filter((symbol) => !known.has(symbol));
  const removed = [...known].filter((symbol) => !symbols.has(symbol));
  if (previous?.length && !force) refuseUpheaval({ added, removed }, previous.length);
  return { added, removed };
}

function duplicates(next: readonly string[]): VigiaError {
  const repeated = [...new Set(next.filter((symbol, index) => next.indexOf(symbol) !== index))];
  const more = next.length - new Set(next).size;
  return new VigiaError(
    "duplicate_members",
    `The list names ${shown(repeated)} more than once (${more} rows too many).`,
    {
      hint: "Each member has one row.",
    },
  );
}

function refuseUpheaval({ added, removed }: UniverseChange, previousCount: number): void {
  const share = Math.max(added.length, removed.length) / previousCount;
  if (share <= MOST_CHANGED) return;
  throw new VigiaError(
    "universe_changed",
    `${(share * 100).toFixed(1)} % of the list changed, where ${MOST_CHANGED * 100} % is plausible: ` +
      `${added.length} new (${shown(added)}), ${removed.length} gone (${shown(removed)}), ${previousCount} before.`,
    { hint: "If the change is real, run universe_refresh or the import again with force." },
  );
}

function shown(symbols: readonly string[]): string {
  if (symbols.length === 0) return "none";
  return symbols.slice(0, SHOWN).join(", ") + (symbols.length > SHOWN ? ", …" : "");
}
