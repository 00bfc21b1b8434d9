/** What callers may choose as an id: short, printable, harmless in logs and headers. */
const ACCEPTED = /^[A-Za-z0-9._-]{8,128}$/;

/** The id that the caller gave (`X-Request-ID`, else `X-Correlation-ID`), when it is harmless. */
export function readRequestId(headers: Headers): string | undefined {
  const given = headers.get("x-request-id") ?? headers.get("x-correlation-id");
  return given !== null && ACCEPTED.test(given) ? given : undefined;
}
