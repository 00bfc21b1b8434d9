import type { Verdict } from "../analysis/asset-analysis.ts";
import type { SuddenChange } from "./sudden-changes.ts";

export interface Advice {
  tipo: "ESTRATEGIA_GENERAL" | "ACCION_INMEDIATA" | "VIGILANCIA_VOLATILIDAD";
  mensaje: string;
  prioridad: "ALTA" | "MEDIA";
}

interface Findings {
  /** Assets of the portfolio, failed ones included. */
  total: number;
  distribution: Readonly<Record<Verdict, number>>;
  highAlerts: number;
  changes: readonly SuddenChange[];
}

/** What the portfolio as a whole calls for: always a strategy, then what cannot wait (portfolio.md 10.2). */
export function adviseOn({ total, distribution, highAlerts, changes }: Findings): Advice[] {
  const severe = changes.filter(({ severidad }) => severidad === "ALTA").length;
  return [
    strategyFor(total, distribution),
    ...(highAlerts > 0 ? [urgent("ACCION_INMEDIATA", countedAlerts(highAlerts))] : []),
    ...(severe > 0 ? [urgent("VIGILANCIA_VOLATILIDAD", countedChanges(severe))] : []),
  ];
}

function strategyFor(total: number, { COMPRAR, VENDER, MANTENER }: Findings["distribution"]): Advice {
  const tipo = "ESTRATEGIA_GENERAL";
  if (COMPRAR > total / 2)
    return { tipo, mensaje: `🟢 Predominan las compras: ${COMPRAR} de ${total} activos.`, prioridad: "ALTA" };
  if (VENDER > total / 2)
    return { tipo, mensaje: `🔴 Predominan las ventas: ${VENDER} de ${total} activos.`, prioridad: "ALTA" };
  const mensaje = `🟡 No predomina ninguna dirección: ${MANTENER} de ${total} activos en MANTENER.`;
  return { tipo, mensaje, prioridad: "MEDIA" };
}

const urgent = (tipo: Advice["tipo"], mensaje: string): Advice => ({ tipo, mensaje, prioridad: "ALTA" });

const countedAlerts = (count: number): string =>
  count === 1
    ? "🚨 Hay una alerta de prioridad alta: conviene revisarla cuanto antes."
    : `🚨 Hay ${count} alertas de prioridad alta: conviene revisarlas cuanto antes.`;

const countedChanges = (count: number): string =>
  count === 1
    ? "📈 Un cambio abrupto es de severidad alta: conviene revisar los límites de pérdida."
    : `📈 ${count} cambios abruptos son de severidad alta: conviene revisar los límites de pérdida.`;
