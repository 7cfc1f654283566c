// Station: cli/ui. Sessions to choose from: who waits for help first, filtered, as lines that fit. Pure. Called by the desk's screen.
import type { DeskSummary } from '../../client/desk-list.js';
import type { HelpCall } from '../../client/desk-snapshot.js';
import { sinceText } from './desk-header.js';
import { listLimit } from './desk-state.js';
import { cutLine, widthOf } from './layout.js';
import { safeLine } from './safe-text.js';
import type { Theme } from './theme.js';

/** What to choose from, as a picker shows it. */
export interface PickerState {
  readonly sessions: readonly DeskSummary[];
  readonly filter: string;
  /** Whether more sessions are active than are listed. */
  readonly isCut: boolean;
  readonly selectedId: string | null;
  /** The last line of the selected session, when it was asked for. */
  readonly lastLine: string | null;
}

/** How it is drawn. */
export interface PickerStyle {
  readonly columns: number;
  readonly rows: number;
  readonly theme: Theme;
  readonly nowMs: number;
}

/** The sessions in the order of the picker, those that the filter leaves: by user, name, id or state. */
export function pickable(
  sessions: readonly DeskSummary[],
  helpCalls: readonly HelpCall[],
  filter: string,
): readonly DeskSummary[] {
  const calls = new Set(helpCalls.map(({ sessionId }) => sessionId));
  const waits = (session: DeskSummary): boolean => session.isHelpRequested || calls.has(session.id);
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const fits = (session: DeskSummary): boolean => {
    const text = `${session.userId} ${session.name} ${session.id} ${stateOf(session, waits(session))}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  // Who has waited longest comes first; of the others who spoke last.
  return sessions.filter(fits).sort((one, other) => {
    if (waits(one) !== waits(other)) return waits(one) ? -1 : 1;
    const order = one.lastActivity < other.lastActivity ? -1 : one.lastActivity > other.lastActivity ? 1 : 0;
    return waits(one) ? order : -order;
  });
}

function stateOf(session: DeskSummary, isWaiting: boolean): string {
  if (isWaiting && session.heldBy === null) return 'needs help';
  if (session.heldBy !== null) return `held by ${session.heldBy}`;
  return session.isActive ? 'active' : 'ended';
}

const cutNote = `Only the newest ${listLimit} and who waits for help are listed. Any other: chatbox takeover ID`;
const stateWidth = 14;
const ageWidth = 5;

/** The picker's lines: head, sessions around the selected one, its last line, and whether that is all. At most `rows`. */
export function pickerLines(
  { filter, isCut, lastLine, selectedId }: PickerState,
  listed: readonly DeskSummary[],
  helpCalls: readonly HelpCall[],
  style: PickerStyle,
): string[] {
  const { columns, rows, theme, nowMs } = style;
  if (listed.length === 0) {
    const why = filter === '' ? 'No session is active. It appears here when one begins.' : `Nothing fits “${filter}”.`;
    return [why, ...(isCut && rows > 1 ? [cutNote] : [])].map((line) => theme.dim(cutLine(line, columns)));
  }
  const below = lastLine === null ? [] : [theme.dim(cutLine(`  “${safeLine(lastLine)}”`, columns))];
  const head = rows > 3 ? [theme.dim(cutLine(columnsOf('USER', 'STATE', 'AGE', 'NAME', columns), columns))] : [];
  const foot = isCut && rows > 4 ? [theme.dim(cutLine(cutNote, columns))] : [];
  const room = Math.max(1, rows - head.length - below.length - foot.length);
  const selected = Math.max(
    0,
    listed.findIndex(({ id }) => id === selectedId),
  );
  const from = Math.min(Math.max(0, selected - Math.floor(room / 2)), Math.max(0, listed.length - room));
  const calls = new Set(helpCalls.map(({ sessionId }) => sessionId));
  const body = listed.slice(from, from + room).flatMap((session) => {
    const isWaiting = session.isHelpRequested || calls.has(session.id);
    const age = sinceText(session.lastActivity, nowMs);
    const text = columnsOf(session.userId, stateOf(session, isWaiting), age, session.name || session.id, columns);
    const line = cutLine(text, columns);
    const isSelected = session.id === listed[selected]?.id;
    const painted = isSelected
      ? theme.inverse(line)
      : isWaiting && session.heldBy === null
        ? theme.warning(line)
        : line;
    return isSelected ? [painted, ...below] : [painted];
  });
  return [...head, ...body, ...foot];
}

function columnsOf(user: string, state: string, age: string, name: string, columns: number): string {
  const userWidth = Math.max(6, Math.min(20, Math.floor(columns / 4)));
  return `${padded(user, userWidth)} ${padded(state, stateWidth)} ${padded(age, ageWidth)} ${safeLine(name)}`;
}

function padded(text: string, width: number): string {
  const cut = cutLine(safeLine(text), width);
  return cut + ' '.repeat(Math.max(0, width - widthOf(cut)));
}
