/** `bun run soak` runs the same tests with more seeds, kills and requests. */
export const soaking = process.env.VIGIA_SOAK === "1";

export const soakTimes = (normal: number, soak: number): number => (soaking ? soak : normal);
