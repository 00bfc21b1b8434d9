/** An old address in front of the same code. `*` at the end of both stands for the rest of the path. */
export interface Alias {
  from: string;
  to: string;
}

/** One line per alias: systems whose clients know older addresses add theirs here. */
export const ALIASES: readonly Alias[] = [];

/** The address that a path stands for, and the alias that was used; undefined for all other paths. */
export function resolveAlias(path: string, aliases: readonly Alias[]): { path: string; alias: Alias } | undefined {
  for (const alias of aliases) {
    if (path === alias.from) return { path: alias.to, alias };
    const prefix = alias.from.endsWith("*") ? alias.from.slice(0, -1) : undefined;
    if (prefix && path.startsWith(prefix)) return { path: alias.to.slice(0, -1) + path.slice(prefix.length), alias };
  }
  return undefined;
}
