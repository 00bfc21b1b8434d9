import type { Context } from "hono";
import type { ServerEnv } from "./env.ts";
import { contentEtag, notModified } from "./etag.ts";

/** How long a reader may keep what changes a few times a day. */
export const CACHE_CONTROL = "max-age=60";

export interface TaggedJson {
  /** JSON text. */
  body: string;
  headers?: Record<string, string>;
  /** Default: from the body. */
  etag?: string;
}

/**
 * The text with its tag, or 304 when the reader has it. The result is `never` because the text is already rendered: the
 * route's schema, which the renderer's types follow, tells the typed client what is in it.
 */
export function taggedJson(context: Context<ServerEnv>, { body, headers = {}, etag }: TaggedJson): never {
  const tagged = { "Cache-Control": CACHE_CONTROL, ...headers, ETag: etag ?? contentEtag(body) };
  return (notModified(context.req.raw, tagged.ETag, tagged) ??
    context.body(body, 200, { ...tagged, "Content-Type": "application/json" })) as never;
}

/** `X-Data-Source` of a list whose items may come from several sources; nothing for an empty one. */
export function dataSourceHeader(items: readonly { data_source: string }[]): Record<string, string> {
  const sources = [...new Set(items.map((item) => item.data_source))].sort();
  return sources.length === 0 ? {} : { "X-Data-Source": sources.join(", ") };
}
