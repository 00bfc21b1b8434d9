/**
 * Coins of the radar: the first 30 of the 55 that the replaced system ordered by liquidity (portfolio.md 7.1). The list
 * changes with a release, never at run time; a coin without prices is named by the scan that misses it.
 */
export const CRYPTO30: readonly string[] = `
  BTC ETH BNB XRP ADA DOGE SOL TRX DOT LTC SHIB AVAX LINK XLM ATOM ETC BCH ALGO NEAR FIL VET ICP HBAR QNT OP
  ARB MKR AAVE SAND MANA
`
  .trim()
  .split(/\s+/)
  .map((coin) => `${coin}-USD`);
