// Station: cli/ui. One line of the conversation as lines of a terminal or a file. Pure. Called by the screen (once per entry) and by history on a pipe.
import type { TimelineEntry } from '../../client/snapshot.js';
import { unreadableWords } from '../../protocol/answer-metadata.js';
import { widthOf, wrapText } from './layout.js';
import { safeText } from './safe-text.js';
import type { Theme } from './theme.js';
import { endMark, noticeText, speaker } from './words.js';

/** How to draw an entry. */
export interface EntryStyle {
  /** Cells of a line; null never wraps. */
  readonly columns: number | null;
  readonly theme: Theme;
  /** What the user is called; the one who reads is `You`. */
  readonly userName?: string;
}

/** An entry as lines; they fit in `columns`. */
export function entryLines(entry: TimelineEntry, style: EntryStyle): string[] {
  const { theme, columns } = style;
  if (entry.kind === 'notice') return wrap(`— ${noticeText(entry)} —`, columns).map(theme.dim);
  const name = speaker(entry, style.userName);
  const mark = [endMark(entry.end), entry.isPartial ? '[its end is missing]' : '']
    .filter((part) => part !== '')
    .join(' ');
  const file = entry.fileId === null ? '' : `[file ${safeText(entry.fileId)}] `;
  const text = `${file}${entry.isUnreadable ? unreadableWords : safeText(entry.content)}`;
  const paint = entry.sender === 'user' ? theme.user : entry.sender === 'ai' ? theme.model : theme.person;
  const lines = hang(`${name}: `, text, columns);
  const [first = '', ...rest] = lines;
  const marked = mark === '' ? [] : wrap(mark, columns).map(theme.dim);
  return [paint(first.slice(0, name.length + 1)) + first.slice(name.length + 1), ...rest, ...marked];
}

/** Text behind a label, wrapped; below a width that leaves room to read, the label has a line of its own. */
function hang(label: string, text: string, columns: number | null): string[] {
  return columns !== null && widthOf(label) > columns / 2
    ? [...wrap(label.trimEnd(), columns), ...wrap(text, columns)]
    : wrap(label + text, columns);
}

function wrap(text: string, columns: number | null): string[] {
  return columns === null ? text.split('\n') : wrapText(text, columns);
}
