/** An old address in front of the same code. One `*` in both stands for any part of the path. */
export interface Alias {
  from: string;
  to: string;
}

const DEAD_LETTERS = "/api/dead-letters";
/** A system's own address of its dead letters; the list takes the queue from it. */
const DEAD_LETTER_NAMES = ["/api/admin/dlq", "/api/erp/dlq", "/api/mirror/dead-letters"];

/** One line per alias: systems whose clients know older addresses add theirs here. */
export const ALIASES: readonly Alias[] = DEAD_LETTER_NAMES.flatMap((name) => [
  { from: name, to: DEAD_LETTERS },
  { from: `${name}/*/retry`, to: `${DEAD_LETTERS}/*/replay` },
  { from: `${name}/*`, to: `${DEAD_LETTERS}/*` },
]);

/** The address that a path stands for, and the alias that was used; undefined for all other paths. */
export function resolveAlias(path: string, aliases: readonly Alias[]): { path: string; alias: Alias } | undefined {
  for (const alias of aliases) {
    if (path === alias.from) return { path: alias.to, alias };
    const [prefix = "", suffix] = alias.from.split("*");
    // Both ends may not share letters: `/dlq/retry` has no part between `/dlq/` and `/retry`.
    if (suffix === undefined || path.length < prefix.length + suffix.length) continue;
    if (!path.startsWith(prefix) || !path.endsWith(suffix)) continue;
    const part = path.slice(prefix.length, path.length - suffix.length);
    return { path: alias.to.replace("*", () => part), alias };
  }
  return undefined;
}
