import { expect, test } from "bun:test";
import { objectKey } from "../../../src/mirror/objects/object-key.ts";
import { storageFailure } from "../../../src/mirror/objects/storage-failure.ts";
import { HttpCallError } from "../../../src/net/http-call-error.ts";

/** HTTP status, the body's code and statusCode, meaning (testbed 2.2, 2.3). */
const ERRORS = [
  [400, "InvalidKey", "400", "rejected"],
  [400, "EntityTooLarge", "413", "rejected"],
  [413, "", "413", "rejected"],
  [400, "InvalidMimeType", "415", "blocked"],
  [415, "", "415", "blocked"],
  [400, "NoSuchBucket", "404", "blocked"],
  [404, "NoSuchBucket", "NoSuchBucket", "blocked"],
  [400, "AccessDenied", "403", "refused"],
  [403, "", "403", "refused"],
  [401, "", "401", "refused"],
  [400, "InvalidJWT", "400", "refused"],
  [400, "ResourceLocked", "423", "unavailable"],
  [400, "", "409", "unavailable"],
  [429, "too_many_connections", "429", "unavailable"],
  [429, "SlowDown", "SlowDown", "unavailable"],
  [500, "DatabaseError", "500", "unavailable"],
  [400, "DatabaseError", "500", "unavailable"],
  [544, "DatabaseTimeout", "544", "unavailable"],
  [400, "InvalidRequest", "400", "blocked"],
] as const;

test.each(ERRORS)("HTTP %d, code %j, statusCode %j means %s", (status, code, statusCode, kind) => {
  expect(storageFailure({ message: "m", status, code, statusCode }, undefined).kind).toBe(kind);
});

test("what ended a call without an answer counts before what the client makes of it", () => {
  const ended = (code: "timeout" | "aborted") =>
    new HttpCallError(code, "supabase: ended", { peer: "supabase", kind: "k", attempts: 1 });
  expect(storageFailure({ message: "x" }, ended("timeout"))).toEqual({
    kind: "unavailable",
    code: "timeout",
    message: "supabase: ended",
  });
  expect(storageFailure({ message: "x" }, ended("aborted")).kind).toBe("aborted");
});

test("keys that an error repeats are masked", () => {
  const keys = `${["eyJhbGciOiJIUzI1NiJ9", "eyJyb2xlIjoic2VydmljZV9yb2xlIn0", "c2lnbmF0dXJl"].join(".")} and sb_secret_${"abc-DEF_123"}`;
  expect(storageFailure({ message: `no: ${keys}`, status: 400, statusCode: "400" }, undefined).message).toBe(
    "no: [jwt] and [key]",
  );
});

test.each([
  [undefined, "u/a.json", "u/a.json"],
  ["", "u/a.json", "u/a.json"],
  ["casa/norte", "u/a b.md", "casa/norte/u/a b.md"],
])("with the prefix %j the path %j is the key %j", (prefix, path, key) => {
  expect(objectKey(prefix, path)).toBe(key);
});

test.each([
  "",
  "/a",
  "a/",
  "a//b",
  "a/../b",
  "..",
  "a/.",
  "a\\b",
  "a\nb",
  "añb",
  "a%2fb",
  "a?b",
  "a#b",
  "a /b",
  "x".repeat(1025),
])("%j is no key", (path) => {
  expect(() => objectKey(undefined, path)).toThrow("Storage key");
});

test("a key's fault does not put control characters into a log", () => {
  expect(() => objectKey("p", "a\u001b[2Jb\n")).toThrow('"p/a?[2Jb?"');
});
