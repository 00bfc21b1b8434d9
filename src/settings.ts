import { z } from "zod";
import { VigiaError } from "./kit/errors.ts";
import {
  autoOrBoolean,
  boolean,
  cron,
  databaseUrl,
  headerSecret,
  integerIn,
  isObjectPath,
  list,
  logLevel,
  numberIn,
  optionalInteger,
  optionalText,
  optionalUrl,
  postgresAddress,
  projectAddress,
  runOnce,
  secretText,
  serviceKey,
  strongSecret,
  text,
  thresholds,
  tickers,
  timezone,
  url,
  weight,
} from "./kit/setting-values.ts";

/** How a variable reads in `.env.example` and `docs/settings.md`. */
interface Documentation {
  about: string;
  group:
    | "Process"
    | "Server"
    | "Database"
    | "Jobs"
    | "Outgoing requests"
    | "Market"
    | "Recommendations"
    | "Portfolio"
    | "Supabase";
  /** Default as shown to people; `–` when there is none. */
  shown?: string;
  secret?: boolean;
  aliases?: readonly string[];
}

interface Variable<Schema extends z.ZodType> extends Documentation {
  schema: Schema;
}

const variable = <Schema extends z.ZodType>(documentation: Documentation, schema: Schema): Variable<Schema> => ({
  ...documentation,
  schema,
});

const DEFAULT_ORIGINS = [
  "http://localhost:3000",
  "http://localhost:3001",
  "http://127.0.0.1:3000",
  "http://127.0.0.1:3001",
];

/** Stored times are compared as text, and schedules are searched ahead: both need years of four digits. */
const EARLIEST_NOW = new Date("1970-01-01T00:00:00Z");
const LATEST_NOW = new Date("2200-01-01T00:00:00Z");

const ONLY_MODEL = "lexicon";

