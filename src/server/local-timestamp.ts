/**
 * What clocks show in `timezone` (IANA name) as Python's `datetime.now().isoformat()` writes it: no zone, microseconds,
 * `2025-06-13T12:14:34.416093`. Only the old API's bodies use it.
 */
export function localTimestamp(instant: Date, timezone: string): string {
  // sv-SE writes 2025-06-13 12:14:34.
  const clockText = formatFor(timezone).format(instant).replace(" ", "T");
  return `${clockText}.${String(instant.getUTCMilliseconds()).padStart(3, "0")}000`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone: timezone,
    dateStyle: "short",
    timeStyle: "medium",
  });
  formats.set(timezone, format);
  return format;
}
