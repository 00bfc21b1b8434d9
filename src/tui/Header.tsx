import { useClockFace } from "./clock-face.ts";
import { renderAge } from "./countdown.ts";
import { cutText, displayWidth, fitText } from "./fit-text.ts";
import { type House, isSample } from "./house.ts";
import { Line } from "./Line.tsx";
import { type Tone, usePalette } from "./palette.ts";

export interface HeaderProps {
  house: House;
  url: string;
  nowMs: number;
  columns: number;
}

const NAME = " Vigía";
const GAP = "  ";
const SAMPLE_LABEL = "MUESTRA (sample data)";

/** Name, address and sample label on the left; health of the connection and the clock on the right. */
export function Header({ house, url, nowMs, columns }: HeaderProps) {
  const palette = usePalette();
  const clock = useClockFace();
  const [tone, health] = describeConnection(house, nowMs);
  const time = `${clock.time(nowMs)} ${clock.zone}`;
  const state = cutText(health, columns - NAME.length - displayWidth(time) - 2 * GAP.length - 1);
  const room = columns - NAME.length - displayWidth(state) - displayWidth(time) - 2 * GAP.length - 1;
  const label = isSample(house) ? cutText(GAP + SAMPLE_LABEL, room) : "";
  const address = fitText(GAP + url, room - displayWidth(label));
  return (
    <Line>
      {`${palette("strong", NAME)}${palette("warn", label)}${address}${GAP}${palette(tone, state)}${GAP}${time} `}
    </Line>
  );
}

function describeConnection({ connection, statusAtMs }: House, nowMs: number): [Tone, string] {
  if (connection.state === "connecting") return ["dim", "connecting"];
  if (connection.state === "live") return ["good", "live"];
  if (connection.state === "polling") return ["warn", "polling"];
  const lost = connection.state === "denied" ? "NO ACCESS" : "OFFLINE";
  const data = statusAtMs === null ? "no data yet" : `data ${renderAge(nowMs - statusAtMs)} old`;
  return ["bad", `${lost} ${renderAge(nowMs - connection.sinceMs)}, ${data}`];
}
