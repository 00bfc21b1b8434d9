import type { Random } from "../../src/kit/random.ts";
import { addressesOf, type KnownValues } from "./described-reads.ts";
import type { Schema } from "./json-schema.ts";
import { type Document, type Parameter, type Route, resolverOf, routesOf } from "./openapi.ts";

export interface GeneratedRequest {
  /** Method and path of the route that it is made for. */
  route: string;
  method: string;
  /** Path with its query, percent-encoded as it is sent. */
  url: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | undefined;
  /** Where it seems to come from. */
  address: string;
}

export interface GeneratorOptions {
  random: Random;
  /** Tokens that count, of which some requests carry one. */
  tokens: readonly string[];
  /** Values that exist, by parameter name. */
  known: Record<string, readonly string[]>;
  /** Cursors that some list gave out. */
  cursors: readonly string[];
  /** For a good request to each route: values of its path, and bodies by route where one is needed. */
  good: KnownValues;
  goodBodies: Record<string, string>;
}

/**
 * Requests to every route of the description and beside it: first a good one to each, then at random good ones, ones at
 * the limits, and hostile ones.
 */
export function createRequestGenerator(document: Document, options: GeneratorOptions): () => GeneratedRequest {
  const { random, tokens, known, cursors, good, goodBodies } = options;
  const routes = routesOf(document);
  const resolve = resolverOf(document);
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
  const chance = (probability: number) => random() < probability;

  function valueFor({ name, schema }: Parameter): string {
    if (chance(0.2)) return pick(HOSTILE_VALUES);
    // What the description lists exists, whatever else is called the same.
    if (schema.enum && !known[name]?.every((value) => schema.enum!.includes(value))) return encode(plausible(schema));
    if (name === "cursor" && chance(0.8)) return tamper(pick(cursors));
    if (known[name] && chance(0.7)) return encode(pick(known[name]));
    if (/^(from|to)$/.test(name) || schema.format === "date") return encode(pick(DATES));
    return encode(plausible(schema));
  }

  function plausible(schema: Schema): string {
    if (schema.$ref) return plausible(resolve(schema.$ref));
    if (schema.enum) return String(pick(schema.enum));
    if (schema.anyOf) return plausible(pick(schema.anyOf));
    if (schema.example !== undefined && chance(0.5)) return String(schema.example);
    const { minimum = 0, maximum = 100 } = schema;
    if (schema.type === "integer" || schema.type === "number")
      return String(pick([minimum, maximum, minimum - 1, maximum + 1, (minimum + maximum) / 2, 1, "", "NaN", "1e3"]));
    return pick(["YPF", "a", "x".repeat(64), "csv"]);
  }

  function tamper(cursor: string): string {
    if (chance(0.4)) return encode(cursor);
    const at = Math.floor(random() * cursor.length);
    return encode(
      pick([cursor.slice(0, at), `${cursor.slice(0, at)}A${cursor.slice(at + 1)}`, cursor + cursor, "e30"]),
    );
  }

  function pathOf({ path, operation }: Route): string {
    const parameters = operation.parameters ?? [];
    return path.replace(/\{(\w+)\}/g, (_, name: string) =>
      valueFor(parameters.find((one) => one.in === "path" && one.name === name) ?? { name, in: "path", schema: {} }),
    );
  }

  function queryOf({ operation }: Route): string {
    const inQuery = (operation.parameters ?? []).filter((one) => one.in === "query" && chance(0.5));
    const pairs = inQuery.map((one) => `${one.name}=${valueFor(one)}`);
    if (chance(0.05)) pairs.push(...pairs);
    if (chance(0.05))
      pairs.push(`${pick(["__proto__", "limit[]", "from[gt]", "tenant_id", ""])}=${pick(HOSTILE_VALUES)}`);
    return pairs.length > 0 ? `?${pairs.join("&")}` : "";
  }

  function headersOf(route: Route): Record<string, string> {
    const headers: Record<string, string> = {};
    if (chance(0.5)) headers.Authorization = chance(0.8) ? `Bearer ${pick(tokens)}` : pick(AUTHORIZATIONS);
    for (const [name, values] of Object.entries(HEADERS)) if (chance(0.08)) headers[name] = pick(values);
    const type = Object.keys(route.operation.requestBody?.content ?? {})[0];
    if (type && chance(0.85)) headers["Content-Type"] = type;
    else if (chance(0.3)) headers["Content-Type"] = pick(CONTENT_TYPES);
    return headers;
  }

  function bodyOf(route: Route): GeneratedRequest["body"] {
    const [type, content] = Object.entries(route.operation.requestBody?.content ?? {})[0] ?? [];
    if (!type) return chance(0.2) ? pick(BODIES)() : undefined;
    if (type === "text/csv") return chance(0.6) ? pick(CSV_BODIES) : pick(BODIES)();
    if (content?.schema && chance(0.6)) return JSON.stringify(jsonFor(content.schema));
    return pick(BODIES)();
  }

  /** JSON of that schema, right in most places. */
  function jsonFor(schema: Schema, name = ""): unknown {
    if (chance(0.05)) return pick(HOSTILE_JSON);
    if (schema.$ref) return jsonFor(resolve(schema.$ref), name);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return jsonFor(pick(choices), name);
    if (known[name] && chance(0.7)) return pick(known[name]);
    if (name === "as_of") return pick(DATES);
    const types = [schema.type ?? "object"].flat();
    const type = pick(types);
    if (type === "null") return null;
    if (type === "boolean") return chance(0.5);
    if (type === "array") return Array.from({ length: pick([0, 1, 2, 30]) }, () => jsonFor(schema.items ?? {}, name));
    if (type === "integer" || type === "number")
      return pick([schema.minimum ?? 0, schema.maximum ?? 1e15, 1, 0.5, -1, 1e300]);
    if (type === "string") return plausible(schema);
    const fields = Object.entries(schema.properties ?? {}).filter(
      ([field]) => schema.required?.includes(field) || chance(0.5),
    );
    const extra = chance(0.05) ? [["unknown", 1]] : [];
    return Object.fromEntries([...fields.map(([field, of]) => [field, jsonFor(of, field)]), ...extra]);
  }

  function goodRequest(route: Route): GeneratedRequest {
    const name = nameOf(route);
    const body = goodBodies[name];
    const [type = "text/plain"] = Object.keys(route.operation.requestBody?.content ?? {});
    return {
      route: name,
      method: route.method.toUpperCase(),
      url: pick(addressesOf(route, good)),
      headers: { Authorization: `Bearer ${tokens[0]}`, ...(body === undefined ? {} : { "Content-Type": type }) },
      body,
      address: "10.0.0.1",
    };
  }

  const greeted = routes.values();
  return () => {
    const { value: newcomer } = greeted.next();
    if (newcomer) return goodRequest(newcomer);
    const route = pick(routes);
    const beside = chance(0.04);
    const method = chance(0.05) ? pick(METHODS) : route.method.toUpperCase();
    const bodiless = method === "GET" || method === "HEAD";
    return {
      route: nameOf(route),
      method,
      url: beside ? pick(PATHS_BESIDE) : pathOf(route) + queryOf(route),
      headers: headersOf(route),
      body: bodiless ? undefined : bodyOf(route),
      // One client in eight is always the same one, so that the limits per address are met too.
      address: chance(0.12) ? "127.0.0.1" : `10.${[1, 2, 3].map(() => Math.floor(random() * 256)).join(".")}`,
    };
  };
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

/** Already as they go over the wire. */
const HOSTILE_VALUES = [
  ...["", "%20", "%00", "A%00B", "%0d%0aX-Injected:1", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..", "%5c..%5c"],
  ...[
    "%",
    "%zz",
    "%E0%A4%A",
    "%FF%FE",
    "%C0%AE",
    "%F0%9F%92%A9",
    "%E2%80%AE",
    "%EF%BF%BF",
    "%ED%A0%80",
    "%C4%B1%C3%9F",
  ],
  ...[
    "'%20OR%201=1--",
    "1;DROP%20TABLE%20daily_recommendations;--",
    "%22%3E%3Cscript%3E",
    "$%7Bjndi:ldap://x%7D",
    "{{7*7}}",
  ],
  ...[
    "__proto__",
    "constructor",
    "toString",
    "null",
    "undefined",
    "true",
    "[]",
    "{}",
    "-0",
    "1e309",
    "-1",
    "0x10",
    "9".repeat(400),
  ],
  ...[
    "A".repeat(11),
    "A".repeat(300),
    "A".repeat(3_000),
    "A".repeat(10_240),
    "%41".repeat(900),
    "YPF%2Flatest",
    "ypf;v=1",
    "YPF?x",
  ],
];

const DATES = [
  ...["2024-03-08", "2024-03-01", "2023-11-01", "2024-02-29", "2023-02-29", "2024-02-30", "2024-13-01", "0000-01-01"],
  ...[
    "9999-12-31",
    "10000-01-01",
    "-000001-01-01",
    "2024-3-8",
    "2024-03-08T00:00:00Z",
    "today",
    "1709856000",
    "١٢٣٤-٠١-٠١",
  ],
];

const AUTHORIZATIONS = [
  ...["", "Bearer", "Bearer ", "Bearer x", "Basic b3BlcmF0b3I6eA==", `Bearer ${"x".repeat(8_000)}`, "Bearer a.b.c"],
  ...["Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJjbGkifQ.", "bearer\tx", "Negotiate x", "Bearer null"],
];

const HEADERS: Record<string, readonly string[]> = {
  "If-None-Match": ["*", '"x"', 'W/"x"', '"unclosed', ",,,,", '"a","b"', "\u00ff"],
  "Last-Event-ID": ["0", "1", "-1", "999999999999999", "x", "1e9"],
  "X-Request-ID": ["short", "a".repeat(200), "valid-request-id-1", "in jected"],
  "X-Forwarded-For": ["1.2.3.4", "::1, ::1", "not an address", "127.0.0.1".repeat(100)],
  "X-Tenant-ID": ["default", "demo-norte", "../x"],
  Origin: ["http://localhost:3000", "https://evil.example", "null"],
  Accept: ["text/html", "*/*", "application/xml", ";q=x"],
  Range: ["bytes=0-1", "bytes=-1"],
  "Accept-Encoding": ["gzip", "br;q=x"],
  Cookie: ["a=b; c", "__proto__=1"],
};

const CONTENT_TYPES = [
  ...["application/json", "application/json; charset=utf-16", "text/csv", "text/plain", "application/xml", "x"],
  ...[
    "multipart/form-data",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "application/vnd.x+json",
  ],
];

const BODIES: readonly (() => GeneratedRequest["body"])[] = [
  () => undefined,
  () => "",
  () => "{}",
  () => "null",
  () => "[]",
  () => '"text"',
  () => "{",
  () => '{"params":null}',
  () => '{"params":{"as_of":{}}}',
  () => '{"params":{"as_of":"2024-99-99","x":[1,2]}}',
  () => '{"params":{"as_of":20240308,"tickers":"YPF"}}',
  () => '{"trigger":"cron"}',
  () => '{"trigger":"backfill","params":{}}',
  () => '{"unknown":1}',
  () => '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}',
  () => `{"params":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
  () => `{"params":{${Array.from({ length: 2_000 }, (_, index) => `"k${index}":${index}`).join(",")}}}`,
  () => JSON.stringify({ params: { text: "x".repeat(900_000) } }),
  () => JSON.stringify({ params: { text: "x".repeat(1_200_000) } }),
  () => new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  () => new Uint8Array(50_000).fill(0),
  () => '{"params":{"n":1e999,"m":-1e999}}',
  () => "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n",
];

const HOSTILE_JSON: readonly unknown[] = [
  ...[null, true, 0, -0, -1, 1e308, 2 ** 53, "", " ", "\0", "\ud800", "\u202e", "x".repeat(10_000), "../../etc/passwd"],
  ...[
    "__proto__",
    "<script>",
    "'; DROP TABLE users;--",
    [],
    {},
    [[[]]],
    { $ne: null },
    Array.from({ length: 600 }, () => "YPF"),
  ],
];

const CSV_BODIES = [
  "user_id,symbol,quantity,price\n5a3b1e00-0001-4000-8000-000000000001,YPF,1,1\n,GGAL,NaN,-1\n../x,YPF,1e400,Infinity",
  "symbol,quantity\nYPF,2\nBTC-USD,0.5\nNO SUCH,1",
  `symbol\n${"YPF\n".repeat(6_000)}`,
  `Symbol,Security\n${Array.from({ length: 503 }, (_, index) => `M${index},"Member ${index}"`).join("\n")}`,
  "Symbol,Security\nAAPL,Apple",
  ...[
    "",
    "\n\n\n",
    '"',
    "series,date,value",
    "series,date,value\nusd,2024-03-08,900",
    "ticker,as_of,roe\nYPF,2024-03-01,0.1",
  ],
  ...[
    "series,date,value\nusd,2024-99-99,x\n__proto__,2024-03-08,1",
    "date,open,high,low,close,volume\n2024-03-08,1,1,1,1,1",
  ],
  `series,date,value\n${"usd,2024-03-08,9e999\n".repeat(5_000)}`,
  `${"column,".repeat(5_000)}\n`,
];

const PATHS_BESIDE = [
  ...[
    "/",
    "//",
    "/..",
    "/api",
    "/api/",
    "/api/recommendations",
    "/api/recommendations/latest/",
    "/API/RECOMMENDATIONS/LATEST",
  ],
  ...[
    "/.env",
    "/data/vigia.db",
    "/vigia.lock",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/docs/..%2f..%2fpackage.json",
    "/docs/x.js",
  ],
  ...[
    "/api/analysis//latest",
    "/api/analysis/YPF/latest/more",
    "/api/jobs/runs/",
    "/api/jobs//run",
    "/api/jobs/runs/1/x",
  ],
  ...[
    "/openapi.json",
    "/docs",
    "/redoc",
    "/favicon.ico",
    "/api/events/x",
    `/${"a/".repeat(900)}`,
    `/${"x".repeat(9_000)}`,
  ],
];
