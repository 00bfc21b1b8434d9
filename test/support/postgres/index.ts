export { startPostgres } from "./cluster.ts";
export { bareDatabase, migratedDatabase, type PostgresDatabase } from "./databases.ts";
