/** The chart's own style sheet, for light and dark pages; no font or picture is fetched. */
export const CHART_STYLE = [
  ":root{--ground:#fff;--ink:#1f2937;--quiet:#64748b;--grid:#e5e9ef;--price:#0b4f71;--up:#15803d;--down:#c02626;",
  "--short:#d97706;--middle:#7c3aed;--long:#0891b2;--band:#0b4f71;--volume:#94a3b8;--warn:#b45309}",
  "@media (prefers-color-scheme:dark){:root{--ground:#111827;--ink:#e5e7eb;--quiet:#9aa7b8;--grid:#293548;",
  "--price:#7dc4ea;--up:#4ade80;--down:#f87171;--short:#fbbf24;--middle:#b79cf7;--long:#3dd1e6;--band:#7dc4ea;",
  "--volume:#64748b;--warn:#fbbf24}}",
  "text{font:12px system-ui,'Segoe UI',Helvetica,Arial,sans-serif;fill:var(--quiet)}",
  ".symbol{font-size:20px;font-weight:700;fill:var(--ink)}.last{font-size:16px;font-weight:600;fill:var(--ink)}",
  ".name{font-size:13px;font-weight:400;fill:var(--quiet)}.tag{fill:var(--price)}.tagged{fill:var(--ground);font-weight:600}",
  ".sample{font-size:12px;font-weight:700;fill:var(--warn)}.end{text-anchor:end}.centre{text-anchor:middle}",
  ".ground{fill:var(--ground)}.grid{stroke:var(--grid);fill:none}",
  ".price{stroke:var(--price);fill:none;stroke-width:1.8;stroke-linejoin:round}",
  ".short{stroke:var(--short)}.middle{stroke:var(--middle)}.long{stroke:var(--long)}",
  ".average{fill:none;stroke-width:1.3;stroke-linejoin:round}.band{fill:var(--band);opacity:.12}.swatch{stroke:none}.band.swatch{opacity:.3}",
  ".up{stroke:var(--up);fill:var(--up)}.down{stroke:var(--down);fill:var(--down)}",
  ".volume{stroke:var(--volume);opacity:.75}.now{stroke:var(--quiet);stroke-dasharray:3 3;opacity:.8}",
].join("");
