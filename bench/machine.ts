import { cpus, loadavg, totalmem } from "node:os";

/** What the figures were measured on, in one line; a load near or above the cores means that others worked too. */
export function describeMachine(): string {
  const cores = cpus();
  const memoryGb = Math.round(totalmem() / 2 ** 30);
  const load = loadavg().map((value) => value.toFixed(1));
  return [
    `${cores.length} cores (${cores[0]?.model.trim() || "unknown"}), ${memoryGb} GB`,
    `${process.platform} ${process.arch}, Bun ${Bun.version}`,
    `load ${load[0]} (1 min), ${load[1]} (5 min)`,
    new Date().toISOString().slice(0, 16),
  ].join(" · ");
}
