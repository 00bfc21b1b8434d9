import { newYorkDate, newYorkTimestamp } from "./new-york-time.ts";
import { sessionOf } from "./nyse.ts";

/** Where New York's trading day stands; names as the portfolio's files and API have them. */
export interface MarketStatus {
  is_trading_day: boolean;
  /** From the open to the close, both included. */
  in_session: boolean;
  /** From the close on, itself included, until midnight in New York. */
  has_closed: boolean;
  /** ISO with New York's offset; null without a session. */
  market_open: string | null;
  market_close: string | null;
  /** One Spanish sentence for end users. */
  reason: string;
}

/**
 * The state of the exchange at `now`. No route or command shows it yet: it is the calendar's answer with the names and texts
 * that were specified, and the recorded days of the exchange are compared with it.
 */
export function marketStatus(now: Date): MarketStatus {
  const session = sessionOf(newYorkDate(now));
  if (!session)
    return {
      is_trading_day: false,
      in_session: false,
      has_closed: false,
      market_open: null,
      market_close: null,
      reason: "Hoy la bolsa de Nueva York no opera.",
    };
  const { open, close } = session;
  const opens = newYorkTimestamp(open);
  const closes = newYorkTimestamp(close);
  const inSession = now >= open && now <= close;
  return {
    is_trading_day: true,
    in_session: inSession,
    has_closed: now >= close,
    market_open: opens,
    market_close: closes,
    reason: inSession
      ? `La bolsa de Nueva York está abierta hasta las ${clockOf(closes)} de allí.`
      : now < open
        ? `La bolsa de Nueva York abre hoy a las ${clockOf(opens)} de allí.`
        : `La bolsa de Nueva York cerró hoy a las ${clockOf(closes)} de allí.`,
  };
}

/** `HH:MM` of an ISO text. */
const clockOf = (timestamp: string): string => timestamp.slice(11, 16);
