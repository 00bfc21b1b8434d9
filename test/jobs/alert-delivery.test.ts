import { expect, test } from "bun:test";
import { alertWebhookPeer, createWebhookDelivery } from "../../src/jobs/alert-delivery.ts";
import type { HttpClient, HttpRequest } from "../../src/net/client.ts";

const message = {
  id: "id-1",
  level: "critical" as const,
  title: "job.failing: daily_analysis",
  text: "daily_analysis failed.",
  tenant: "default",
  value: 1,
  threshold: 3,
  at: "2026-03-02T09:00:00.000Z",
};

test("the webhook gets the alert as JSON, through the peer of its own", async () => {
  const calls: [string, HttpRequest][] = [];
  const http: HttpClient = {
    call: async (peer, request) => {
      calls.push([peer, request]);
      return { status: 200, headers: new Headers(), text: "", json: () => null };
    },
    budgetLeft: async () => 1,
  };
  const { signal } = new AbortController();
  await createWebhookDelivery({ http, url: "https://hooks.example/T1" })(message, signal);
  const [peer, request] = calls[0]!;
  expect(peer).toBe("alert_webhook");
  expect(request).toMatchObject({
    url: "https://hooks.example/T1",
    method: "POST",
    kind: "alert",
    idempotent: true,
    signal,
  });
  expect(JSON.parse(request.body as string)).toEqual(message);
});

test("a webhook that cannot be reached rejects, so that the alert stays undelivered", async () => {
  const http: HttpClient = { call: () => Promise.reject(new Error("refused")), budgetLeft: async () => 1 };
  const deliver = createWebhookDelivery({ http, url: "https://hooks.example/T1" });
  await expect(deliver(message, new AbortController().signal)).rejects.toThrow("refused");
});

test("only the webhook's host may be called, four times with 1, 2 and 4 s between", () => {
  expect(alertWebhookPeer("http://localhost:8065/hooks/abc?x=1")).toMatchObject({
    name: "alert_webhook",
    hosts: ["localhost:8065"],
    attempts: 4,
    delaysMs: [1_000, 2_000, 4_000],
    timeoutMs: 10_000,
  });
});
