import { expect, test } from "bun:test";
import { VigiaError } from "../../src/kit/errors.ts";
import { refuseInput } from "../../src/server/refuse-input.ts";

function refusalOf(thrown: unknown): unknown {
  try {
    return refuseInput(["bad_csv", "bad_header"])(thrown);
  } catch (answer) {
    return answer;
  }
}

test("a fault of what was sent becomes 422 with its code, sentence and hint", () => {
  const fault = new VigiaError("bad_csv", "Line 3 has no end.", { hint: "Close the quotes." });
  expect(refusalOf(fault)).toMatchObject({
    status: 422,
    code: "bad_csv",
    message: "Line 3 has no end. Close the quotes.",
    cause: fault,
  });
  expect(refusalOf(new VigiaError("bad_header", "There is none."))).toMatchObject({ message: "There is none." });
});

test.each([new VigiaError("disk_full", "Full."), new Error("bad_csv"), "bad_csv", undefined])(
  "%p stays what it is",
  (thrown) => {
    expect(refusalOf(thrown)).toBe(thrown);
  },
);