/** Every variable, once. The key is the documented name; `Settings` carries the parsed value under the camel-case name. */
export const VARIABLES = {
  ENVIRONMENT: variable(
    { group: "Process", about: "Where this process runs; secrets are demanded outside development." },
    z.enum(["development", "staging", "production"]).prefault("development"),
  ),
  DEBUG: variable(
    { group: "Process", about: "Debug log level, whatever LOG_LEVEL says. Refused outside development." },
    boolean(false),
  ),
  RUN_ONCE: variable(
    {
      group: "Process",
      about:
        "`true` runs every enabled job once now, due or not, and exits with the worst outcome's code; `job,job` selects.",
    },
    runOnce,
  ),
  VIGIA_NOW: variable(
    { group: "Process", about: "Starts the clock at this ISO instant, to replay stored prices.", shown: "–" },
    text()
      .refine(
        (value) => /T.*(Z|[+-]\d\d:\d\d)$/.test(value) && !Number.isNaN(Date.parse(value)),
        "is not an ISO instant with a zone, for example 2024-03-08T23:00:00Z",
      )
      .transform((value) => new Date(value))
      .refine((date) => date >= EARLIEST_NOW && date < LATEST_NOW, "is not between the years 1970 and 2199")
      .optional(),
  ),
  VIGIA_ADMIN_TOKEN: variable(
    {
      group: "Process",
      secret: true,
      about:
        "The operator's token, valid from anywhere. Unset: one is generated per data directory and counts from loopback only.",
    },
    secretText(24),
  ),
  SECRET_KEY: variable(
    {
      group: "Process",
      secret: true,
      about: "Signs this house's tokens. Unset in development: a random one in the data directory.",
    },
    z
      .string()
      .trim()
      .refine((value) => strongSecret(value), "is too weak: use 32 random bytes as 64 hex or 43 base64url characters")
      .optional(),
  ),
  LOG_LEVEL: variable({ group: "Process", about: "debug, info, warn or error." }, logLevel),
  LOG_FORMAT: variable(
    { group: "Process", about: "`pretty` or `json`.", shown: "`pretty` on a terminal, else `json`" },
    z.enum(["pretty", "json"]).optional(),
  ),
  NO_COLOR: variable({ group: "Process", about: "Any value turns colours off." }, z.string().optional()),

  PORT: variable(
    { group: "Server", about: "HTTP port; 0 takes any free one and prints it.", aliases: ["API_PORT"] },
    integerIn(8000, 0, 65_535),
  ),
  VIGIA_HOST: variable(
    { group: "Server", about: "Address to listen on. 0.0.0.0 opens the API to the network.", aliases: ["API_HOST"] },
    text().prefault("127.0.0.1"),
  ),
  APP_NAME: variable(
    { group: "Server", about: "Name in the legacy root answer." },
    text().prefault("ArgentaIA Investment API"),
  ),
  VIGIA_PUBLIC_URL: variable(
    {
      group: "Server",
      about: "Address under which users reach this server; stored reports link their charts to it. Unset: no links.",
    },
    optionalUrl(),
  ),
  CORS_ORIGINS: variable(
    {
      group: "Server",
      about: "Origins that browsers may call from: JSON or comma list; empty means same origin only.",
    },
    list(DEFAULT_ORIGINS),
  ),
  TRUSTED_PROXIES: variable(
    { group: "Server", about: "Addresses or CIDR ranges whose X-Forwarded-For is believed." },
    list([]),
  ),
  METRICS_TOKEN: variable({ group: "Server", secret: true, about: "Bearer token for /metrics." }, secretText(32)),
  METRICS_ALLOWED_IPS: variable(
    { group: "Server", about: "Addresses or CIDR ranges that read /metrics without a token." },
    list(["127.0.0.1", "::1"]),
  ),

  VIGIA_DATA_DIR: variable(
    { group: "Database", about: "Directory of the database, the lock and the generated secrets." },
    text().prefault("./data"),
  ),
  DATABASE_URL: variable(
    {
      group: "Database",
      about: "The local store: file:, sqlite: or libsql:. A postgres: address is taken as POSTGRES_URL.",
      shown: "`vigia.db` in VIGIA_DATA_DIR",
      aliases: ["LOCAL_DB_PATH", "LIBSQL_URL"],
    },
    databaseUrl,
  ),
  DATABASE_AUTH_TOKEN: variable(
    { group: "Database", secret: true, about: "Token for a libsql: DATABASE_URL." },
    optionalText(),
  ),
  POSTGRES_URL: variable(
    {
      group: "Database",
      secret: true,
      about: "Postgres address of the Supabase project, for `vigia db`; the mirror needs none.",
    },
    postgresAddress.optional(),
  ),

  SCHEDULER_ENABLED: variable({ group: "Jobs", about: "false: jobs run only by hand." }, boolean(true)),
  MAX_RETRIES: variable(
    {
      group: "Jobs",
      about: "Retries of a failed daily_analysis, after 5, 15 and 45 minutes. Other jobs have their own.",
    },
    integerIn(3, 0, 10),
  ),
  SHUTDOWN_GRACE_SECONDS: variable(
    { group: "Jobs", about: "How long runs may finish after the first SIGTERM or Ctrl+C." },
    integerIn(10, 0, 300),
  ),
  ALERT_WEBHOOK_URL: variable({ group: "Jobs", secret: true, about: "Alerts are posted here as JSON." }, optionalUrl()),
  RETENTION_RECOMMENDATIONS_DAYS: variable(
    { group: "Jobs", about: "Days that recommendations are kept; 0 = for ever." },
    integerIn(0, 0, 36_500),
  ),
  RETENTION_DETAILS_DAYS: variable(
    { group: "Jobs", about: "Days that the raw data behind an analysis are kept (scores stay); 0 = for ever." },
    integerIn(90, 0, 36_500),
  ),
  RETENTION_JOB_RUNS_DAYS: variable(
    { group: "Jobs", about: "Days that runs are kept; the last success of a job always stays; 0 = for ever." },
    integerIn(180, 0, 36_500),
  ),

  HTTP_TIMEOUT_MS: variable(
    {
      group: "Outgoing requests",
      about: "Time limit of an outgoing call whose source names none; every source so far names its own.",
    },
    integerIn(30_000, 100, 600_000),
  ),
  YAHOO_DAILY_LIMIT: variable(
    { group: "Outgoing requests", about: "Yahoo requests a UTC day for recommendations." },
    integerIn(500, 0, 1_000_000),
  ),
  SVGA_YAHOO_DAILY_LIMIT: variable(
    { group: "Outgoing requests", about: "Yahoo requests a UTC day for portfolios and radar." },
    integerIn(3_000, 0, 1_000_000),
  ),
  FMP_DAILY_LIMIT: variable(
    { group: "Outgoing requests", about: "FMP requests a UTC day." },
    integerIn(250, 0, 1_000_000),
  ),
  GNEWS_DAILY_LIMIT: variable(
    { group: "Outgoing requests", about: "GNews requests a UTC day." },
    integerIn(100, 0, 1_000_000),
  ),

  MARKET_DATA: variable(
    {
      group: "Market",
      about:
        "Where prices come from: `sample` (generated, labelled everywhere), `csv` (MARKET_DATA_DIR) or `yahoo`. Unset, a data directory that holds real prices keeps their source.",
    },
    z.enum(["sample", "csv", "yahoo"]).prefault("sample"),
  ),
  MARKET_DATA_DIR: variable(
    { group: "Market", about: "Folder with SYMBOL.csv files (searched with its subfolders) for MARKET_DATA=csv." },
    optionalText(),
  ),
  PRICE_HISTORY_DAYS: variable(
    { group: "Market", about: "Calendar days of prices that an analysis looks at." },
    integerIn(400, 100, 10_000),
  ),

  SCORING_PROFILE: variable(
    { group: "Recommendations", about: "`v2`, or `legacy-1` for the arithmetic of the system that was replaced." },
    z.enum(["v2", "legacy-1"]).prefault("v2"),
  ),
  TECHNICAL_WEIGHT: variable({ group: "Recommendations", about: "Weights must add to 1 (± 0.01)." }, weight(0.5)),
  FUNDAMENTAL_WEIGHT: variable({ group: "Recommendations", about: "See TECHNICAL_WEIGHT." }, weight(0.3)),
  MACRO_WEIGHT: variable({ group: "Recommendations", about: "See TECHNICAL_WEIGHT." }, weight(0.1)),
  SENTIMENT_WEIGHT: variable({ group: "Recommendations", about: "See TECHNICAL_WEIGHT." }, weight(0.1)),
  SCORE_THRESHOLDS: variable(
    { group: "Recommendations", about: "Total scores from which a ticker is COMPRAR (buy) and MANTENER (hold)." },
    thresholds,
  ),
  SENTIMENT_MODEL: variable(
    {
      group: "Recommendations",
      about:
        "Reserved: only `lexicon` exists, the embedded Spanish and English word list. Other names are read as it, with a warning.",
    },
    text().prefault(ONLY_MODEL),
  ),
  RECOMMENDATION_TICKERS: variable(
    {
      group: "Recommendations",
      about: "Only these tickers of the table are rated; new ones are added to it.",
      shown: "the ticker table",
      aliases: ["ARGENTINE_TICKERS"],
    },
    tickers(),
  ),
  FMP_SUPPORTED_TICKERS: variable(
    { group: "Recommendations", about: "Tickers that FMP is asked about.", shown: "all" },
    tickers(),
  ),
  FMP_API_KEY: variable(
    { group: "Recommendations", secret: true, about: "Financial Modeling Prep key. Empty: that source is left out." },
    optionalText(),
  ),
  FMP_BASE_URL: variable(
    { group: "Recommendations", about: "An address that ends in /api/v3 selects the old paths and names." },
    url("https://financialmodelingprep.com/stable"),
  ),
  GNEWS_API_KEY: variable(
    { group: "Recommendations", secret: true, about: "GNews key. Empty: that source is left out." },
    optionalText(),
  ),
  GNEWS_BASE_URL: variable({ group: "Recommendations", about: "GNews API address." }, url("https://gnews.io/api/v4")),
  BCRA_API_URL: variable(
    { group: "Recommendations", about: "Central bank API address." },
    url("https://api.bcra.gob.ar"),
  ),
  MAX_NEWS_PER_TICKER: variable(
    { group: "Recommendations", about: "Articles asked for per ticker." },
    integerIn(10, 1, 100),
  ),
  NEWS_DAYS_LOOKBACK: variable({ group: "Recommendations", about: "Older articles are dropped." }, integerIn(7, 1, 30)),
  STALE_BAR_DAYS: variable(
    { group: "Recommendations", about: "A ticker whose last complete bar is older (calendar days) is not rated." },
    integerIn(7, 1, 60),
  ),
  ANALYSIS_CONCURRENCY: variable(
    { group: "Recommendations", about: "Tickers analysed at the same time." },
    integerIn(3, 1, 32),
  ),
  JOB_MIN_SUCCESS_RATIO: variable(
    { group: "Recommendations", about: "Share of tickers that must be written for a run to count as completed." },
    numberIn(0.5, 0, 1),
  ),
  CACHE_EXPIRY_MINUTES: variable(
    { group: "Recommendations", about: "How long a live analysis is reused." },
    integerIn(30, 0, 1_440),
  ),
  LIVE_FALLBACK_ENABLED: variable(
    { group: "Recommendations", about: "Analyse live when the newest stored date is older than 36 h." },
    boolean(false),
  ),
  LIVE_MAX_PER_HOUR: variable({ group: "Recommendations", about: "Live analyses an hour." }, integerIn(30, 0, 10_000)),
  DAILY_ANALYSIS_CRON: variable(
    { group: "Recommendations", about: "Schedule of daily_analysis; wins over the next two.", shown: "–" },
    cron(),
  ),
  WEEKDAY_ANALYSIS_CRON: variable(
    { group: "Recommendations", about: "Schedule used when DAILY_ANALYSIS_CRON is unset.", shown: "–" },
    cron(),
  ),
  DAILY_ANALYSIS_HOUR: variable(
    { group: "Recommendations", about: "Hour (minute 0) when neither expression is set." },
    integerIn(6, 0, 23),
  ),
  DAILY_ANALYSIS_TIMEZONE: variable(
    { group: "Recommendations", about: "Zone of the schedule and of analysis dates." },
    timezone("America/Argentina/Buenos_Aires"),
  ),
  JOB_TIMEOUT_MINUTES: variable(
    { group: "Recommendations", about: "Time limit of one attempt of daily_analysis." },
    numberIn(60, 0.01, 1_440),
  ),
  MISFIRE_GRACE_MINUTES: variable(
    { group: "Recommendations", about: "A missed daily_analysis still runs within this time." },
    integerIn(720, 1, 10_080),
  ),

  SVGA_INTERVAL_MINUTES: variable(
    {
      group: "Portfolio",
      about: "Minutes between cycles while New York trades; the first is a minute after the open.",
    },
    integerIn(15, 1, 390),
  ),
  CLOSED_CHECK_MINUTES: variable(
    { group: "Portfolio", about: "Minutes between cycles while New York is closed: coins trade all week." },
    integerIn(60, 1, 1_440),
  ),
  MAX_WORKERS: variable(
    { group: "Portfolio", about: "Users whose files are made at the same time." },
    integerIn(1, 1, 64),
  ),
  SVGA_DEFAULT_PORTFOLIO: variable(
    {
      group: "Portfolio",
      about: "true: a user without positions gets a default list of six symbols instead of the state `empty`.",
    },
    boolean(false),
  ),
  SVGA_REPORT_PROFILE: variable(
    { group: "Portfolio", about: "`v2`, or `v1` for the headings and order of the reports that were replaced." },
    z.enum(["v2", "v1"]).prefault("v2"),
  ),
  SVGA_RADAR_PROFILE: variable(
    { group: "Portfolio", about: "`v1` for the radars as they were, `v2` for the corrected ones." },
    z.enum(["v1", "v2"]).prefault("v1"),
  ),
  SVGA_BAR_MODE: variable(
    {
      group: "Portfolio",
      about: "`closed`: signals of the last complete bar. `live`: of the running one, marked `partial_bar`.",
    },
    z.enum(["closed", "live"]).prefault("closed"),
  ),
  PORTFOLIO_DIRECTORY: variable(
    {
      group: "Portfolio",
      about:
        "`users`: symbols come from `assets`, `portfolio_config` is ignored. `profiles`: from `portfolio_config` alone. `auto`: both, each user's configuration filters the market list.",
    },
    z.enum(["auto", "users", "profiles"]).prefault("auto"),
  ),
  SVGA_ALERT_WEBHOOK: variable(
    { group: "Portfolio", about: "true: high-priority signals are posted to ALERT_WEBHOOK_URL too." },
    boolean(false),
  ),
  FRED_API_KEY: variable(
    { group: "Portfolio", secret: true, about: "Key of the Federal Reserve's data. Empty: macro figures are missing." },
    optionalText(),
  ),
  UNIVERSE_CSV_URL: variable(
    {
      group: "Portfolio",
      about: "Constituents of the S&P 500 as CSV (Symbol,Security,GICS Sector), read weekly.",
    },
    url("https://raw.githubusercontent.com/datasets/s-and-p-500-companies/main/data/constituents.csv"),
  ),

  SUPABASE_URL: variable(
    { group: "Supabase", about: "Project address. Its users' tokens are accepted; the mirror sends there." },
    projectAddress.optional(),
  ),
  SUPABASE_SERVICE_ROLE_KEY: variable(
    {
      group: "Supabase",
      secret: true,
      about: "The key that the mirror writes with: legacy service_role, or `sb_secret_…`. Sent to SUPABASE_URL only.",
      aliases: ["SUPABASE_SERVICE_ROLE", "SUPABASE_KEY"],
    },
    serviceKey,
  ),
  USE_SUPABASE: variable(
    {
      group: "Supabase",
      about: "`auto` mirrors when SUPABASE_URL and its key are set, `true` demands both, `false` mirrors nothing.",
      shown: "`auto`",
    },
    autoOrBoolean,
  ),
  SUPABASE_JWT_SECRET: variable(
    { group: "Supabase", secret: true, about: "Legacy secret of the project: accepts its HS256 user tokens too." },
    secretText(32),
  ),
  SUPABASE_ANON_KEY: variable(
    {
      group: "Supabase",
      secret: true,
      about: "Public key of the project, for `vigia db check --rls` alone: what strangers may read.",
    },
    headerSecret(),
  ),
  SUPABASE_SCHEMA: variable(
    {
      group: "Supabase",
      about: "Schema of the mirrored tables, where `public` already has tables of these names. It must be exposed.",
    },
    text()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/, "is not a schema name of lower-case letters, digits and _")
      .prefault("public"),
  ),
  SUPABASE_CA_CERT_FILE: variable(
    {
      group: "Supabase",
      about: "The project's CA certificate (PEM), for direct connections with POSTGRES_SSL=verify-full.",
    },
    optionalText(),
  ),
  ENABLE_SUPABASE_UPLOAD: variable(
    { group: "Supabase", about: "false keeps the users' files here: the mirror marks them as skipped." },
    boolean(true),
  ),
  SUPABASE_BUCKET_NAME: variable(
    { group: "Supabase", about: "Bucket of the users' files; created when it is missing." },
    text()
      .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/, "is not a bucket name of lower-case letters, digits, dot, _ and -")
      .prefault("portfolio-files"),
  ),
  SUPABASE_BASE_PREFIX: variable(
    { group: "Supabase", about: "Folder above the users' folders." },
    text()
      .transform((value) => value.replace(/^\/+|\/+$/g, ""))
      .refine(isObjectPath, "is not a path of plain letters, digits, _ and - without . or .. parts")
      .optional(),
  ),
  MIRROR_BATCH_ROWS: variable(
    {
      group: "Supabase",
      about: "Most rows in one request; halved when the project refuses or is slow, grown again afterwards.",
      aliases: ["ERP_BATCH_SIZE", "BATCH_SIZE"],
    },
    integerIn(1_000, 1, 1_000),
  ),
  MIRROR_BATCH_BYTES: variable(
    { group: "Supabase", about: "Most bytes in one request.", aliases: ["ERP_BATCH_BYTES"] },
    integerIn(4_194_304, 65_536, 16_777_216),
  ),
  MIRROR_RATE_PER_SECOND: variable(
    {
      group: "Supabase",
      about: "Requests a second to REST and Storage together, one at a time; 0 = no limit, for measuring only.",
      aliases: ["ERP_WRITE_RATE"],
    },
    numberIn(2, 0, 100),
  ),
  MIRROR_TIMEOUT_MS: variable(
    { group: "Supabase", about: "Time limit of one request that writes, its answer included." },
    integerIn(120_000, 1_000, 600_000),
  ),
  MIGRATION_DB_URL: variable(
    {
      group: "Supabase",
      secret: true,
      about: "Postgres address for `vigia db`: direct or session pooler (5432). Derived from POSTGRES_URL when unset.",
      aliases: ["ALEMBIC_DB_URL"],
    },
    postgresAddress.optional(),
  ),
  POSTGRES_POOL_SIZE: variable(
    { group: "Supabase", about: "Connections of `vigia db`; unset: by the kind of address.", shown: "–" },
    optionalInteger(0, 100),
  ),
  POSTGRES_MAX_OVERFLOW: variable(
    { group: "Supabase", about: "Added to POSTGRES_POOL_SIZE; the sum is capped by the kind of address.", shown: "–" },
    optionalInteger(0, 100),
  ),
  POSTGRES_SSL: variable(
    {
      group: "Supabase",
      about: "`verify-full`, `require` (encrypted, not verified) or `disable` (this machine only).",
      shown: "`verify-full`, on this machine `disable`",
    },
    z.enum(["verify-full", "require", "disable"]).optional(),
  ),
} as const;

