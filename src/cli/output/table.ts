// Station: cli/output. Rows as columns that line up. Called by commands that list something.

/** How wide a table may be; null for as wide as it needs (a pipe). */
export interface TableShape {
  readonly columns: number | null;
}

const gap = '  ';
const narrowest = 8;

/** Printable on one line: control, escape and direction characters would move the reader's cursor or eye. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\t') return ' ';
    return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

function width(text: string): number {
  return [...text].length;
}

function cut(text: string, max: number): string {
  return width(text) <= max ? text : `${[...text].slice(0, Math.max(0, max - 1)).join('')}…`;
}

/** `rows` under `head`, every column as wide as its widest cell; on a terminal the last column is cut to fit. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], shape: TableShape): string {
  const cells = [head, ...rows].map((row) => row.map(oneLine));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  const taken = widths.slice(0, -1).reduce((sum, wide) => sum + wide + gap.length, 0);
  const room = shape.columns === null ? Number.POSITIVE_INFINITY : Math.max(narrowest, shape.columns - taken);
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        column === head.length - 1 ? cut(cell, room) : cell.padEnd((widths[column] ?? 0) + cell.length - width(cell)),
      )
      .join(gap)
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}

/** The shape that fits where `stdout` leads to. */
export function shapeOf(stdout: { readonly isTTY?: boolean; readonly columns?: number }): TableShape {
  return { columns: stdout.isTTY === true ? (stdout.columns ?? 80) : null };
}
