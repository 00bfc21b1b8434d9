export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  /** Own text and that of the children, entities resolved. */
  text: string;
}

const ATTRIBUTES = String.raw`((?:\s+[a-zA-Z:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot|#39);[^"<&]*)*")*)`;
const TOKEN = new RegExp(`<([a-zA-Z]+)${ATTRIBUTES}\\s*(/?)>|</([a-zA-Z]+)>|([^<]+)`, "gy");
const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** Reads well-formed XML of elements, attributes and text; throws at anything else. */
export function readSvg(source: string): Element {
  const document: Element = { name: "", attributes: {}, children: [], text: "" };
  const open = [document];
  let end = 0;
  for (const match of source.matchAll(TOKEN)) {
    const [token, name, attributes, selfClosed, closed, text] = match;
    end = match.index + token.length;
    const parent = open.at(-1)!;
    if (text !== undefined) parent.text += resolve(text);
    else if (closed !== undefined) {
      if (parent.name !== closed) throw new Error(`</${closed}> closes <${parent.name}>`);
      open.pop();
      if (open.length > 1) open.at(-1)!.text += parent.text;
    } else {
      const element: Element = { name: name!, attributes: readAttributes(attributes!), children: [], text: "" };
      parent.children.push(element);
      if (!selfClosed) open.push(element);
    }
  }
  if (end !== source.length) throw new Error(`not XML: ${source.slice(end, end + 80)}`);
  if (open.length !== 1) throw new Error(`<${open.at(-1)!.name}> is never closed`);
  const [root, ...more] = document.children;
  if (!root || more.length > 0 || document.text.trim() !== "") throw new Error("more than one root");
  return root;
}

/** The element and everything in it. */
export const allElements = (element: Element): Element[] => [element, ...element.children.flatMap(allElements)];

function readAttributes(source: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of source.matchAll(/([a-zA-Z:-]+)="([^"]*)"/g)) {
    if (name! in attributes) throw new Error(`${name} is given twice`);
    attributes[name!] = resolve(value!);
  }
  return attributes;
}

function resolve(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed())
    throw new Error("a character that XML does not have");
  return text.replace(/&([^;]*);?/g, (entity, name) => {
    const character = ENTITIES[name];
    if (character === undefined || !entity.endsWith(";")) throw new Error(`not an entity: ${entity}`);
    return character;
  });
}
