import { randomUUID } from "node:crypto";
import { AuthFailure, emailExists, invalid, userNotFound } from "./errors.ts";
import type { AuthRequest } from "./handler.ts";
import { loadUser, loadUserByEmail, renderUser, type UserRow } from "./users.ts";

const DEFAULT_PAGE_SIZE = 50;
const SHORTEST_PASSWORD = 6;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A page of users, newest first. `Link` names only pages that exist; an empty one would make the client throw. */
export async function listUsers({ sql, url, publicUrl }: AuthRequest): Promise<Response> {
  const page = readPage(url, "page", 1);
  const perPage = readPage(url, "per_page", DEFAULT_PAGE_SIZE);
  const [{ total = 0 } = {}] = await sql<{ total: number }[]>`
    select count(*)::int as total from auth.users where deleted_at is null`;
  const rows = await sql<UserRow[]>`
    select * from auth.users where deleted_at is null
    order by created_at desc, id limit ${perPage} offset ${(page - 1) * perPage}`;
  const last = Math.max(1, Math.ceil(total / perPage));
  const to = (target: number, rel: string) =>
    `<${publicUrl}/auth/v1/admin/users?page=${target}&per_page=${perPage}>; rel="${rel}"`;
  const links = [...(page < last ? [to(page + 1, "next")] : []), to(last, "last")];
  return Response.json(
    { users: rows.map(renderUser), aud: "authenticated" },
    { headers: { "x-total-count": String(total), link: links.join(", ") } },
  );
}

function readPage(url: URL, name: string, byDefault: number): number {
  const text = url.searchParams.get(name) ?? "";
  if (text === "") return byDefault;
  if (!/^[1-9]\d*$/.test(text)) throw invalid("Bad Pagination Parameters");
  return Number(text);
}

export async function getUserById({ sql, id }: AuthRequest): Promise<Response> {
  return Response.json(renderUser(await demandUser(sql, id)));
}

interface UserBody {
  id?: string;
  email?: string;
  phone?: string;
  password?: string;
  email_confirm?: boolean;
  role?: string;
  app_metadata?: Record<string, unknown>;
  user_metadata?: Record<string, unknown>;
  /** A duration like `24h`, or `none`. */
  ban_duration?: string;
}

export async function createUser({ sql, json }: AuthRequest): Promise<Response> {
  const body = await json<UserBody>();
  if (!body.email && !body.phone) throw invalid("Cannot create a user without either an email or phone");
  const email = body.email === undefined ? null : demandEmail(body.email);
  if (email !== null && (await loadUserByEmail(sql, email))) throw emailExists();
  const password = body.password === undefined ? null : await hash(body.password);
  const [row] = await sql<UserRow[]>`
    insert into auth.users (id, aud, role, email, phone, encrypted_password, email_confirmed_at,
      raw_app_meta_data, raw_user_meta_data)
    values (${body.id ?? randomUUID()}, 'authenticated', ${body.role ?? "authenticated"}, ${email}, ${body.phone ?? null},
      ${password}, ${body.email_confirm ? new Date() : null},
      ${sql.json({ provider: "email", providers: ["email"], ...body.app_metadata } as never)},
      ${sql.json((body.user_metadata ?? {}) as never)})
    returning *`;
  return Response.json(renderUser(row!));
}

/** Creates the user unconfirmed; the letter itself is not sent anywhere. A second invitation of the same user is fine. */
export async function inviteUser({ sql, json }: AuthRequest): Promise<Response> {
  const body = await json<{ email?: string; data?: Record<string, unknown> }>();
  const email = demandEmail(body.email ?? "");
  const known = await loadUserByEmail(sql, email);
  if (known?.email_confirmed_at) throw emailExists();
  const [row] = known
    ? await sql<
        UserRow[]
      >`update auth.users set invited_at = now(), updated_at = now() where id = ${known.id} returning *`
    : await sql<UserRow[]>`
        insert into auth.users (id, aud, role, email, invited_at, raw_app_meta_data, raw_user_meta_data)
        values (${randomUUID()}, 'authenticated', 'authenticated', ${email}, now(),
          ${sql.json({ provider: "email", providers: ["email"] })}, ${sql.json((body.data ?? {}) as never)})
        returning *`;
  return Response.json(renderUser(row!));
}

/** Metadata are merged key by key, as the service does. */
export async function updateUser({ sql, id, json }: AuthRequest): Promise<Response> {
  const user = await demandUser(sql, id);
  const body = await json<UserBody>();
  const email = body.email === undefined ? user.email : demandEmail(body.email);
  const password = body.password === undefined ? user.encrypted_password : await hash(body.password);
  const [row] = await sql<UserRow[]>`
    update auth.users set
      email = ${email}, encrypted_password = ${password},
      email_confirmed_at = coalesce(email_confirmed_at, ${body.email_confirm ? new Date() : null}),
      banned_until = ${body.ban_duration === undefined ? user.banned_until : banEnd(body.ban_duration)},
      raw_app_meta_data = ${sql.json({ ...user.raw_app_meta_data, ...body.app_metadata } as never)},
      raw_user_meta_data = ${sql.json({ ...user.raw_user_meta_data, ...body.user_metadata } as never)},
      updated_at = now()
    where id = ${id} returning *`;
  return Response.json(renderUser(row!));
}

export async function deleteUser({ sql, id, json }: AuthRequest): Promise<Response> {
  await demandUser(sql, id);
  const { should_soft_delete: soft } = await json<{ should_soft_delete?: boolean }>();
  if (soft) await sql`update auth.users set deleted_at = now(), email = null where id = ${id}`;
  else await sql`delete from auth.users where id = ${id}`;
  return Response.json({});
}

async function demandUser(sql: AuthRequest["sql"], id: string): Promise<UserRow> {
  if (!UUID.test(id)) throw new AuthFailure(404, "validation_failed", "user_id must be an UUID");
  const user = await loadUser(sql, id);
  if (!user) throw userNotFound(404);
  return user;
}

function demandEmail(email: string): string {
  if (!EMAIL.test(email)) throw invalid("Unable to validate email address: invalid format");
  return email.toLowerCase();
}

async function hash(password: string): Promise<string> {
  if (password.length < SHORTEST_PASSWORD) {
    const message = `Password should be at least ${SHORTEST_PASSWORD} characters.`;
    throw new AuthFailure(422, "weak_password", message, { weak_password: { reasons: ["length"] } });
  }
  // The cheapest that bcrypt takes: these passwords guard nothing.
  return Bun.password.hash(password, { algorithm: "bcrypt", cost: 4 });
}

function banEnd(duration: string): Date | null {
  if (duration === "none") return null;
  const hours = /^(\d+)h$/.exec(duration)?.[1];
  if (hours === undefined) throw invalid(`invalid format for ban duration: ${duration}`);
  return new Date(Date.now() + Number(hours) * 3_600_000);
}
