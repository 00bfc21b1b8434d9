import { expect, test } from "bun:test";
import { listHosts } from "../../src/house/hosts.ts";
import { loadSettings } from "../../src/settings.ts";
import { startSupabaseProject } from "../server/identity/supabase-project.ts";
import { openTestHouse } from "../support/house.ts";

test("the house takes its Supabase project's users for what they are, on the machine's own time", async () => {
  await using project = await startSupabaseProject(() => new Date());
  await using house = await openTestHouse({ settings: { SUPABASE_URL: project.url }, analyzed: false });
  const ask = async (token: string) => {
    const response = await house.fetch("/api/alerts", { headers: { Authorization: `Bearer ${token}` } });
    return ((await response.json()) as { code: string }).code;
  };
  expect(await ask(await project.sign())).toBe("unknown_user");
  expect(await ask(await project.sign({ role: "service_role" }))).toBe("invalid_token");
  expect(project.server.requests.length).toBe(1);
});

test("the project's host is among those that may be called, and only when there is one", () => {
  const identity = (environment: Record<string, string>) =>
    listHosts(loadSettings(environment).settings).filter(({ system }) => system === "identity");
  expect(identity({})).toEqual([]);
  expect(identity({ SUPABASE_URL: "https://auth.example.com/" })).toEqual([
    { system: "identity", peer: "supabase_auth", host: "auth.example.com", daily_limit: null },
  ]);
  expect(identity({ SUPABASE_URL: "http://127.0.0.1:54321" }).map(({ host }) => host)).toEqual(["127.0.0.1:54321"]);
});
