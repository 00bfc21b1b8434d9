const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d+))?\s?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Microseconds since 1970, which is what Postgres keeps: finer fractions are rounded as it rounds them. Without an offset the
 * time counts as UTC, like the naive times of the ERP. Undefined for what is no instant of the years 1 to 9999.
 */
export function parseInstant(text: string): bigint | undefined {
  const [, date, time = "00:00:00", fraction = "0", offset = "Z"] = INSTANT.exec(text) ?? [];
  if (date === undefined) return undefined;
  const wholeMs = Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}Z`);
  if (Number.isNaN(wholeMs)) return undefined;
  const micros = Math.round(Number(`0.${fraction}`) * 1_000_000);
  return BigInt(wholeMs - offsetMs(offset)) * 1_000n + BigInt(micros);
}

function offsetMs(offset: string): number {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? [];
  const size = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return sign === "-" ? -size : size;
}
