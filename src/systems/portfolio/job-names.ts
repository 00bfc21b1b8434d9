export const PORTFOLIO_SYSTEM = "portfolio";
export const PORTFOLIO_CYCLE = "portfolio_cycle";
