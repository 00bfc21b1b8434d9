export { createServer, type HouseRoutes, type ServerOptions } from "./app.ts";
export { listen } from "./listen.ts";