export type VariableName = keyof typeof VARIABLES;

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>;

/** The parsed settings: `DAILY_ANALYSIS_HOUR` is `settings.dailyAnalysisHour`. */
export type Settings = {
  readonly [Name in VariableName as CamelCase<Name>]: z.output<(typeof VARIABLES)[Name]["schema"]>;
};

/** Names of the old systems that do nothing here, with the reason; met ones are named once at debug level. */
export const UNUSED_VARIABLES: Readonly<Record<string, string>> = {
  API_WORKERS: "one process serves everything",
  API_BASE_URL: "links are relative",
  ALGORITHM: "tokens are HS256 always",
  BCRA_BASE_URL: "the old key script's name; use BCRA_API_URL",
  PIXELY_OUTPUTS_DIR: "results live in the database",
  INGESTED_DATA_PATH: "results live in the database",
  POSTGRES_USER: "part of POSTGRES_URL",
  POSTGRES_PASSWORD: "part of POSTGRES_URL",
  POSTGRES_DB: "part of POSTGRES_URL",
  FICHA_CLIENTE_ID: "clients are rows, not settings",
  GOOGLE_SHEETS_SPREADSHEET_ID: "sheets are set per client",
  SUPABASE_DB_PASSWORD: "part of POSTGRES_URL",
  SUPABASE_CLEANUP_AFTER_TESTS: "tests use a database of their own",
  NEXT_PUBLIC_API_URL: "a frontend's setting",
};
export const UNUSED_PREFIXES: Readonly<Record<string, string>> = {
  ADMINER_: "no database page is part of the house",
  HEROKU_: "this runs on any VPS",
};

