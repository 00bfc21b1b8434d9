import { Cron } from "croner";
import { z } from "zod";
import { isTimezone } from "./dates.ts";

/** Building blocks of settings: each reads the text of one environment variable and says what is wrong with it. */

export const text = () => z.string().trim().min(1);
export const optionalText = () => text().optional();

/** The project's own key; what everybody may have is refused here rather than by every table. */
export const serviceKey = headerKey()
  .refine((value) => !value.startsWith("sb_publishable_"), "is a publishable key, which may write nothing")
  .refine((value) => !value.includes("://"), "is an address, not a key")
  .optional();

/** A key that travels in a header: letters, digits and signs of ASCII without spaces, as every key of the project is. */
export const headerSecret = () => headerKey().optional();

function headerKey() {
  return text().regex(/^[\x21-\x7e]{20,4096}$/, "is not a key: 20 or more characters without spaces or line breaks");
}

export const secretText = (minimumLength: number) =>
  z.string().trim().min(minimumLength, `is shorter than ${minimumLength} characters`).optional();

export const boolean = (fallback: boolean) =>
  z
    .string()
    .trim()
    .toLowerCase()
    .transform((value, context) => {
      if (["true", "1", "yes", "on"].includes(value)) return true;
      if (["false", "0", "no", "off"].includes(value)) return false;
      context.addIssue({ code: "custom", message: "is not true or false" });
      return z.NEVER;
    })
    .prefault(String(fallback));

export const numberIn = (fallback: number, minimum: number, maximum: number) =>
  z
    .string()
    .trim()
    .transform((value, context) => {
      const number = value === "" ? Number.NaN : Number(value);
      if (Number.isFinite(number) && number >= minimum && number <= maximum) return number;
      context.addIssue({ code: "custom", message: `is not a number from ${minimum} to ${maximum}` });
      return z.NEVER;
    })
    .prefault(String(fallback));

export const integerIn = (fallback: number, minimum: number, maximum: number) =>
  numberIn(fallback, minimum, maximum).refine(Number.isInteger, "is not a whole number");

export const optionalInteger = (minimum: number, maximum: number) =>
  text()
    .transform(Number)
    .refine(
      (number) => Number.isInteger(number) && number >= minimum && number <= maximum,
      `is not a whole number from ${minimum} to ${maximum}`,
    )
    .optional();

