/** An element of a page that begins with text of its own. */
export interface TextElement {
  classes: readonly string[];
  /** Up to the next tag, trimmed. */
  text: string;
}

/** More is not read of a page: what it shows first comes first. */
const LONGEST_PAGE_CHARACTERS = 2_000_000;
/** A part without end reaches to the page's end. */
const NOT_SHOWN = /<!--[\s\S]*?(?:-->|$)|<(script|style)\b[\s\S]*?(?:<\/\1\s*>|$)/gi;
/** Quoted values may hold `>` (`[&>svg]:mr-2`); none holds `<`, which keeps the search linear. */
const OPENING_TAG = /<[a-z][a-z0-9]*((?:\s(?:"[^"<]*"|'[^'<]*'|[^"'<>])*)?)>([^<]*)/gi;
const CLASS_ATTRIBUTE = /\sclass=(?:"([^"]*)"|'([^']*)')/i;

/** The elements of a page with their texts, in order, without scripts, styles and comments. */
export function readPageText(html: string): TextElement[] {
  const shown = html.slice(0, LONGEST_PAGE_CHARACTERS).replace(NOT_SHOWN, "");
  return [...shown.matchAll(OPENING_TAG)].flatMap(([, attributes = "", content = ""]) => {
    const text = content.trim();
    const [, double, single] = CLASS_ATTRIBUTE.exec(attributes) ?? [];
    const classes = (double ?? single ?? "").split(/\s+/).filter(Boolean);
    return text === "" ? [] : [{ classes, text }];
  });
}
