export { type Database, openDatabase, type Reader, type Writer } from "./database.ts";
export { databaseLocation, runLogsLocation } from "./location.ts";
export { migrateDatabase } from "./migrate.ts";
