/** Made-up headlines; `{name}` is the company. Shown with "(muestra)" at the end. */
export const SAMPLE_HEADLINES = {
  good: [
    "{name} sube tras presentar ganancias récord",
    "{name} anunció un acuerdo para ampliar su producción",
    "Las acciones de {name} repuntan por la mejora de sus márgenes",
    "{name} aprobó el pago de un dividendo",
    "Rally de {name}: utilidades por encima de lo esperado",
    "{name} invertirá en una nueva planta y crece su negocio",
  ],
  bad: [
    "{name} cae por la debilidad de sus resultados",
    "Las acciones de {name} retroceden ante la incertidumbre del sector",
    "{name} informó pérdidas y recorta su plan de obras",
    "Multaron a {name} por incumplimientos de servicio",
    "{name} baja tras un balance por debajo de lo esperado",
    "Preocupa la morosidad y la volatilidad de {name}",
  ],
  neutral: [
    "{name} publicará su balance la próxima semana",
    "{name} convocó a asamblea de accionistas",
    "{name} designó a un nuevo director de finanzas",
    "Qué miran los analistas en el informe de {name}",
  ],
} as const;
