import { seconds } from "../../../kit/duration.ts";
import { indexLabel, isIndexLabel } from "./classify.ts";
import { type Feed, INDEX_LIMITS, isObject, type Reading, readIndex, readNumber } from "./feed.ts";

/** Fear and greed of coins: alternative.me publishes one value a day. */
export const cryptoIndexFeed: Feed = {
  name: "crypto",
  source: "alternative.me",
  peer: "alternative_me",
  address: () => "https://api.alternative.me/fng/",
  read: (answer) => readCryptoIndex(answer.json()),
  ...INDEX_LIMITS,
};

/** `{"data":[{"value":"33","value_classification":"Fear","timestamp":"1646179200"}]}`; null for anything else. */
export function readCryptoIndex(body: unknown): Reading | null {
  const rows = isObject(body) && Array.isArray(body.data) ? body.data : [];
  const row: unknown = rows[0];
  if (!isObject(row)) return null;
  const value = readIndex(row.value);
  const timestamp = readUnixTime(row.timestamp);
  if (value === null || timestamp === null) return null;
  const said = row.value_classification;
  return { value, timestamp, classification: isIndexLabel(said) ? said : indexLabel(value) };
}

function readUnixTime(value: unknown): string | null {
  const instant = new Date(seconds(readNumber(value) ?? Number.NaN));
  return Number.isNaN(instant.getTime()) ? null : instant.toISOString();
}
