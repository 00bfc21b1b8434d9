import type { HttpRequest } from "../../../net/client.ts";
import type { SourceRequest } from "../facts.ts";

/** One GET on behalf of `request`, within its signal and budget. Rejects with `HttpCallError`. */
export async function fetchJson(
  peer: string,
  what: Pick<HttpRequest, "url" | "kind" | "subject">,
  { http, signal, reserve }: Pick<SourceRequest, "http" | "signal" | "reserve">,
): Promise<unknown> {
  const answer = await http.call(peer, { ...what, signal, ...(reserve === undefined ? {} : { reserve }) });
  return answer.json();
}
