import { VigiaError, type VigiaErrorOptions } from "../kit/errors.ts";

/**
 * `unknown_symbol`: the source has no such thing. `no_data`: it has, but nothing for these dates. `no_source`: there is
 * nothing to ask, only what is stored serves.
 */
export type PriceErrorCode = "unknown_symbol" | "no_data" | "bad_data" | "source_unavailable" | "no_source";

/** Why the prices of one symbol are missing. */
export class PriceError extends VigiaError {
  override readonly name = "PriceError";
  readonly symbol: string;
  constructor(code: PriceErrorCode, symbol: string, message: string, options: VigiaErrorOptions = {}) {
    super(code, message, options);
    this.symbol = symbol;
  }
}
