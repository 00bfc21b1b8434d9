import { eq, sql } from "drizzle-orm";
import type { Database, Writer } from "../../../db/index.ts";
import { tenants } from "../../../db/schema/identity.ts";
import type { DataSource } from "../../../db/schema/market.ts";
import { assets, portfolioConfig, portfolios, users } from "../../../db/schema/portfolio.ts";
import { HOUSE_TENANT } from "../../../db/scope.ts";
import type { Clock } from "../../../kit/clock.ts";

/** Symbol, quantity, price of a unit. */
type SampleLot = readonly [symbol: string, quantity: number, acquisitionPrice: number];

interface SamplePerson {
  userId: string;
  timezone: string | null;
  portfolios: { name: string; lots: readonly SampleLot[] }[];
  config?: typeof portfolioConfig.$inferInsert extends infer Row ? Omit<Row, "userId"> : never;
}

/** Nobody: three cases to look at. The ids are v4 by their shape and fixed, so that examples can name them. */
const SAMPLE_PEOPLE: readonly SamplePerson[] = [
  {
    userId: "5a3b1e00-0001-4000-8000-000000000001",
    timezone: null,
    portfolios: [
      {
        name: "Acciones",
        lots: [
          ["AAPL", 25, 182.4],
          ["MSFT", 10, 395],
          ["YPF", 120, 21.35],
          ["GGAL", 60, 32.1],
        ],
      },
      {
        name: "Cripto y energía",
        lots: [
          ["BTC-USD", 0.35, 31_200],
          ["ETH-USD", 2.5, 1_780],
          ["YPF", 40, 24.9],
        ],
      },
    ],
  },
  {
    userId: "5a3b1e00-0002-4000-8000-000000000002",
    timezone: "America/Argentina/Buenos_Aires",
    portfolios: [
      {
        name: "Argentina",
        lots: [
          ["PAM", 80, 39.5],
          ["BMA", 45, 58.2],
          ["VIST", 30, 28.75],
          ["MELI", 2, 1_210],
          ["SOL-USD", 15, 64],
        ],
      },
    ],
  },
  {
    userId: "5a3b1e00-0003-4000-8000-000000000003",
    timezone: "Europe/Madrid",
    portfolios: [],
    config: {
      portfolioTickers: ["SPY", "GLOB", "TGS", "BTC-USD"],
      scanSp500: true,
      scanCrypto: false,
      maxCandidates: 5,
    },
  },
];

/** Key in the house's settings that remembers the making: people who were removed do not come back. */
const MADE_AT = "sample_people_made_at";

/**
 * Makes the sample's users where prices are the sample's too and nobody is there, once in the life of a data directory.
 * Needs the house tenant. Resolves with whether it made them.
 */
export async function ensureSamplePeople(
  db: Database,
  clock: Clock,
  { dataSource }: { dataSource: DataSource },
): Promise<boolean> {
  if (dataSource !== "sample") return false;
  const at = clock.now().toISOString();
  return db.write(async (tx) => {
    const [house] = await tx
      .select({ settings: tenants.settings })
      .from(tenants)
      .where(eq(tenants.tenantId, HOUSE_TENANT))
      .limit(1);
    const [anyone] = await tx.select({ userId: users.userId }).from(users).limit(1);
    if (!house || MADE_AT in house.settings || anyone) return false;
    for (const [index, person] of SAMPLE_PEOPLE.entries()) await insertPerson(tx, person, { number: index + 1, at });
    const settings = sql`json_set(${tenants.settings}, ${`$.${MADE_AT}`}, ${at})`;
    await tx.update(tenants).set({ settings }).where(eq(tenants.tenantId, HOUSE_TENANT));
    return true;
  });
}

async function insertPerson(
  tx: Writer,
  { userId, timezone, portfolios: held, config }: SamplePerson,
  { number, at }: { number: number; at: string },
): Promise<void> {
  const name = { firstName: "Usuario de muestra", lastName: String(number) };
  await tx.insert(users).values({ userId, ...name, timezone, source: "sample", createdAt: at, updatedAt: at });
  for (const [position, { name: portfolioName, lots }] of held.entries()) {
    const portfolioId = `sample-${number}-${position + 1}`;
    await tx.insert(portfolios).values({ portfolioId, userId, portfolioName, position });
    await tx.insert(assets).values(
      lots.map(([assetSymbol, quantity, acquisitionPrice], place) => ({
        assetId: `${portfolioId}-${place + 1}`,
        portfolioId,
        assetSymbol,
        quantity,
        acquisitionPrice,
        position: place,
      })),
    );
  }
  if (config) await tx.insert(portfolioConfig).values({ userId, ...config });
}
