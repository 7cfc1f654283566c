// Station: chat. The projection as a pure fold of the log: the same on every replica, live or repaired. Called by live-session and repair.
import type { LogEntry, MessageEntry, Projection, SessionSeed } from '../ports/store.js';
import { nameFrom, unnamed } from './session-name.js';

/** The projection of a session whose log is empty. Every store writes it at creation. */
export function emptyProjection(seed: SessionSeed): Projection {
  return {
    seq: 0,
    name: seed.name === '' ? unnamed : seed.name,
    named: seed.name !== '',
    modelId: seed.modelId,
    lastActivityAt: seed.startedAt,
    messageCount: 0,
    floor: { kind: 'ai' },
    floorEpoch: 0,
    adminAssisted: false,
    assistingAdminId: null,
    assistingAdminName: null,
    helpRequested: false,
    waitingSeq: null,
    totalTokens: 0,
    responseCount: 0,
    responseTotalMs: 0,
    responseMaxMs: 0,
    endedAt: null,
  };
}

/** The projection after one more entry. Entries must come in order; one that is in it already changes nothing. */
export function fold(before: Projection, { seq, entry }: LogEntry): Projection {
  if (seq <= before.seq) return before;
  const next = { ...before, seq, lastActivityAt: Math.max(before.lastActivityAt, entry.at) };
  switch (entry.kind) {
    case 'message':
      return entry.sender === 'ai' ? afterAnswer(next, entry) : afterMessage(next, entry, seq);
    case 'floor':
      if (entry.holder.kind === 'ai') return { ...next, floor: entry.holder, floorEpoch: entry.epoch };
      return {
        ...next,
        floor: entry.holder,
        floorEpoch: entry.epoch,
        adminAssisted: true,
        assistingAdminId: entry.holder.id,
        assistingAdminName: entry.holder.name,
        helpRequested: false,
        waitingSeq: null,
      };
    case 'model':
      return { ...next, modelId: entry.modelId };
    case 'help':
      return { ...next, helpRequested: true };
    case 'rename':
      return { ...next, name: entry.name, named: true };
    case 'end':
      // An idle session ended when it fell silent for good, but it was last active before: the end is not activity.
      return {
        ...next,
        lastActivityAt: before.lastActivityAt,
        endedAt: entry.at,
        waitingSeq: null,
        helpRequested: false,
      };
  }
}

function afterMessage(next: Projection, entry: MessageEntry, seq: number): Projection {
  const asksModel = entry.sender === 'user' && entry.type !== 'file_upload' && next.floor.kind === 'ai';
  const names = !next.named && entry.sender === 'user' && entry.type === 'user_message';
  return {
    ...next,
    messageCount: next.messageCount + 1,
    name: names ? nameFrom(entry.content) : next.name,
    named: next.named || names,
    waitingSeq: next.waitingSeq ?? (asksModel ? seq : null),
  };
}

function afterAnswer(next: Projection, entry: MessageEntry): Projection {
  const elapsedMs = entry.elapsedMs ?? 0;
  const through = entry.answersThrough ?? next.seq;
  const tokens = (entry.usage?.promptTokens ?? 0) + (entry.usage?.completionTokens ?? 0);
  return {
    ...next,
    messageCount: next.messageCount + 1,
    totalTokens: next.totalTokens + tokens,
    responseCount: next.responseCount + 1,
    responseTotalMs: next.responseTotalMs + elapsedMs,
    responseMaxMs: Math.max(next.responseMaxMs, elapsedMs),
    // What was said while the answer was being written lies between what it answers and itself.
    waitingSeq: through < next.seq - 1 && next.floor.kind === 'ai' && next.endedAt === null ? through + 1 : null,
  };
}
