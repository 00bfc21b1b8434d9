import type { IsoDate } from "../../kit/dates.ts";

/**
 * Whole days without a session that no rule gives, since 1990. The next one is announced days before at most: add it
 * here, with who announced it.
 */
export const ONE_OFF_CLOSURES: ReadonlySet<IsoDate> = new Set([
  "1994-04-27", // funeral of President Nixon: NYSE, list of special closings
  "2001-09-11", // attacks on New York, through the 14th: NYSE, list of special closings
  "2001-09-12",
  "2001-09-13",
  "2001-09-14",
  "2004-06-11", // day of mourning for President Reagan: NYSE, list of special closings
  "2007-01-02", // day of mourning for President Ford: NYSE, list of special closings
  "2012-10-29", // hurricane Sandy, two days: announced by NYSE Euronext
  "2012-10-30",
  "2018-12-05", // day of mourning for President G. H. W. Bush: announced by the NYSE
  "2025-01-09", // day of mourning for President Carter: announced by the NYSE
]);

/** Closes at 13:00 that no rule of today gives, announced in the NYSE's yearly lists of holidays. */
export const ONE_OFF_EARLY_CLOSES: ReadonlySet<IsoDate> = new Set([
  // The Friday after a Thursday of July 4, where since 2013 the Wednesday before is the short day.
  "1996-07-05",
  "2002-07-05",
  // The Friday after a Thursday of Christmas; not repeated in 2008, 2014 and 2025.
  "1997-12-26",
  "2003-12-26",
  "1999-12-31",
]);