const webAddress = () =>
  text()
    .refine((value) => /^https?:\/\//.test(value) && URL.canParse(value), "is not an http(s) address")
    .transform((value) => value.replace(/\/+$/, ""));

export const url = (fallback: string) => webAddress().prefault(fallback);

export const optionalUrl = () => webAddress().optional();

/** The project's address, under which its services lie: their paths are ours to add. */
export const projectAddress = webAddress().refine((value) => {
  const { pathname, search, hash, username, password } = new URL(value);
  return !/\/(rest|auth|storage)\/v1/.test(pathname) && `${search}${hash}${username}${password}` === "";
}, "holds more than the project's address: write https://<ref>.supabase.co");

/** `postgresql+asyncpg:` is what the old systems wrote. */
export const postgresAddress = text().refine(
  (value) => /^postgres(ql)?(\+\w+)?:\/\//.test(value),
  "is not a postgres:// address",
);

/** Undefined for `auto`. */
export const autoOrBoolean = z
  .string()
  .trim()
  .toLowerCase()
  .transform((value, context) => {
    if (value === "auto") return undefined;
    if (["true", "1", "yes", "on"].includes(value)) return true;
    if (["false", "0", "no", "off"].includes(value)) return false;
    context.addIssue({ code: "custom", message: "is not auto, true or false" });
    return z.NEVER;
  })
  .prefault("auto");

/** Characters that Storage takes in keys, without what an address parser would resolve: `..`, `.`, empty parts. */
export const isObjectPath = (path: string): boolean =>
  path.split("/").every((part) => /^[A-Za-z0-9_!.*'() &$=@;:+,-]+$/.test(part) && part !== "." && part !== "..");

export const timezone = (fallback: string) =>
  text()
    .refine(isTimezone, "is not a time zone of the IANA list, for example America/Argentina/Buenos_Aires")
    .prefault(fallback);

/** Comma list or JSON array of texts. */
export const list = (fallback: readonly string[]) =>
  z
    .string()
    .trim()
    .transform((value, context) => {
      if (!value.startsWith("["))
        return value
          .split(",")
          .map((item) => item.trim())
          .filter(Boolean);
      const parsed = z.array(z.string()).safeParse(parseJson(value));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: "custom", message: "is not a comma list nor a JSON list of texts" });
      return z.NEVER;
    })
    .prefault(JSON.stringify(fallback));

const TICKER = /^[A-Z0-9.-]{1,10}$/;

export const tickers = () =>
  list([])
    .transform((items) => items.map((item) => item.toUpperCase()))
    .refine(
      (items) => items.every((item) => TICKER.test(item)),
      "holds something that is not a ticker (A-Z, 0-9, dot, hyphen; at most 10)",
    );

export const cron = () =>
  text()
    .refine((value) => value.split(/\s+/).length === 5, "is not a cron expression of five fields")
    .refine(isCron, "is not a cron expression that ever comes due")
    .optional();

export const weight = (fallback: number) => numberIn(fallback, 0, 1);

export const thresholds = z
  .string()
  .transform((value, context) => {
    const parsed = z.object({ buy: z.number(), hold: z.number(), sell: z.number() }).safeParse(parseJson(value));
    if (parsed.success && parsed.data.buy > parsed.data.hold && parsed.data.hold > parsed.data.sell) return parsed.data;
    context.addIssue({
      code: "custom",
      message: 'is not JSON like {"buy":70,"hold":40,"sell":0} with buy > hold > sell',
    });
    return z.NEVER;
  })
  .prefault('{"buy":70,"hold":40,"sell":0}');

const RUN_ONCE_JOB = /^[a-z][a-z0-9_]*$/;

/** `true` = every enabled job, a list = those jobs, false = none. */
export const runOnce = z
  .string()
  .trim()
  .transform((value, context): boolean | string[] => {
    const lower = value.toLowerCase();
    if (lower === "" || lower === "false" || lower === "0") return false;
    if (lower === "true" || lower === "1") return true;
    const jobs = value.split(",").map((job) => job.trim());
    if (jobs.every((job) => RUN_ONCE_JOB.test(job))) return jobs;
    context.addIssue({ code: "custom", message: "is neither true nor a comma list of job names" });
    return z.NEVER;
  })
  .prefault("false");

const LOG_LEVELS = { debug: "debug", info: "info", warn: "warn", warning: "warn", error: "error" } as const;

export const logLevel = z
  .string()
  .trim()
  .toLowerCase()
  .transform((value, context) => {
    if (value in LOG_LEVELS) return LOG_LEVELS[value as keyof typeof LOG_LEVELS];
    context.addIssue({ code: "custom", message: "is not one of debug, info, warn, error" });
    return z.NEVER;
  })
  .prefault("info");

export const databaseUrl = text()
  .refine(
    (value) => /^(file|sqlite|libsql|postgres(ql)?(\+\w+)?):/.test(value),
    "is not a file:, sqlite: or libsql: address",
  )
  .refine(
    (value) => !/^libsql:.*(@|[?&]authToken=)/i.test(value),
    "holds a token, which belongs into DATABASE_AUTH_TOKEN",
  )
  .optional();

/** At least 32 characters carrying at least 3 bits each: no words, no repeated pattern. */
export function strongSecret(value: string): boolean {
  if (value.length < 43) return false;
  const counts = new Map<string, number>();
  for (const letter of value) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits >= 3;
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function isCron(expression: string): boolean {
  try {
    return new Cron(expression, { paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}
