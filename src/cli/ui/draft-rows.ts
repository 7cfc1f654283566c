// Station: cli/ui. A draft as rows of a terminal with the cursor in its place. Pure. Called by the input line.
import type { Draft } from './draft.js';
import { graphemesOf, widthOf } from './layout.js';

/** One row; `cursor` is the character under the cursor where it stands in this row, else null. */
export interface DraftRow {
  readonly before: string;
  readonly cursor: string | null;
  readonly after: string;
}

/** A row while it is filled. */
interface OpenRow {
  before: string;
  cursor: string | null;
  after: string;
}

/** At most `maxRows` rows of at most `columns` cells, those around the cursor. */
export function draftRows(draft: Draft, columns: number, maxRows: number): DraftRow[] {
  const room = Math.max(2, columns);
  const rows: OpenRow[] = [];
  let row = begin(rows);
  let width = 0;
  let offset = 0;
  let cursorRow = 0;
  const put = (piece: string, cells: number): void => {
    // The cursor needs a cell of its own at the end of a row.
    if (width + cells > room - 1 && width > 0) {
      row = begin(rows);
      width = 0;
    }
    width += cells;
    if (offset === draft.cursor) {
      row.cursor = piece === '' || piece === '\n' ? ' ' : piece;
      cursorRow = rows.length - 1;
    } else if (row.cursor === null) row.before += piece === '\n' ? '' : piece;
    else row.after += piece === '\n' ? '' : piece;
  };
  for (const piece of graphemesOf(draft.text)) {
    put(piece, piece === '\n' ? 0 : widthOf(piece));
    offset += piece.length;
    if (piece === '\n') {
      row = begin(rows);
      width = 0;
    }
  }
  if (offset === draft.cursor) put('', 1);
  const from = Math.min(Math.max(0, cursorRow - Math.floor(maxRows / 2)), Math.max(0, rows.length - maxRows));
  return rows.slice(from, from + Math.max(1, maxRows));
}

function begin(rows: OpenRow[]): OpenRow {
  const row: OpenRow = { before: '', cursor: null, after: '' };
  rows.push(row);
  return row;
}
