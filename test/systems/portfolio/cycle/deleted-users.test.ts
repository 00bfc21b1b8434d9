import { expect, test } from "bun:test";
import { eq } from "drizzle-orm";
import { users } from "../../../../src/db/schema/portfolio.ts";
import type { CycleBench } from "./cycle-bench.ts";
import { openStage, USER_1, USER_2 } from "./stage.ts";

const remove = ({ store }: CycleBench, userId: string) =>
  store.db.write(async (tx) => {
    await tx.delete(users).where(eq(users.userId, userId));
  });

/** Deletes user 1 once the cycle has read its page of users; user 2 stays. */
async function openLeaving(): Promise<{ bench: CycleBench; leave: () => void }> {
  let isLeaving = false;
  const bench: CycleBench = await openStage({
    people: (store) => ({
      ...store,
      async *pages(size) {
        for await (const page of store.pages(size)) {
          if (isLeaving) await remove(bench, USER_1);
          yield page;
        }
      },
    }),
  });
  for (const userId of [USER_1, USER_2]) await bench.user({ userId, holds: { A: ["AAA"] } });
  return { bench, leave: () => (isLeaving = true) };
}

test("a user deleted while the cycle runs is dropped without a failure or a result; others are served", async () => {
  const { bench, leave } = await openLeaving();
  await using _ = bench;
  leave();
  const { result, users: results } = await bench.run();
  expect(result).toMatchObject({ outcome: "ok", errors: 0, logData: { users_processed: 1 } });
  expect(Object.keys(results)).toEqual([USER_2]);
  expect((await bench.files(USER_1)).size).toBe(0);
  expect((await bench.files(USER_2)).size).toBe(4);
  const about = bench.lines.filter(({ event }) => event.startsWith("portfolio.user_"));
  expect(about.map(({ event, level }) => [event, level])).toEqual([["portfolio.user_gone", "debug"]]);
});

test("a result that is written with its page is not written for a user who is gone", async () => {
  const { bench, leave } = await openLeaving();
  await using _ = bench;
  // A silent source gives failed results without files, which wait for the end of the page.
  bench.table.fail("AAA", "source_unavailable");
  leave();
  const { users: results } = await bench.run();
  expect(results).toEqual({ [USER_2]: expect.objectContaining({ state: "failed", filesChanged: 0 }) });
});