/** Where the mirror sends; undefined when it is off. */
export function mirrorTarget(settings: Settings): { url: string; key: string } | undefined {
  const { supabaseUrl: url, supabaseServiceRoleKey: key, useSupabase } = settings;
  return useSupabase !== false && url && key ? { url, key } : undefined;
}

export interface LoadedSettings {
  settings: Settings;
  /** Variables that somebody set; the others have their defaults. */
  set: ReadonlySet<VariableName>;
  /** Sentences for the operator, without values. */
  warnings: string[];
  /** Accepted names without a use, with the reason. */
  unused: { name: string; reason: string }[];
}

/** One thing wrong with a variable: never with its value when it is a secret. */
export interface SettingFault {
  variable: string;
  problem: string;
  remedy: string;
}

export class SettingsError extends VigiaError {
  readonly faults: SettingFault[];
  constructor(faults: SettingFault[]) {
    super("bad_configuration", describeFaults(faults), { hint: "docs/settings.md lists every variable." });
    this.faults = faults;
  }
}

/**
 * Reads every variable from `environment` (process environment over env file, already merged). Unknown names are
 * ignored. Throws `SettingsError` with every fault at once.
 */
export function loadSettings(environment: Readonly<Record<string, string | undefined>>): LoadedSettings {
  const faults: SettingFault[] = [];
  const warnings: string[] = [];
  const values = resolveAliases(environment, faults);
  movePostgresUrl(values, { warnings, faults });
  if ((values.SENTIMENT_MODEL ?? ONLY_MODEL) !== ONLY_MODEL)
    warnings.push(`SENTIMENT_MODEL names a model that is not part of Vigía: ${ONLY_MODEL} is used.`);
  if (values.SUPABASE_JWT_SECRET && !values.SUPABASE_URL)
    warnings.push("SUPABASE_JWT_SECRET has no effect without SUPABASE_URL, which says whose tokens count.");
  if (values.SUPABASE_SERVICE_ROLE_KEY && !values.SUPABASE_URL)
    warnings.push("SUPABASE_SERVICE_ROLE_KEY has no effect without SUPABASE_URL: nothing is mirrored.");
  const settings: Record<string, unknown> = {};
  for (const [name, { schema, about, secret }] of Object.entries(VARIABLES) as [VariableName, Variable<z.ZodType>][]) {
    const parsed = schema.safeParse(values[name]);
    if (parsed.success) settings[camelCase(name)] = parsed.data;
    else {
      const shown = secret || !mayBeShown(values[name]) ? "" : ` ${JSON.stringify(values[name].slice(0, 80))}`;
      faults.push({ variable: name, problem: `value${shown} ${firstProblem(parsed.error)}`, remedy: about });
    }
  }
  if (faults.length === 0) faults.push(...crossFaults(settings as Settings));
  if (faults.length > 0) throw new SettingsError(faults);
  const set = new Set(Object.keys(VARIABLES).filter((name) => values[name] !== undefined) as VariableName[]);
  return { settings: settings as Settings, set, warnings, unused: unusedNames(environment) };
}

