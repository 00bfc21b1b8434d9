export { type House, openHouse } from "./house.ts";
export { openLog } from "./logging.ts";
