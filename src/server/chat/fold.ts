// Station: chat. The projection as a pure fold of the log: the same on every replica, live or repaired. Called by live-session and repair.
import type { LogEntry, MessageEntry, Projection } from '../ports/store.js';
import { nameFrom } from './session-name.js';

type Draft = { -readonly [K in keyof Projection]: Projection[K] };

/** The projection after one more entry. Entries must come in order; one that is in it already changes nothing. */
export function fold(before: Projection, { seq, entry }: LogEntry): Projection {
  if (seq <= before.seq) return before;
  const next = copyOf(before);
  next.seq = seq;
  if (entry.kind === 'end') {
    // An idle session ended when it fell silent for good, but it was last active before: the end is not activity.
    next.endedAt = entry.at;
    next.waitingSeq = null;
    next.helpRequested = false;
    // Nobody speaks in it any more, so nobody holds it.
    next.floor = { kind: 'ai' };
    return next;
  }
  if (entry.at > before.lastActivityAt) next.lastActivityAt = entry.at;
  switch (entry.kind) {
    case 'message':
      next.messageCount += 1;
      if (entry.sender === 'ai') foldAnswer(next, entry);
      else foldMessage(next, entry);
      break;
    case 'floor':
      next.floor = entry.holder;
      next.floorEpoch = entry.epoch;
      if (entry.holder.kind === 'admin') foldTakeover(next, entry.holder);
      break;
    case 'model':
      next.modelId = entry.modelId;
      break;
    case 'help':
      next.helpRequested = true;
      break;
    case 'rename':
      next.name = entry.name;
      next.named = true;
  }
  return next;
}

/** Field by field, because this is done for every entry: a spread of projections takes V8's slow path (3 % of what a frame costs). */
function copyOf(before: Projection): Draft {
  return {
    seq: before.seq,
    name: before.name,
    named: before.named,
    modelId: before.modelId,
    lastActivityAt: before.lastActivityAt,
    messageCount: before.messageCount,
    floor: before.floor,
    floorEpoch: before.floorEpoch,
    adminAssisted: before.adminAssisted,
    assistingAdminId: before.assistingAdminId,
    assistingAdminName: before.assistingAdminName,
    helpRequested: before.helpRequested,
    waitingSeq: before.waitingSeq,
    totalTokens: before.totalTokens,
    responseCount: before.responseCount,
    responseTotalMs: before.responseTotalMs,
    responseMaxMs: before.responseMaxMs,
    endedAt: before.endedAt,
  };
}

function foldTakeover(next: Draft, admin: { readonly id: string; readonly name: string }): void {
  next.adminAssisted = true;
  next.assistingAdminId = admin.id;
  next.assistingAdminName = admin.name;
  next.helpRequested = false;
  next.waitingSeq = null;
}

function foldMessage(next: Draft, entry: MessageEntry): void {
  if (entry.sender !== 'user') return;
  if (!next.named && entry.type === 'user_message') {
    next.name = nameFrom(entry.content);
    next.named = true;
  }
  if (entry.type !== 'file_upload' && next.floor.kind === 'ai') next.waitingSeq ??= next.seq;
}

function foldAnswer(next: Draft, entry: MessageEntry): void {
  const elapsedMs = entry.elapsedMs ?? 0;
  const through = entry.answersThrough ?? next.seq;
  next.totalTokens += (entry.usage?.promptTokens ?? 0) + (entry.usage?.completionTokens ?? 0);
  next.responseCount += 1;
  next.responseTotalMs += elapsedMs;
  next.responseMaxMs = Math.max(next.responseMaxMs, elapsedMs);
  // What was said while the answer was being written lies between what it answers and itself.
  const mayWait = through < next.seq - 1 && next.floor.kind === 'ai' && next.endedAt === null;
  next.waitingSeq = mayWait ? through + 1 : null;
}

/** Whether a person takes the session with this entry. */
export function isTakeover({ entry }: LogEntry): boolean {
  return entry.kind === 'floor' && entry.holder.kind === 'admin';
}
