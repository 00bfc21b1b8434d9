import { expect, test } from "bun:test";
import fc from "fast-check";
import { TrieRouter } from "hono/router/trie-router";
import { StaticPathRouter } from "../../src/server/static-path-router.ts";
import { soakTimes } from "../support/soak.ts";

const PATHS = ["*", "/", "/a", "/a/b", "/a/:id", "/:x/b", "/a/runs/:id", "/a/:name/runs", "/a/*"];
const ASKED = ["/", "/a", "/a/b", "/a/7", "/c/b", "/a/runs/7", "/a/runs/runs", "/a/x/runs", "/none", "/a/"];
const METHODS = ["GET", "POST", "ALL"];

test("answers are those of Hono's trie, the first time and from memory, also when routes come later", () => {
  const route = fc.tuple(fc.constantFrom(...METHODS), fc.constantFrom(...PATHS));
  fc.assert(
    fc.property(fc.array(route, { minLength: 1, maxLength: 12 }), (routes) => {
      const ours = new StaticPathRouter<number>();
      const trie = new TrieRouter<number>();
      for (const [index, [method, path]] of routes.entries()) {
        ours.add(method, path, index);
        trie.add(method, path, index);
        for (const asked of ASKED)
          for (const wanted of ["GET", "POST", "GET"])
            expect(ours.match(wanted, asked)).toEqual(trie.match(wanted, asked));
      }
    }),
    { numRuns: soakTimes(50, 1_000) },
  );
});
