export { startPostgres, type TestPostgres } from "./cluster.ts";
export { bareDatabase, migratedDatabase, type PostgresDatabase } from "./databases.ts";
