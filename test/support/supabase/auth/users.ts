import type { Sql } from "postgres";

/** A row of `auth.users`, as far as the service speaks of it. */
export interface UserRow {
  id: string;
  aud: string | null;
  role: string | null;
  email: string | null;
  phone: string | null;
  encrypted_password: string | null;
  email_confirmed_at: Date | null;
  invited_at: Date | null;
  last_sign_in_at: Date | null;
  raw_app_meta_data: Record<string, unknown> | null;
  raw_user_meta_data: Record<string, unknown> | null;
  created_at: Date;
  updated_at: Date;
  banned_until: Date | null;
  deleted_at: Date | null;
  is_anonymous: boolean;
}

export async function loadUser(sql: Sql, id: string): Promise<UserRow | undefined> {
  const rows = await sql<UserRow[]>`select * from auth.users where id = ${id} and deleted_at is null`;
  return rows[0];
}

export async function loadUserByEmail(sql: Sql, email: string): Promise<UserRow | undefined> {
  const rows = await sql<UserRow[]>`
    select * from auth.users where email = ${email.toLowerCase()} and deleted_at is null and not is_sso_user`;
  return rows[0];
}

export const isBanned = ({ banned_until }: UserRow): boolean => banned_until !== null && banned_until > new Date();

/** A user as the API shows it: optional dates are absent, never null. */
export function renderUser(row: UserRow): Record<string, unknown> {
  const identity = {
    identity_id: row.id,
    id: row.id,
    user_id: row.id,
    identity_data: { email: row.email, email_verified: row.email_confirmed_at !== null, sub: row.id },
    provider: "email",
    last_sign_in_at: row.last_sign_in_at ?? row.created_at,
    created_at: row.created_at,
    updated_at: row.updated_at,
    email: row.email,
  };
  const user = {
    id: row.id,
    aud: row.aud ?? "",
    role: row.role ?? "",
    email: row.email ?? "",
    email_confirmed_at: row.email_confirmed_at,
    invited_at: row.invited_at,
    phone: row.phone ?? "",
    confirmed_at: row.email_confirmed_at,
    last_sign_in_at: row.last_sign_in_at,
    app_metadata: row.raw_app_meta_data ?? {},
    user_metadata: row.raw_user_meta_data ?? {},
    identities: row.email === null ? [] : [identity],
    created_at: row.created_at,
    updated_at: row.updated_at,
    banned_until: row.banned_until,
    deleted_at: row.deleted_at,
    is_anonymous: row.is_anonymous,
  };
  return Object.fromEntries(Object.entries(user).filter(([, value]) => value !== null));
}
