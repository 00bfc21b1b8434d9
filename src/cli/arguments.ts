import { InvalidArgumentError } from "commander";
import { isIsoDate } from "../kit/dates.ts";

export function parseDate(text: string): string {
  if (isIsoDate(text)) return text;
  throw new InvalidArgumentError("It is not a date like 2024-03-08.");
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("It is not a whole number above 0.");
}
