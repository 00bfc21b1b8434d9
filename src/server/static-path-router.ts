import type { Result, Router } from "hono/router";
import { TrieRouter } from "hono/router/trie-router";

/**
 * Hono's trie router with its answers for paths without parameters remembered. Hono's own fast router refuses pairs
 * such as `/jobs/runs/{id}` and `/jobs/{name}/runs`, and walking the trie costs several times what a cached answer does.
 */
export class StaticPathRouter<T> implements Router<T> {
  readonly name = "StaticPathRouter";
  readonly #trie = new TrieRouter<T>();
  /** Answers by path and method. Only registered paths are in it, so what clients invent cannot fill it. */
  readonly #answers = new Map<string, Map<string, Result<T>>>();

  add(method: string, path: string, handler: T): void {
    this.#trie.add(method, path, handler);
    for (const answers of this.#answers.values()) answers.clear();
    if (!/[:*{]/.test(path)) this.#answers.set(path, new Map());
  }

  match(method: string, path: string): Result<T> {
    const answers = this.#answers.get(path);
    const known = answers?.get(method);
    if (known) return known;
    const answer = this.#trie.match(method, path);
    if (answers && answers.size < MAX_METHODS) answers.set(method, answer);
    return answer;
  }
}

/** Methods come from clients. */
const MAX_METHODS = 10;
