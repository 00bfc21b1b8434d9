import type { RemoteFailure } from "../remote/failure.ts";
import { Unsendable } from "../rows.ts";
import type { BadItem } from "./bisect.ts";
import type { OwedItem } from "./row-batches.ts";

const REASONS: Readonly<Record<Unsendable["code"], string>> = {
  nul_in_text: "holds a NUL character, which Postgres has no text for. Write it without.",
  not_finite: "is no finite number, which JSON has no spelling for. Write a number, or null.",
  bad_json: "is no JSON. Write JSON, or null.",
  not_text: "holds bytes and no text. Write text, or null.",
};

/** Rows with a value that would arrive as another one, each with the reason, and the others. */
export function divide(
  items: readonly OwedItem[],
  without: readonly string[],
): [bad: BadItem<OwedItem>[], good: OwedItem[]] {
  const bad: BadItem<OwedItem>[] = [];
  const good: OwedItem[] = [];
  for (const item of items) {
    const failure = findUnsendable(item, without);
    if (failure) bad.push({ item, failure });
    else good.push(item);
  }
  return [bad, good];
}

function findUnsendable({ row = {} }: OwedItem, without: readonly string[]): RemoteFailure | undefined {
  for (const [name, value] of Object.entries(row))
    if (value instanceof Unsendable && !without.includes(name))
      return { kind: "rejected", code: value.code, message: `${name} ${REASONS[value.code]}` };
  return undefined;
}
