export { type Database, type OpenOptions, openDatabase, type Reader, type Writer } from "./database.ts";
export { type DatabaseLocation, databaseLocation, runLogsLocation } from "./location.ts";
export { type MigrationSet, migrateDatabase } from "./migrate.ts";
