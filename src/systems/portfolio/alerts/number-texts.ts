import { roundHalfEven } from "../../../kit/round.ts";

/** `70.0%`. */
export const percentText = (value: number, decimals: number): string => `${fixed(value, decimals)}%`;

/** `+6.00%`, `-11.00%`. */
export const changeText = (percent: number): string => `${percent < 0 ? "" : "+"}${fixed(percent, 2)}%`;

/** `3.10`: like Python's fixed format, which the old figures were written with. */
export const fixed = (value: number, decimals: number): string => roundHalfEven(value, decimals).toFixed(decimals);
