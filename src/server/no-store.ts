/** Header of answers that are true for the moment only. */
export const NO_STORE = { "Cache-Control": "no-store" } as const;
