/** One part of a form. */
export interface FormPart {
  /** Empty for the file that supabase-js sends. */
  name: string;
  /** Absent for a plain field. */
  filename: string | undefined;
  type: string;
  content: Buffer;
}

/** Reads `multipart/form-data`; Bun's own reader passes over parts without a name, and the file is one. */
export function readMultipart(body: Buffer, contentType: string): FormPart[] {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return [];
  const parts: FormPart[] = [];
  const mark = Buffer.from(`--${boundary}`);
  let start = body.indexOf(mark);
  while (start >= 0) {
    const next = body.indexOf(mark, start + mark.length);
    if (next < 0) break;
    // Between the marks: CRLF, headers, an empty line, the content, CRLF.
    const part = body.subarray(start + mark.length + 2, next - 2);
    const end = part.indexOf("\r\n\r\n");
    if (end >= 0) parts.push(readPart(part.subarray(0, end).toString(), part.subarray(end + 4)));
    start = next;
  }
  return parts;
}

const readPart = (head: string, content: Buffer): FormPart => ({
  name: /\bname="([^"]*)"/.exec(head)?.[1] ?? "",
  filename: /\bfilename="([^"]*)"/.exec(head)?.[1],
  type: /^content-type:\s*(.+)$/im.exec(head)?.[1]?.trim() ?? "",
  content,
});
