// Station: cli/ui. The part of a conversation that fits on a screen, without laying out the rest of it. Pure but for what it remembers of entries. Called by the desk's screen.
import type { Snapshot, TimelineEntry } from '../../client/snapshot.js';
import { entryLines } from './entry-lines.js';
import { cutLine, tailOf } from './layout.js';
import { safeLine, safeText } from './safe-text.js';
import type { Theme } from './theme.js';

/** How a conversation is drawn. */
export interface WindowStyle {
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
  /** Lines that the window stands above the end. */
  readonly scrolledUp: number;
}

/** Lines of a window, and how far up it really stands: never above the oldest line. */
export interface ConversationWindow {
  readonly lines: readonly string[];
  readonly scrolledUp: number;
}

interface Laid {
  readonly columns: number;
  readonly lines: readonly string[];
}

/** What the last few windows laid out: entries never change, and the next window shows nearly the same. What scrolled away is forgotten. */
let laid = new Map<TimelineEntry, Laid>();
let laidBefore = new Map<TimelineEntry, Laid>();
/** So many entries more than a window needs are kept, so that several sessions and a key up or down find theirs. */
const spare = 500;

/** The window. Entries are laid out from the newest up, as many as it takes. */
export function conversationWindow(chat: Snapshot, style: WindowStyle): ConversationWindow {
  const { rows, scrolledUp } = style;
  const wanted = rows + Math.max(0, scrolledUp);
  const parts: (readonly string[])[] = [runningLines(chat, style)];
  let count = parts[0]?.length ?? 0;
  for (let at = chat.timeline.length - 1; at >= 0 && count < wanted; at -= 1) {
    const entry = chat.timeline[at];
    if (entry === undefined) break;
    const lines = linesOf(entry, style);
    parts.push(lines);
    count += lines.length;
  }
  if (laid.size > parts.length + spare) {
    laidBefore = laid;
    laid = new Map();
  }
  const all = parts.reverse().flat();
  const up = Math.min(Math.max(0, scrolledUp), Math.max(0, all.length - rows));
  const end = all.length - up;
  return { lines: all.slice(Math.max(0, end - rows), end), scrolledUp: up };
}

function linesOf(entry: TimelineEntry, { columns, theme }: WindowStyle): readonly string[] {
  const known = laid.get(entry) ?? laidBefore.get(entry);
  const kept =
    known?.columns === columns ? known : { columns, lines: entryLines(entry, { columns, theme, userName: 'User' }) };
  laid.set(entry, kept);
  return kept.lines;
}

/** What is not in the log yet: the running answer, what waits to be stored, who types. */
function runningLines({ answer, pending, typingAtMs }: Snapshot, style: WindowStyle): string[] {
  const { columns, rows, theme } = style;
  const lines: string[] = [];
  if (answer !== null) {
    const label = `${safeLine(answer.modelId ?? '') || 'Model'}: `;
    lines.push(...tailOf(label + (answer.text === '' ? '…' : safeText(answer.text)), columns, rows));
  }
  for (const { content, status, error } of pending.slice(-3)) {
    const line = safeLine(content);
    lines.push(
      status === 'sending'
        ? theme.dim(cutLine(`You (sending…): ${line}`, columns))
        : theme.warning(cutLine(`Not sent: ${safeLine(error ?? '')} (Ctrl-X sends it again) ${line}`, columns)),
    );
  }
  if (typingAtMs !== null) lines.push(theme.dim(cutLine('The user is typing…', columns)));
  return lines;
}
