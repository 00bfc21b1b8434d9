import type { ApiFetch } from "./api.ts";

/** Reaches a server elsewhere. The token goes to that server only: redirects are refused. */
export function remoteFetch(baseUrl: string, token?: string): ApiFetch {
  return (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (token) headers.set("authorization", `Bearer ${token}`);
    return fetch(new URL(path, baseUrl), { ...init, headers, redirect: "error" });
  };
}
