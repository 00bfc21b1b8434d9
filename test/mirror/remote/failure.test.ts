import { expect, test } from "bun:test";
import { restFailure } from "../../../src/mirror/remote/failure.ts";
import { HttpCallError } from "../../../src/net/http-call-error.ts";

const said = (status: number, error: Record<string, unknown>) => restFailure(status, error, undefined);

test("what a refused row holds is no part of the message", () => {
  const message = 'new row for relation "parents" violates check constraint "parents_name_check"';
  const details = "Failing row contains (45, nobody@private, secret).";
  expect(said(400, { code: "23514", message, details })).toEqual({ kind: "rejected", code: "23514", message });
  const value = 'invalid input syntax for type integer: "nobody@private said "no""';
  expect(said(400, { code: "22P02", message: value }).message).toBe('invalid input syntax for type integer: "…"');
});

test("a call without an answer says what the door says, and shows no stack of the client", () => {
  const cause = new HttpCallError("network", "supabase: reset", { peer: "supabase", kind: "rest_write", attempts: 4 });
  const error = {
    code: "",
    message: "TypeError: x",
    details: "TypeError: x\n at fetch (/home/a/app/node_modules/x.js:1)",
  };
  expect(restFailure(0, error, cause)).toEqual({ kind: "unavailable", code: "network", message: "supabase: reset" });
  expect(restFailure(0, error, undefined).message).toBe("TypeError: x");
});

test.each([
  [401, { message: "Invalid API key" }, "refused", "SUPABASE_SERVICE_ROLE_KEY"],
  // Of a key that is only anonymous.
  [401, { code: "42501", message: "permission denied for table tenants" }, "refused", "SUPABASE_SERVICE_ROLE_KEY"],
  [403, { code: "42501", message: "permission denied for table tenants" }, "blocked", "vigia db check"],
  [200, { message: "<html>login</html>" }, "unavailable", "SUPABASE_URL"],
  [404, { message: "" }, "unavailable", "SUPABASE_URL"],
  [
    404,
    { code: "wrong_address", message: "The project answered 404 without a reason." },
    "unavailable",
    "SUPABASE_URL",
  ],
] as const)("%d %j is %s and names %s", (status, error, kind, remedy) => {
  const failure = said(status, error);
  expect(failure.kind).toBe(kind);
  expect(failure.message).toContain(remedy);
  expect(failure.message).not.toContain("<html>");
});

test.each([[{}], [[1]], [7], [null], [undefined], [""]])("a message that is %j is spelled, and never fails", (odd) => {
  const failure = said(500, { code: odd, message: odd, details: odd });
  expect(failure.code).toBe("http_500");
  expect(failure.message).not.toContain("[object");
  expect(failure.message.length).toBeGreaterThan(0);
});

test.each([414, 431])("%d is about the length of what was sent", (status) => {
  expect(said(status, { message: "" }).kind).toBe("too_large");
});

test.each(["54000", "54001", "54023"])("%s is about the row that passes a limit of Postgres", (code) => {
  expect(said(500, { code, message: "too complex" }).kind).toBe("rejected");
});
