// Station: cli/ui. Finished lines go above the live region, once, into the terminal's own scrollback. Called by the screen.
import { useStdout } from 'ink';
import { useEffect, useRef } from 'react';
import type { Snapshot, TimelineEntry } from '../../client/snapshot.js';
import { entryLines } from './entry-lines.js';
import type { Theme } from './theme.js';
import type { TerminalSize } from './use-terminal-size.js';

/** Entries that are not printed yet: those after `printedSeq`, up to an answer at the end whose rest is still being read. */
export function dueEntries(timeline: readonly TimelineEntry[], printedSeq: number): readonly TimelineEntry[] {
  const due = timeline.filter(({ seq }) => seq > printedSeq);
  const last = due.at(-1);
  return last?.kind === 'message' && last.isPartial ? due.slice(0, -1) : due;
}

/** Prints what is due after each change. What was printed is the terminal's to keep: memory does not grow with the conversation. */
export function usePrinted(snapshot: Snapshot, size: TerminalSize, theme: Theme): void {
  const { write } = useStdout();
  const { columns } = size;
  useAfterNarrowing(snapshot, size, theme);
  const printed = useRef({ sessionId: snapshot.sessionId, seq: 0 });
  useEffect(() => {
    const state = printed.current;
    const lines: string[] = [];
    if (state.sessionId !== null && state.sessionId !== snapshot.sessionId && state.seq > 0) {
      lines.push(theme.dim('— Another conversation —'));
    }
    if (state.sessionId !== snapshot.sessionId) state.seq = 0;
    state.sessionId = snapshot.sessionId;
    for (const entry of dueEntries(snapshot.timeline, state.seq)) {
      lines.push(...entryLines(entry, { columns, theme }));
      state.seq = entry.seq;
    }
    if (lines.length > 0) write(`${lines.join('\n')}\n`);
  }, [snapshot.sessionId, snapshot.timeline, columns, theme, write]);
}

/**
 * A terminal that becomes narrower breaks the lines of the live region anew, so that erasing it by its old height leaves parts of it. Then what is on the
 * screen is pushed into the scrollback, and the end of the conversation is drawn again on an empty one.
 */
function useAfterNarrowing(snapshot: Snapshot, { columns, rows }: TerminalSize, theme: Theme): void {
  const { write } = useStdout();
  const last = useRef(columns);
  const known = useRef(snapshot);
  known.current = snapshot;
  useEffect(() => {
    const isNarrower = columns < last.current;
    last.current = columns;
    if (!isNarrower) return;
    const lines = known.current.timeline.slice(-rows).flatMap((entry) => entryLines(entry, { columns, theme }));
    const end = lines.slice(-rows).map((line) => `${line}\n`);
    write(`${'\n'.repeat(rows)}\u001b[H\u001b[J${end.join('')}`);
  }, [columns, rows, theme, write]);
}
