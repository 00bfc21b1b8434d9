import { afterAll } from "bun:test";
import { stopPostgres } from "./support/postgres/running.ts";

// `process.on("exit")` does not run under `bun test`; an `afterAll` registered here does, once for the whole run.
afterAll(stopPostgres);
