import { VigiaError, type VigiaErrorOptions } from "../kit/errors.ts";

/** `unknown_symbol`: the source has no such thing. `no_data`: it has, but nothing for these dates. */
export type PriceErrorCode = "unknown_symbol" | "no_data" | "bad_data" | "source_unavailable";

/** Why the prices of one symbol are missing. */
export class PriceError extends VigiaError {
  override readonly name = "PriceError";
  readonly symbol: string;
  constructor(code: PriceErrorCode, symbol: string, message: string, options: VigiaErrorOptions = {}) {
    super(code, message, options);
    this.symbol = symbol;
  }
}
