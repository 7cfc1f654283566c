// Station: client. The conversation in the order of the session's log. Pure. Called by fold (live) and chat-client (history).
import type { TimelineEntry } from './snapshot.js';

/** The timeline with one more entry at its place; an entry that is there stays, unless it was partial and the new one is not. */
export function withEntry(
  timeline: readonly TimelineEntry[],
  entry: TimelineEntry,
  max: number,
): readonly TimelineEntry[] {
  const last = timeline.at(-1);
  // One copy of the list: it may have ten thousand entries, and one more hundreds of times a second.
  if (last === undefined || last.seq < entry.seq) return bounded(timeline, max - 1).concat(entry);
  return withEntries(timeline, [entry], max);
}

/** Joins two stretches of one log. Of two entries with the same seq the whole one stays, else the first. The newest `max` stay. */
export function withEntries(
  timeline: readonly TimelineEntry[],
  more: readonly TimelineEntry[],
  max: number,
): readonly TimelineEntry[] {
  const bySeq = new Map<number, TimelineEntry>();
  for (const entry of timeline) bySeq.set(entry.seq, entry);
  for (const entry of more) {
    const known = bySeq.get(entry.seq);
    if (known === undefined || (isPartial(known) && !isPartial(entry))) bySeq.set(entry.seq, entry);
  }
  return bounded(
    [...bySeq.values()].sort((left, right) => left.seq - right.seq),
    max,
  );
}

/** Whether older history can be read into it: of a full one the newest stay, so that what is read would be dropped at once, and be asked for again for ever. */
export function hasRoom(timeline: readonly TimelineEntry[], max: number): boolean {
  return timeline.length < max;
}

function isPartial(entry: TimelineEntry): boolean {
  return entry.kind === 'message' && entry.isPartial;
}

function bounded(entries: readonly TimelineEntry[], max: number): readonly TimelineEntry[] {
  return entries.length <= max ? entries : entries.slice(entries.length - max);
}
