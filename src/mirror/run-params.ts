import type { z } from "zod";
import { VigiaError } from "../kit/errors.ts";

/** Parameters of a run by hand. Error: `bad_params` with the field. */
export function readParams<Schema extends z.ZodType>(schema: Schema, params: unknown): z.output<Schema> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new VigiaError("bad_params", `params.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "is not valid"}.`);
}
