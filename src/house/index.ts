export { type House, type HouseOptions, openHouse } from "./house.ts";
export { openLog } from "./logging.ts";
