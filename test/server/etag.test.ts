import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { contentEtag, matchHolds, noneMatchHolds, notModified } from "../../src/server/etag.ts";
import { soakTimes } from "../support/soak.ts";

const TAG = '"abc"';

describe("If-None-Match", () => {
  test.each([
    [TAG, true],
    ['W/"abc"', true],
    ['"x", "abc"', true],
    ['"x",W/"abc" , "y"', true],
    ["*", true],
    [" * ", true],
    ['"abcd"', false],
    ['"a,b", "c"', false],
    ["abc", false],
    ['"ab', false],
    ["", false],
  ])("%s against the tag: %p", (header, holds) => {
    expect(noneMatchHolds(header, TAG)).toBe(holds);
  });

  test("an absent header never matches", () => {
    expect(noneMatchHolds(null, TAG)).toBe(false);
    expect(noneMatchHolds(undefined, TAG)).toBe(false);
  });

  test("a tag with a comma is one tag", () => {
    expect(noneMatchHolds('"x", "7,2"', '"7,2"')).toBe(true);
    expect(noneMatchHolds('"7,2"', '"7"')).toBe(false);
  });

  test("a list matches exactly when one of its tags does", () => {
    const tag = fc.stringMatching(/^[a-z0-9,;/]{1,8}$/).map((text) => `"${text}"`);
    const listed = fc.tuple(tag, fc.boolean()).map(([text, weak]) => (weak ? `W/${text}` : text));
    fc.assert(
      fc.property(fc.array(listed, { minLength: 1, maxLength: 5 }), tag, (list, wanted) => {
        const plain = list.map((entry) => entry.replace(/^W\//, ""));
        expect(noneMatchHolds(list.join(", "), wanted)).toBe(plain.includes(wanted));
      }),
      { numRuns: soakTimes(200, 5_000) },
    );
  });
});

test("If-Match compares strongly: weak tags never match", () => {
  expect(matchHolds(TAG, TAG)).toBe(true);
  expect(matchHolds("*", TAG)).toBe(true);
  expect(matchHolds('W/"abc"', TAG)).toBe(false);
  expect(matchHolds('W/"abc"', 'W/"abc"')).toBe(false);
  expect(matchHolds('"x", "abc"', TAG)).toBe(true);
});

test("304 has the tag and no body; anything else is left to the caller", () => {
  const request = (value: string) => new Request("http://localhost/", { headers: { "If-None-Match": value } });
  const answer = notModified(request(TAG), TAG, { "Cache-Control": "max-age=60" });
  expect([answer?.status, answer?.headers.get("etag"), answer?.headers.get("cache-control")]).toEqual([
    304,
    TAG,
    "max-age=60",
  ]);
  expect(answer?.body).toBeNull();
  expect(notModified(request('"other"'), TAG)).toBeUndefined();
});

test("content tags differ with the content and are quoted", () => {
  expect(contentEtag("a")).toMatch(/^"[0-9a-f]{32}"$/);
  expect(contentEtag("a")).not.toBe(contentEtag("b"));
});
