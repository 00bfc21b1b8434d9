export { type Database, isDamaged, openDatabase, type Reader, type Writer } from "./database.ts";
export { type DatabaseLocation, databaseLocation, runLogsLocation } from "./location.ts";
export { migrateDatabase } from "./migrate.ts";
export { placeholders, statement } from "./statement.ts";
