import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { openDatabase } from "../../src/db/index.ts";
import { databaseLocation } from "../../src/db/location.ts";
import { fileLetters, NOWHERE } from "../support/dead-letters.ts";
import { jsonOf, type RunningHouse, startHouse, temporaryDir, vigia } from "./harness.ts";

const dir = temporaryDir();
const environment = { VIGIA_DATA_DIR: dir.path, ...NOWHERE };
let running: RunningHouse;
beforeAll(async () => {
  running = await startHouse(environment);
});
afterAll(async () => {
  await running[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});
/** Two of `mirror` and two of `erp`, all of the subject `tenants`. */
beforeEach(async () => {
  const store = await openDatabase(databaseLocation(undefined, dir.path));
  await store.client.execute("delete from dead_letters");
  store.close();
  await fileLetters(dir.path, ["one", "two"]);
});

const run = (line: string) => vigia(line.split(" "), { environment });
const json = async <Body>(line: string) => jsonOf<Body>(await run(`${line} --json`));
type Counted = { queue: string; subject: string; state: string; letters: number }[];
const open = async () => (await json<{ id: string }[]>("dead-letters list --state open")).map(({ id }) => id).sort();

describe("many at once", () => {
  for (const verb of ["replay", "retry", "discard"])
    for (const which of ["--all", "--subject tenants", "--all --subject tenants"])
      test(`dead-letters ${verb} ${which} asks for the queue, and changes nothing`, async () => {
        const ran = await run(`dead-letters ${verb} ${which}`);
        expect([ran.code, ran.stdout, ran.stderr]).toEqual([64, "", expect.stringContaining("--queue")]);
        expect(await open()).toEqual(["erp-one", "erp-two", "one", "two"]);
      });

  test("a queue is taken as it is named, the mirror's own form means its own", async () => {
    expect(await json("dead-letters discard --all --queue erp")).toEqual({ letters: 2 });
    expect(await open()).toEqual(["one", "two"]);
    expect(await json("mirror dead-letters discard --subject tenants")).toEqual({ letters: 2 });
    expect(await open()).toEqual([]);
  });

  test("one needs no queue", async () => {
    expect(await json("dead-letters discard erp-one")).toEqual({ letters: 1 });
    expect(await open()).toEqual(["erp-two", "one", "two"]);
  });
});

describe("stats", () => {
  test("count those of the subject that was asked for", async () => {
    expect(await json<Counted>("dead-letters stats --subject tenants")).toMatchObject([
      { queue: "erp", letters: 2 },
      { queue: "mirror", letters: 2 },
    ]);
    expect(await json<Counted>("dead-letters stats --subject accounts")).toEqual([]);
  });

  test("a system's own address means its queue, unless another is asked for", async () => {
    const ask = async (path: string) => {
      const { operatorToken } = running.house;
      const headers = { Authorization: `Bearer ${operatorToken.token}` };
      const answer = await fetch(`${running.url}${path}`, { headers });
      const { items } = (await answer.json()) as { items: Counted };
      return items.map(({ queue }) => queue);
    };
    expect(await ask("/api/mirror/dead-letters/stats")).toEqual(["mirror"]);
    expect(await ask("/api/erp/dlq/stats")).toEqual(["erp"]);
    expect(await ask("/api/mirror/dead-letters/stats?queue=erp")).toEqual(["erp"]);
    expect(await ask("/api/dead-letters/stats")).toEqual(["erp", "mirror"]);
  });
});

describe("while the mirror is off, although Supabase is named", () => {
  const off = temporaryDir();
  const elsewhere = { VIGIA_DATA_DIR: off.path, ...NOWHERE, USE_SUPABASE: "false" };
  const ask = (line: string) => vigia(line.split(" "), { environment: elsewhere });
  let house: RunningHouse;
  beforeAll(async () => {
    house = await startHouse(elsewhere);
    await fileLetters(off.path, ["one", "two"]);
  });
  afterAll(async () => {
    await house[Symbol.asyncDispose]();
    off[Symbol.dispose]();
  });

  for (const line of [
    "mirror dead-letters replay --all",
    "mirror dead-letters replay one",
    "dead-letters replay one",
    "dead-letters replay --all --queue mirror",
  ])
    test(`${line} is refused, and nothing is promised`, async () => {
      const { code, stdout, stderr } = await ask(line);
      expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining("The mirror is off")]);
      expect(stderr).toContain("USE_SUPABASE");
      const letters = jsonOf<{ next_try_at: string | null }[]>(await ask("dead-letters list --queue mirror --json"));
      expect(letters.map(({ next_try_at: at }) => at)).toEqual([null, null]);
    });

  test("what is wrong with a letter is told as ever, and letters can be given up", async () => {
    expect((await ask("dead-letters replay nonsense")).stderr).toContain("no dead letter with this id");
    expect((await ask("dead-letters replay erp-one")).stderr).toContain("cannot be replayed");
    expect((await ask("dead-letters discard one")).stdout).toContain("1 discarded");
  });

  test("mirror status names everything that turns it on", async () => {
    const { stdout } = await ask("mirror status");
    for (const variable of ["SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY", "USE_SUPABASE"])
      expect(stdout).toContain(variable);
  });
});
