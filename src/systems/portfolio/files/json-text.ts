/** A JSON value as text with 2-space indent, ready to stand `depth` levels deep. NaN and infinities become null. */
export function jsonText(value: unknown, depth: number): string {
  const text = JSON.stringify(value, null, 2) ?? "null";
  return depth === 0 ? text : text.replaceAll("\n", `\n${"  ".repeat(depth)}`);
}

/**
 * An object `depth` levels deep whose values are JSON texts already, its keys in the order given: a plain object would put
 * keys such as `600519` first and lose `__proto__`.
 */
export function jsonObject(entries: readonly (readonly [key: string, text: string])[], depth: number): string {
  if (entries.length === 0) return "{}";
  const indent = "  ".repeat(depth + 1);
  const lines = entries.map(([key, text]) => `${indent}${JSON.stringify(key)}: ${text}`);
  return `{\n${lines.join(",\n")}\n${"  ".repeat(depth)}}`;
}