/**
 * An address may carry a password before its @ or a key after its ?, even in a variable that should hold none; and a key may
 * have been pasted into the wrong line.
 */
const mayBeShown = (value: string | undefined): value is string =>
  value !== undefined && !/:.*[@?]/.test(value) && !/[\w-]{20}/.test(value);

function resolveAliases(
  environment: Readonly<Record<string, string | undefined>>,
  faults: SettingFault[],
): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  for (const [name, { aliases = [] }] of Object.entries(VARIABLES) as [VariableName, Documentation][]) {
    // An empty variable is an unset one: env files keep `NAME=` for what is not used.
    const set = [name, ...aliases].filter((candidate) => environment[candidate]?.trim());
    const [chosen, ...others] = set;
    if (chosen) values[name] = aliasedValue(chosen, environment[chosen]!);
    for (const other of others) {
      if (aliasedValue(other, environment[other]!) !== values[name])
        faults.push({ variable: name, problem: `differs from its alias ${other}`, remedy: `Set only ${name}.` });
    }
  }
  // An empty CORS_ORIGINS means something: same origin only.
  if (environment.CORS_ORIGINS === "") values.CORS_ORIGINS = "";
  return values;
}

/** LOCAL_DB_PATH is a bare path where DATABASE_URL is an address. */
const aliasedValue = (name: string, value: string): string =>
  name === "LOCAL_DB_PATH" && !/^[a-z]+:/.test(value) ? `file:${value}` : value;

