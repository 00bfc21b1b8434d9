import { expect, test } from "bun:test";
import {
  dateOfTimestamp,
  formatBarDate,
  formatDate,
  formatMoment,
  formatOldMoment,
  formatShortBarDate,
  formatShortDate,
} from "../../../../src/systems/portfolio/files/dates-es.ts";

const moment = new Date("2022-01-08T02:05:09.000Z");

test("dates have Spanish months and no leading zero", () => {
  expect(formatDate("2022-09-07")).toBe("7 de septiembre de 2022");
  expect(formatShortDate("2022-09-07")).toBe("7 sep 2022");
  expect([formatDate(null), formatDate("2022-02-30"), formatShortDate("|<b>")]).toEqual(Array(3).fill("sin fecha"));
});

test("a weekly bar is of its week, not of its Monday", () => {
  expect(formatBarDate("2022-01-03", "1wk")).toBe("semana del 3 de enero de 2022");
  expect(formatShortBarDate("2022-01-03", "1wk")).toBe("sem. del 3 ene 2022");
  expect([formatBarDate("2022-01-03", "1d"), formatShortBarDate("2022-01-03", "1d")]).toEqual([
    "3 de enero de 2022",
    "3 ene 2022",
  ]);
  expect([formatBarDate("", "1wk"), formatShortBarDate("", "1wk")]).toEqual(["sin fecha", "sin fecha"]);
});

test("moments stand on the user's clocks and name the place", () => {
  expect(formatMoment(moment, "America/Argentina/Buenos_Aires")).toBe(
    "7 de enero de 2022, 23:05 (hora de Buenos Aires)",
  );
  expect(formatMoment(moment, "Asia/Tokyo")).toBe("8 de enero de 2022, 11:05 (hora de Tokyo)");
  expect(formatMoment(moment, "UTC")).toBe("8 de enero de 2022, 02:05 (UTC)");
});

test("midnight is 00 and not 24", () => {
  expect(formatMoment(new Date("2022-01-08T03:00:00Z"), "America/Argentina/Buenos_Aires")).toContain("00:00");
});

test("a zone that nobody knows reads as UTC and says so", () => {
  expect(formatMoment(moment, "Marte/Olimpo")).toBe("8 de enero de 2022, 02:05 (UTC)");
  expect(formatMoment(moment, "")).toBe("8 de enero de 2022, 02:05 (UTC)");
});

test("old moments have the English month, two digits and seconds", () => {
  expect(formatOldMoment(moment, "America/New_York")).toBe("07 de January de 2022, 21:05:09");
});

test("timestamps become the date on the user's clocks, plain dates stay", () => {
  expect(dateOfTimestamp("2022-01-08T02:00:00.000Z", "America/New_York")).toBe("2022-01-07");
  expect(dateOfTimestamp("2022-01-08", "America/New_York")).toBe("2022-01-08");
  expect([dateOfTimestamp(null, "UTC"), dateOfTimestamp("ayer", "UTC")]).toEqual([null, null]);
});
