const SECRET_NAME = /token|secret|password|authorization|cookie|api_?key|(^|_)key$/i;
/** JWTs, Supabase secret keys, and the credentials part of any address. */
const SECRET_VALUES: readonly [RegExp, string][] = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "[jwt]"],
  [/\bsb_secret_[\w-]+/g, "[key]"],
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi, "$1***@"],
  [/([?&](?:api_?key|token|access_token|key)=)[^&\s"']+/gi, "$1***"],
];
/** Nested objects deeper than this are cut: log fields are small by intention. */
const MAX_DEPTH = 6;

/** Removes secrets from what is logged or stored: by the name of the field, by the look of the value, and by value. */
export interface Redactor {
  text(value: string): string;
  fields(value: Record<string, unknown>): Record<string, unknown>;
}

/** `secrets` are configured values that must never appear, whatever surrounds them. */
export function createRedactor(secrets: readonly (string | undefined)[] = []): Redactor {
  const known = secrets.filter((secret): secret is string => secret !== undefined && secret.length >= 6);
  const text = (value: string): string => {
    let clean = value;
    for (const secret of known) clean = clean.replaceAll(secret, "***");
    for (const [pattern, replacement] of SECRET_VALUES) clean = clean.replace(pattern, replacement);
    return clean;
  };
  const redact = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return text(value);
    if (value instanceof Date) return value.toISOString();
    if (typeof value !== "object" || value === null) return value;
    if (depth >= MAX_DEPTH) return "[cut]";
    if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
    return fields(value as Record<string, unknown>, depth + 1);
  };
  const fields = (value: Record<string, unknown>, depth = 0): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        name,
        typeof item === "string" && SECRET_NAME.test(name) ? "***" : redact(item, depth),
      ]),
    );
  return { text, fields: (value) => fields(value) };
}
