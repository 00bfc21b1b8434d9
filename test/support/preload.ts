import { setDefaultTimeout } from "bun:test";

// Real servers, databases and processes: slow machines get time, hanging tests still end.
setDefaultTimeout(30_000);
