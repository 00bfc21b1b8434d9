import type { Registry } from "prom-client";
import { register, type Sample } from "./request-metrics.ts";

/** A metric under another name: the samples of a base family that match, summed over the labels that are left out. */
export interface View {
  name: string;
  help: string;
  of: string;
  /** Only samples with these label values. */
  where?: Readonly<Record<string, readonly string[]>>;
  /** Label of the view → label of the base family. */
  labels?: Readonly<Record<string, string>>;
}

const HISTOGRAM_SUFFIX = /_(bucket|sum|count)$/;

export function addView(registry: Registry, view: View): void {
  const base = registry.getSingleMetric(view.of);
  if (!base) throw new Error(`The view ${view.name} needs the metric ${view.of}.`);
  const { type } = base as unknown as { type: "counter" | "gauge" | "histogram" };
  register(registry, view.name, type, view.help, async () => {
    const { values } = (await base.get()) as { values: Sample[] };
    const samples = projected(values, view);
    return samples.length === 0 && !view.labels ? zero(view.name, type) : samples;
  });
}

function projected(samples: readonly Sample[], { name, of, where = {}, labels = {} }: View): Sample[] {
  const sums = new Map<string, Sample>();
  for (const sample of samples) {
    if (!Object.entries(where).every(([label, wanted]) => wanted.includes(String(sample.labels[label])))) continue;
    const kept: Sample["labels"] = {};
    for (const [own, base] of Object.entries(labels)) kept[own] = sample.labels[base] ?? "";
    if (sample.labels.le !== undefined) kept.le = sample.labels.le;
    const suffix = sample.metricName && HISTOGRAM_SUFFIX.exec(sample.metricName.slice(of.length))?.[0];
    const metricName = suffix ? name + suffix : name;
    const key = JSON.stringify([metricName, kept]);
    const sum = sums.get(key);
    if (sum) sum.value += sample.value;
    else sums.set(key, { metricName, labels: kept, value: sample.value });
  }
  return [...sums.values()];
}

function zero(name: string, type: string): Sample[] {
  if (type !== "histogram") return [{ value: 0, labels: {} }];
  return [
    { metricName: `${name}_bucket`, value: 0, labels: { le: "+Inf" } },
    { metricName: `${name}_sum`, value: 0, labels: {} },
    { metricName: `${name}_count`, value: 0, labels: {} },
  ];
}
