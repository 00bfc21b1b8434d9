import { RestError, unsupported } from "./errors.ts";

/** What `Prefer` asks for, as far as PostgREST knows it. */
export interface Preferences {
  resolution?: "merge-duplicates" | "ignore-duplicates";
  missing?: "default" | "null";
  return?: "representation" | "minimal";
  count?: "exact" | "planned" | "estimated";
  handling?: "strict" | "lenient";
  maxAffected?: number;
}

const KNOWN: Record<string, string[]> = {
  resolution: ["merge-duplicates", "ignore-duplicates"],
  missing: ["default", "null"],
  return: ["representation", "minimal", "headers-only"],
  count: ["exact", "planned", "estimated"],
  handling: ["strict", "lenient"],
};

/** Unknown preferences are ignored, or refused (PGRST122) under `handling=strict`. */
export function parsePrefer(header: string | null): Preferences {
  const entries = (header ?? "").split(",").flatMap((entry) => (entry.trim() ? [entry.trim()] : []));
  const preferences: Record<string, string | number> = {};
  const invalid: string[] = [];
  for (const entry of entries) {
    const [name = "", value = ""] = entry.split("=");
    if (name === "max-affected" && /^\d+$/.test(value)) preferences.maxAffected ??= Number(value);
    else if (KNOWN[name]?.includes(value)) preferences[name] ??= value;
    else if (name === "tx" || name === "timezone") throw unsupported(`Prefer: ${entry}`);
    else invalid.push(entry);
  }
  if (preferences.return === "headers-only") throw unsupported("Prefer: return=headers-only");
  if (preferences.handling === "strict" && invalid.length > 0) {
    throw new RestError(400, "PGRST122", "Invalid preferences given with handling=strict", {
      details: `Invalid preferences: ${invalid.join(", ")}`,
    });
  }
  return preferences as Preferences;
}

/** Value of `Preference-Applied`, in PostgREST's order; undefined when nothing was asked for. */
export function renderApplied(
  preferences: Preferences,
  kind: "read" | "insert" | "change" | "call",
): string | undefined {
  const applied = [
    kind === "insert" && preferences.resolution && `resolution=${preferences.resolution}`,
    kind === "insert" && preferences.missing && `missing=${preferences.missing}`,
    (kind === "insert" || kind === "change") && preferences.return && `return=${preferences.return}`,
    preferences.count && `count=${preferences.count}`,
    preferences.handling && `handling=${preferences.handling}`,
    preferences.handling === "strict" &&
      preferences.maxAffected !== undefined &&
      `max-affected=${preferences.maxAffected}`,
  ].filter(Boolean);
  return applied.length > 0 ? applied.join(", ") : undefined;
}
