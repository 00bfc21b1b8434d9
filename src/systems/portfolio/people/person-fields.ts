/** Longest first or last name, name of a portfolio, and its description. */
export const MAX_NAME_LENGTH = 100;
/** RFC 5321: 256 characters with the angle brackets. */
const MAX_EMAIL_LENGTH = 254;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const CONTROL = /\p{Cc}|\uFFFD/u;

/** Whether a stored id names somebody at all; a row of the source may come without. */
export const isUserId = (userId: string): boolean => userId.trim() !== "";

export const isUuid = (text: string): boolean => UUID.test(text);

/** Postgres writes uuids in lower case; other ids are left as they are. */
export const canonicalUserId = (text: string): string => (isUuid(text) ? text.toLowerCase() : text);

export const isEmail = (text: string): boolean => text.length <= MAX_EMAIL_LENGTH && EMAIL.test(text);

/** A name as lists and reports can show it: one line, not blank. */
export const isName = (text: string): boolean =>
  text.trim() !== "" && text.length <= MAX_NAME_LENGTH && !CONTROL.test(text);

/** Symbols are compared as the market spells them. */
export const canonicalSymbol = (text: string): string => text.trim().toUpperCase();

/** First and last name, else the e-mail, else `user_` and the first 8 characters of the id (portfolio.md 2). */
export function displayName({ userId, email, firstName, lastName }: Person): string {
  const name = [firstName, lastName]
    .map((part) => part?.trim())
    .filter(Boolean)
    .join(" ");
  return name || email?.trim() || `user_${userId.slice(0, 8)}`;
}

interface Person {
  userId: string;
  email: string | null;
  firstName: string | null;
  lastName: string | null;
}
