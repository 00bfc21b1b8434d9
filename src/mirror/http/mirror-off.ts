import { HttpProblem } from "../../server/problem.ts";

/** For what only a mirror with a target can do. */
export const mirrorOff = () =>
  new HttpProblem(
    409,
    "mirror_off",
    "The mirror is off: set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY, and leave USE_SUPABASE unset or auto. " +
      "A process that runs has read its settings at its start: restart it.",
  );
