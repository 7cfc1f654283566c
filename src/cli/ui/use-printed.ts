// Station: cli/ui. Finished lines go above the live region, once, into the terminal's own scrollback. Called by the screen.
import { useStdout } from 'ink';
import { useEffect, useRef } from 'react';
import type { Snapshot, TimelineEntry } from '../../client/snapshot.js';
import { entryLines } from './entry-lines.js';
import type { Theme } from './theme.js';

/** Entries that are not printed yet: those after `printedSeq`, up to an answer at the end whose rest is still being read. */
export function dueEntries(timeline: readonly TimelineEntry[], printedSeq: number): readonly TimelineEntry[] {
  const due = timeline.filter(({ seq }) => seq > printedSeq);
  const last = due.at(-1);
  return last?.kind === 'message' && last.isPartial ? due.slice(0, -1) : due;
}

/** Prints what is due after each change. What was printed is the terminal's to keep: memory does not grow with the conversation. */
export function usePrinted(snapshot: Snapshot, columns: number, theme: Theme): void {
  const { write } = useStdout();
  const printed = useRef({ sessionId: snapshot.sessionId, seq: 0, personName: '' });
  useEffect(() => {
    const state = printed.current;
    const lines: string[] = [];
    if (state.sessionId !== null && state.sessionId !== snapshot.sessionId && state.seq > 0) {
      lines.push(theme.dim('— Another conversation —'));
    }
    if (state.sessionId !== snapshot.sessionId) state.seq = 0;
    state.sessionId = snapshot.sessionId;
    for (const entry of dueEntries(snapshot.timeline, state.seq)) {
      // Frames of a person name nobody: whoever joined last is speaking.
      if (entry.kind === 'notice' && entry.what === 'admin_join') state.personName = entry.subject;
      lines.push(...entryLines(entry, { columns, theme, personName: state.personName }));
      state.seq = entry.seq;
    }
    if (lines.length > 0) write(`${lines.join('\n')}\n`);
  }, [snapshot.sessionId, snapshot.timeline, columns, theme, write]);
}
