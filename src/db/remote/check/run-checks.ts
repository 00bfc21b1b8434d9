import type { Query } from "../connection.ts";
import { loadCatalogue, loadPolicies } from "./catalogue.ts";
import { EXPECTED, type ExpectedSchema } from "./expected.ts";
import { findExtensionFaults } from "./extension-findings.ts";
import { type Finding, qualified } from "./finding.ts";
import { findOwnerRights } from "./function-findings.ts";
import { computeIndexFindings, findIndexFaults } from "./index-findings.ts";
import { computePolicyFindings, computeStorageFindings } from "./policy-findings.ts";
import { probeRowSecurity } from "./probe-findings.ts";
import { computeSchemaFindings } from "./schema-findings.ts";

export type CheckPart = "schema" | "indexes" | "rls" | "extensions";
/** What the public key gets of a table through PostgREST: 401 or 403, `[]`, or rows; `unknown` where that could not be asked. */
export type AnonAnswer = "refused" | "empty" | "rows" | "unknown";

export interface CheckOptions {
  /** Default: all. */
  parts?: readonly CheckPart[];
  /** Schema of our tables. Default `public`. */
  schema?: string;
  /** Asks for a table with the public key; without it that probe is left out. */
  probeAnon?: (table: string) => Promise<AnonAnswer>;
  /** Default: what the migrations make. */
  expected?: ExpectedSchema;
}

export interface CheckReport {
  /** Whether there is no error. */
  ok: boolean;
  findings: Finding[];
}

/**
 * Compares a server with what the migrations make, and tries its doors. `query` must belong to one transaction, as a role
 * that may act as anon, authenticated, service_role and app_runtime; nothing that it writes stays, whether the caller
 * commits or not. Throws what the driver throws.
 */
export async function runChecks(query: Query, options: CheckOptions = {}): Promise<CheckReport> {
  const { parts = ["schema", "indexes", "rls", "extensions"], schema = "public", expected = EXPECTED } = options;
  const actual = await loadCatalogue(query, schema);
  const findings: Finding[] = [];
  if (parts.includes("schema")) findings.push(...computeSchemaFindings(expected, actual, schema));
  if (parts.includes("indexes"))
    findings.push(
      ...computeIndexFindings(expected, actual, schema),
      ...(await findIndexFaults(query, expected, schema)),
    );
  if (parts.includes("rls")) {
    findings.push(
      ...computePolicyFindings(expected, actual, schema),
      ...computeStorageFindings(expected, await loadPolicies(query, "storage", "objects")),
      ...(await findOwnerRights(query, schema)),
      ...(await probeRowSecurity(query, expected, actual, schema)),
    );
    if (options.probeAnon) findings.push(...(await probeThroughRest(options.probeAnon, Object.keys(actual), schema)));
  }
  if (parts.includes("extensions")) findings.push(...(await findExtensionFaults(query)));
  return { ok: findings.every(({ level }) => level !== "error"), findings };
}

async function probeThroughRest(
  probeAnon: (table: string) => Promise<AnonAnswer>,
  tables: readonly string[],
  schema: string,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const name of tables) {
    if ((await probeAnon(name)) !== "rows") continue;
    const object = qualified(schema, name);
    const message = "the public key reads rows of this table through the API";
    findings.push({ id: "RLS013", level: "error", object, message, fix: `revoke all on ${object} from anon, public;` });
  }
  return findings;
}
