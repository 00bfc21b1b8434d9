import { formatMoment } from "./dates-es.ts";
import { escapeText, paragraphs } from "./markdown.ts";
import type { PortfolioDocument } from "./portfolio-document.ts";
import { renderChanges, renderChecks, renderPositions, renderRecommendations } from "./portfolio-sections.ts";
import { rememberPerAsset } from "./remember-per-asset.ts";
import { REPORT_END, renderAssetSection, renderQuality, SAMPLE_NOTICE } from "./report-parts.ts";
import { renderPortfolioReportV1 } from "./report-v1.ts";

/** `v1` has the headings and order of the reports that were replaced (portfolio.md 12); `v2` is for reading. */
export type ReportProfile = "v1" | "v2";

/** `portfolio_informe.md` on the clocks of the user. Every figure is in the document's JSON. Ends with one newline. Pure. */
export function renderPortfolioReport(document: PortfolioDocument, profile: ReportProfile): string {
  const { report, assets, positions, checks, changes, quality } = document;
  const { displayName, timezone } = report.user;
  if (profile === "v1") return renderPortfolioReportV1(document, timezone);
  return paragraphs([
    "# 📊 Informe de portafolio",
    `**${escapeText(displayName)}**  \nAnálisis del ${formatMoment(report.analysedAt, timezone)}`,
    report.dataSource === "sample" ? SAMPLE_NOTICE : null,
    renderChanges(changes, assets),
    renderRecommendations(assets),
    renderPositions(positions),
    renderChecks(checks),
    "## 💼 Activo por activo",
    ...assets.map(assetSection),
    `## 🧾 Calidad de los datos\n\n${renderQuality(quality, "1d")}`,
    REPORT_END,
  ]);
}

const assetSection = rememberPerAsset((asset) => renderAssetSection(asset, { expectsLongTrend: true, interval: "1d" }));
