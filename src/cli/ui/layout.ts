// Station: cli/ui. Text in terminal cells: width, wrapping, tails. Pure. Called by the views and the input line.
import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const plain = /^[\u0020-\u007e]*$/;

/** Cells that one line of `text` takes. */
export function widthOf(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text);
}

/** What a reader sees as characters: an emoji with its modifiers is one. */
export function graphemesOf(text: string): string[] {
  return plain.test(text) ? [...text] : Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** `text` as lines of at most `columns` cells, broken at spaces where there are any; at least one line. `columns` below 1 counts as 1. */
export function wrapText(text: string, columns: number): string[] {
  const room = Math.max(1, columns);
  return text.split('\n').flatMap((line) => wrapLine(line, room));
}

function wrapLine(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const lines: string[] = [];
  // A line is cut out of the text, not put together from its pieces: that would leave a string in memory for each of them.
  let from = 0;
  let to = 0;
  let width = 0;
  for (const word of line.split(/(?<= )/)) {
    const wide = widthOf(word.trimEnd());
    if (width > 0 && width + wide > columns) {
      lines.push(line.slice(from, to).trimEnd());
      from = to;
      width = 0;
    }
    for (const piece of wide > columns ? graphemesOf(word) : [word]) {
      const cells = widthOf(piece);
      // A space that falls over the edge belongs to nobody.
      if (width > 0 && width + widthOf(piece.trimEnd()) > columns) {
        lines.push(line.slice(from, to));
        from = to;
        width = 0;
      }
      to += piece.length;
      width += cells;
    }
  }
  const last = line.slice(from);
  lines.push(width > columns ? last.trimEnd() : last);
  return lines;
}

/** The last `rows` lines of a text of any length, without wrapping all of it. */
export function tailOf(text: string, columns: number, rows: number): string[] {
  // A row holds at most `columns` characters; cut in whole blocks, so that what is drawn stands still while the text grows.
  const block = Math.max(1, columns) * Math.max(1, rows) * 2;
  let from = Math.max(0, Math.floor(text.length / block) - 1) * block;
  const low = text.charCodeAt(from);
  if (low >= 0xdc00 && low <= 0xdfff) from += 1;
  return wrapText(text.slice(from), columns).slice(-Math.max(1, rows));
}

/** One line of at most `columns` cells; what is cut off is marked. */
export function cutLine(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let end = 0;
  let width = 1;
  for (const piece of graphemesOf(text)) {
    width += widthOf(piece);
    if (width > columns) break;
    end += piece.length;
  }
  return columns < 1 ? '' : `${text.slice(0, end)}…`;
}