function movePostgresUrl(
  values: Record<string, string | undefined>,
  { warnings, faults }: { warnings: string[]; faults: SettingFault[] },
): void {
  if (!values.DATABASE_URL?.startsWith("postgres")) return;
  if (values.POSTGRES_URL && values.POSTGRES_URL !== values.DATABASE_URL)
    faults.push({
      variable: "POSTGRES_URL",
      problem: "differs from DATABASE_URL, which is a Postgres address too",
      remedy: "Set only POSTGRES_URL.",
    });
  warnings.push("DATABASE_URL is a Postgres address: taken as POSTGRES_URL. The local store stays in VIGIA_DATA_DIR.");
  values.POSTGRES_URL ??= values.DATABASE_URL;
  values.DATABASE_URL = undefined;
}

function crossFaults(settings: Settings): SettingFault[] {
  const faults: SettingFault[] = [];
  const total = settings.technicalWeight + settings.fundamentalWeight + settings.macroWeight + settings.sentimentWeight;
  if (Math.abs(total - 1) > 0.01 + Number.EPSILON)
    faults.push({
      variable: "TECHNICAL_WEIGHT",
      problem: `the four weights add to ${total.toFixed(3)}, not 1`,
      remedy: "Change TECHNICAL_, FUNDAMENTAL_, MACRO_ or SENTIMENT_WEIGHT.",
    });
  if (settings.marketData === "csv" && !settings.marketDataDir)
    faults.push({
      variable: "MARKET_DATA_DIR",
      problem: "is unset but MARKET_DATA is csv",
      remedy: "Name the folder that holds SYMBOL.csv files.",
    });
  if (settings.debug && settings.environment !== "development")
    faults.push({ variable: "DEBUG", problem: `is true in ${settings.environment}`, remedy: "Set DEBUG=false." });
  if (settings.environment !== "development" && !settings.secretKey)
    faults.push({
      variable: "SECRET_KEY",
      problem: `is unset in ${settings.environment}`,
      remedy: "Generate one: openssl rand -hex 32.",
    });
  if (settings.environment !== "development" && settings.supabaseUrl && !isPrivateAddress(settings.supabaseUrl))
    faults.push({
      variable: "SUPABASE_URL",
      problem: `is neither https nor on this machine in ${settings.environment}`,
      remedy: "Its keys decide whose token counts: use an https address.",
    });
  if (mirrorTarget(settings) && settings.environment === "development" && !isPrivateAddress(settings.supabaseUrl ?? ""))
    faults.push({
      variable: "SUPABASE_URL",
      problem: "is neither https nor on this machine, and the service key would travel in the open",
      remedy: "Use an https address.",
    });
  for (const [variable, value] of [
    ["SUPABASE_URL", settings.supabaseUrl],
    ["SUPABASE_SERVICE_ROLE_KEY", settings.supabaseServiceRoleKey],
  ] as const)
    if (settings.useSupabase === true && !value)
      faults.push({ variable, problem: "is unset but USE_SUPABASE is true", remedy: "Set it, or USE_SUPABASE=auto." });
  if (settings.databaseUrl?.startsWith("libsql:") && !settings.databaseAuthToken)
    faults.push({
      variable: "DATABASE_AUTH_TOKEN",
      problem: "is unset but DATABASE_URL is a libsql: address",
      remedy: "Set the server's token.",
    });
  return faults;
}

/** Nobody on the way can change what comes from there. */
const isPrivateAddress = (address: string): boolean =>
  address.startsWith("https:") || /^(localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(address).hostname);

function unusedNames(environment: Readonly<Record<string, string | undefined>>): { name: string; reason: string }[] {
  return Object.keys(environment).flatMap((name) => {
    const prefix = Object.keys(UNUSED_PREFIXES).find((candidate) => name.startsWith(candidate));
    const reason = UNUSED_VARIABLES[name] ?? (prefix && UNUSED_PREFIXES[prefix]);
    return reason ? [{ name, reason }] : [];
  });
}

export function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue?.code === "invalid_value") return `is not one of ${issue.values.join(", ")}`;
  return issue?.message ?? "is not valid";
}

function describeFaults(faults: SettingFault[]): string {
  const lines = faults.map(({ variable, problem, remedy }) => `  ${variable}: ${problem}. ${remedy}`);
  return `${faults.length} bad setting${faults.length === 1 ? "" : "s"}:\n${lines.join("\n")}`;
}
