import { expect, test } from "bun:test";
import { createDoorFetch } from "../../../src/mirror/remote/door-fetch.ts";
import type { HttpClient } from "../../../src/net/client.ts";
import { type HttpCallCode, HttpCallError } from "../../../src/net/http-call-error.ts";

const KEY = "my-own-gateway-key-0123456789abcdef";

function doorThatEnds(code: HttpCallCode, status: number, bodyExcerpt?: string) {
  const ended = new HttpCallError(code, "supabase: ended", {
    peer: "supabase",
    kind: "k",
    attempts: 1,
    status,
    bodyExcerpt,
  });
  const http = { call: () => Promise.reject(ended) } as unknown as HttpClient;
  return createDoorFetch(http, new AbortController().signal, KEY);
}
const send = (door: ReturnType<typeof createDoorFetch>) => door.fetch("http://127.0.0.1/rest/v1/t", { method: "POST" });

test.each(["timeout", "too_large"] as const)("a success whose body ended with %s is no success", async (code) => {
  const door = doorThatEnds(code, 201);
  await expect(send(door)).rejects.toThrow("supabase: ended");
  expect(door.failure?.code).toBe(code);
});

test("the start of an error's body is passed on with the key masked, and one that is cut is not", async () => {
  const whole = await send(doorThatEnds("http_status", 503, `{"message":"no ${KEY}"}`));
  expect(whole.status).toBe(503);
  expect(await whole.text()).toContain("no ***");
  const cut = await send(doorThatEnds("http_status", 503, `{"message":"no ${KEY.slice(0, 20)}`));
  expect(await cut.json()).toMatchObject({ message: "supabase: ended" });
});
