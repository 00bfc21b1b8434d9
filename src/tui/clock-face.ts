import { createContext, useContext } from "react";

/** Writes instants (epoch milliseconds) in one zone. */
export interface ClockFace {
  /** `06:03` */
  time(ms: number): string;
  /** `06:03:59` */
  exactTime(ms: number): string;
  /** `06:03` on the day of `nowMs`, else `03-08 06:03`. */
  moment(ms: number, nowMs: number): string;
  /** Short name of the zone: `UTC`, `GMT-3`. */
  zone: string;
}

export function createClockFace(timezone: string): ClockFace {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const parts = (ms: number) => {
    const entries = format.formatToParts(new Date(ms)).map((part) => [part.type, part.value] as const);
    return Object.fromEntries(entries) as Record<Intl.DateTimeFormatPartTypes, string>;
  };
  const day = (ms: number) => {
    const { month, day } = parts(ms);
    return `${month}-${day}`;
  };
  const time = (ms: number) => {
    const { hour, minute } = parts(ms);
    return `${hour}:${minute}`;
  };
  return {
    time,
    exactTime: (ms) => `${time(ms)}:${parts(ms).second}`,
    moment: (ms, nowMs) => (day(ms) === day(nowMs) ? time(ms) : `${day(ms)} ${time(ms)}`),
    zone: zoneName(timezone),
  };
}

export const ClockFaceContext = createContext<ClockFace>(createClockFace("UTC"));

export const useClockFace = (): ClockFace => useContext(ClockFaceContext);

/** The zone in which the operator's terminal lives. */
export const localTimezone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

function zoneName(timezone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: timezone, timeZoneName: "short" }).formatToParts(0);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? timezone;
}
