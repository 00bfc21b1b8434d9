import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "../../src/cli/connection.ts";
import { writeUserFiles } from "../../src/cli/write-user-files.ts";
import { temporaryDir } from "./harness.ts";

const USER = "aaaaaaaa-0000-4000-8000-000000000000";
const OTHER = "bbbbbbbb-0000-4000-8000-000000000000";
const MARKET = ["mercado_analisis.json", "mercado_informe.md"];
const ALL = [...MARKET, "portfolio_analisis.json", "portfolio_informe.md"];

/** The stored set of a user: every text says its revision. */
interface StoredSet {
  revision: number;
  names: readonly string[];
}

interface House extends Connection {
  readonly sets: Map<string, StoredSet>;
  /** Paths asked for. */
  readonly asked: string[];
  /** Called before each answer. */
  before(path: string): void;
  /** Answers instead of the house, when it does. */
  instead(path: string): Response | undefined;
}

function createHouse(sets: Record<string, StoredSet>): House {
  const house: House = {
    address: "test",
    tokenHint: "",
    sets: new Map(Object.entries(sets)),
    asked: [],
    before: () => {},
    instead: () => undefined,
    async fetch(path) {
      house.asked.push(path);
      house.before(path);
      return house.instead(path) ?? answer(path);
    },
    close: async () => {},
  };
  const answer = (path: string): Response => {
    const [, , , , userId, , name] = path.split("?")[0]!.split("/");
    if (userId === undefined)
      return Response.json({ items: [...house.sets.keys()].map((user_id) => ({ user_id })), next_cursor: null });
    const set = house.sets.get(userId);
    if (!set) return Response.json({ code: "unknown_user", detail: "There is no user." }, { status: 404 });
    if (name === undefined)
      return Response.json({ items: set.names.map((name) => ({ name, revision: set.revision })) });
    if (!set.names.includes(name)) return Response.json({ code: "unknown_file" }, { status: 404 });
    return new Response(`${name} ${set.revision}`, { headers: { "X-Revision": String(set.revision) } });
  };
  return house;
}

let dir: ReturnType<typeof temporaryDir>;
beforeEach(() => {
  dir = temporaryDir();
});
afterEach(() => dir[Symbol.dispose]());

const namesOf = (userId: string) => readdirSync(join(dir.path, userId)).toSorted();
const textsOf = (userId: string) => namesOf(userId).map((name) => readFileSync(join(dir.path, userId, name), "utf8"));

describe("the files that a run writes to a folder", () => {
  test("are those of each user, and nothing else appears", async () => {
    const house = createHouse({ [USER]: { revision: 3, names: ALL }, [OTHER]: { revision: 1, names: MARKET } });
    expect(await writeUserFiles(house, dir.path)).toEqual({ files: 6, users: 2 });
    expect(textsOf(USER)).toEqual(ALL.map((name) => `${name} 3`));
    expect(textsOf(OTHER)).toEqual(MARKET.map((name) => `${name} 1`));
    expect(readdirSync(dir.path).toSorted()).toEqual([USER, OTHER]);
  });

  test("of one user leave the others alone", async () => {
    const house = createHouse({ [USER]: { revision: 3, names: ALL }, [OTHER]: { revision: 1, names: MARKET } });
    expect(await writeUserFiles(house, dir.path, OTHER)).toEqual({ files: 2, users: 1 });
    expect(readdirSync(dir.path)).toEqual([OTHER]);
  });

  test("of a user who lost their positions take the old ones of the portfolio away, and only files of ours", async () => {
    const house = createHouse({ [USER]: { revision: 1, names: ALL } });
    await writeUserFiles(house, dir.path);
    writeFileSync(join(dir.path, USER, "notas.txt"), "mine");
    house.sets.set(USER, { revision: 2, names: MARKET });
    expect(await writeUserFiles(house, dir.path)).toEqual({ files: 2, users: 1 });
    expect(namesOf(USER)).toEqual([...MARKET, "notas.txt"]);
    house.sets.set(USER, { revision: 3, names: [] });
    expect(await writeUserFiles(house, dir.path)).toEqual({ files: 0, users: 0 });
    expect(namesOf(USER)).toEqual(["notas.txt"]);
  });

  test("of a user without files make no folder", async () => {
    const house = createHouse({ [USER]: { revision: 0, names: [] } });
    expect(await writeUserFiles(house, dir.path)).toEqual({ files: 0, users: 0 });
    expect(existsSync(join(dir.path, USER))).toBe(false);
  });
});

describe("a cycle that ends while files are read", () => {
  test.each([
    ["replaces them", ALL],
    ["leaves the user fewer", MARKET],
  ])("%s: all that is written is of the new set", async (_, names) => {
    const house = createHouse({ [USER]: { revision: 1, names: ALL } });
    house.before = (path) => {
      if (path.endsWith("/portfolio_analisis.json")) house.sets.set(USER, { revision: 2, names });
    };
    expect(await writeUserFiles(house, dir.path)).toEqual({ files: names.length, users: 1 });
    expect(textsOf(USER)).toEqual(names.map((name) => `${name} 2`));
    expect(house.asked.filter((path) => path.endsWith("/files"))).toHaveLength(2);
  });

  test("again and again ends with an error, and what was written stays as it was", async () => {
    const house = createHouse({ [USER]: { revision: 1, names: ALL } });
    await writeUserFiles(house, dir.path);
    house.before = (path) => {
      const { revision } = house.sets.get(USER)!;
      if (path.endsWith(".json")) house.sets.set(USER, { revision: revision + 1, names: ALL });
    };
    house.asked.length = 0;
    expect(await writeUserFiles(house, dir.path, USER).catch((error) => error)).toMatchObject({
      code: "files_changing",
      retryable: true,
    });
    expect(house.asked.filter((path) => path.endsWith("/files"))).toHaveLength(5);
    expect(textsOf(USER)).toEqual(ALL.map((name) => `${name} 1`));
  });
});

describe("what cannot be written or read", () => {
  test("a user who went meanwhile is the API's own error", async () => {
    const house = createHouse({ [USER]: { revision: 1, names: ALL } });
    house.before = (path) => {
      if (path.endsWith(".md")) house.sets.delete(USER);
    };
    expect(await writeUserFiles(house, dir.path).catch((error) => error)).toMatchObject({ code: "unknown_user" });
  });

  test("a file that the house fails to give names itself", async () => {
    const house = createHouse({ [USER]: { revision: 1, names: ALL } });
    house.instead = (path) => (path.endsWith(".md") ? new Response("", { status: 500 }) : undefined);
    const failure = await writeUserFiles(house, dir.path).catch((error) => error);
    expect([failure.code, failure.message]).toEqual([
      "file_missing",
      `mercado_informe.md of user ${USER} could not be read (500).`,
    ]);
    expect(existsSync(join(dir.path, USER))).toBe(false);
  });

  test("an id that leads elsewhere is refused", async () => {
    const house = createHouse({ "..": { revision: 1, names: MARKET } });
    expect(await writeUserFiles(house, join(dir.path, "out")).catch((error) => error)).toMatchObject({
      code: "bad_user_id",
    });
    expect(readdirSync(dir.path)).toEqual([]);
  });

  test("a folder that is a file is an error that says which", async () => {
    const house = createHouse({ [USER]: { revision: 1, names: MARKET } });
    const file = dir.file("taken", "");
    const failure = await writeUserFiles(house, file).catch((error) => error);
    expect(failure.code).toBe("folder_unwritable");
    expect(failure.message).toContain(file);
  });
});
