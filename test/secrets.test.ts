import { expect, test } from "bun:test";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "..");

/** What a committed secret looks like. Test doubles use values that none of these match. */
const SECRETS: readonly [string, RegExp][] = [
  ["JSON web token", /\beyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{10,}/],
  ["Supabase secret key", /\bsb_secret_[A-Za-z0-9_-]{10,}/],
  ["OpenAI key", /\bsk-(proj-)?[A-Za-z0-9]{20,}/],
  ["WhatsApp token", /\bEAA[A-Za-z0-9]{40,}/],
  ["private key", /-----BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY-----/],
  [
    "address with a password",
    /\b(postgres(ql)?|https?|rediss?|libsql):\/\/[^\s/@:"'`$]+:(?!p@|\*{3}@|\[|<|\$)[^\s/@"'`]{8,}@/,
  ],
  [
    "assigned key",
    /\b(?:FMP_API_KEY|GNEWS_API_KEY|VIGIA_ADMIN_TOKEN|SECRET_KEY|METRICS_TOKEN)=["']?[A-Za-z0-9_-]{24,}/,
  ],
];

/** Things that belong to one machine, not to the project. */
const MACHINE_PATHS = /\/(?:home|Users)\/[a-z][\w-]+\/|\/root\/\./;

async function trackedFiles(): Promise<string[]> {
  const listing = Bun.spawn(["git", "ls-files", "-z"], { cwd: ROOT, stdout: "pipe", stderr: "pipe" });
  const text = await new Response(listing.stdout).text();
  return text.split("\0").filter((path) => path !== "" && path !== "bun.lock");
}

const files = await trackedFiles();

test.skipIf(files.length === 0)("no tracked file holds a secret or a path of one machine", async () => {
  const findings: string[] = [];
  for (const path of files) {
    const file = Bun.file(join(ROOT, path));
    if (!(await file.exists()) || file.size > 2_000_000) continue;
    const content = await file.text();
    for (const [name, pattern] of SECRETS) if (pattern.test(content)) findings.push(`${path}: ${name}`);
    if (MACHINE_PATHS.test(content) && path !== "test/secrets.test.ts") findings.push(`${path}: machine path`);
  }
  expect(findings).toEqual([]);
});

test.skipIf(files.length === 0)("no env file, database or data directory is tracked", () => {
  const tracked = files.filter((path) => /(^|\/)\.env(?!\.example$)|\.db(-wal|-shm)?$|^data\//.test(path));
  expect(tracked).toEqual([]);
});

test("the patterns find what they are for", () => {
  const planted = [
    `eyJ${"a".repeat(24)}.${"b".repeat(24)}.${"c".repeat(24)}`,
    `sb_${"secret"}_0123456789abcdef`,
    `sk-${"x".repeat(30)}`,
    `EAA${"Z".repeat(50)}`,
    `-----BEGIN ${"PRIVATE"} KEY-----`,
    `postgres://user:${"longpassword"}@host/db`,
    `FMP_API_KEY=${"k".repeat(32)}`,
  ];
  expect(planted.map((text) => SECRETS.some(([, pattern]) => pattern.test(text)))).toEqual(planted.map(() => true));
});
