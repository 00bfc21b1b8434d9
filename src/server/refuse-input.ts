import { VigiaError } from "../kit/errors.ts";
import { HttpProblem } from "./problem.ts";

/**
 * For `catch` after reading what was sent: errors with one of `codes` are the sender's to mend and become 422 with their
 * code, sentence and hint; others stay what they are.
 */
export function refuseInput(codes: readonly string[]): (thrown: unknown) => never {
  const faults = new Set(codes);
  return (thrown) => {
    if (!(thrown instanceof VigiaError) || !faults.has(thrown.code)) throw thrown;
    const detail = [thrown.message, thrown.hint].filter(Boolean).join(" ");
    throw new HttpProblem(422, thrown.code, detail, { cause: thrown });
  };
}
