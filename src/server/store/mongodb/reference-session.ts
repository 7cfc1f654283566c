// Station: store/mongodb. A session document of the reference as ours: its entries and its projection. Called by import; pure.
import { firstProjection } from '../../ports/first-projection.js';
import type { Entry, MessageEntry, Projection, SessionSeed } from '../../ports/store.js';

/** What the reference keeps of a session; every field may be missing or of another type in a document of years ago. */
export interface ReferenceSession {
  readonly _id: string;
  readonly [field: string]: unknown;
}

/** A session of the reference, read. */
export interface ReadSession {
  readonly seed: Omit<SessionSeed, 'ordinal'>;
  readonly entries: readonly Entry[];
  readonly projection: Projection;
  readonly shareToken: string | null;
  /** Messages of a sender that is none of user, model and admin: they are left out. */
  readonly skipped: number;
}

/** Why a session can't be read. */
export interface Unread {
  readonly unread: string;
}

type ReadContent = (content: string) => { readonly text: string } | { readonly doubtful: true };

/** Reads a document. @param readContent opens what the reference sealed @param keepDoubtful takes as it stands what looks sealed and does not open */
export function readReference(
  document: ReferenceSession,
  readContent: ReadContent,
  keepDoubtful: boolean,
): ReadSession | Unread {
  const startedAt = timeOf(document.ts);
  const userId = textOf(document.uid);
  if (startedAt === null) return { unread: 'it has no start (ts)' };
  if (userId === '') return { unread: 'it has no user (uid)' };
  const entries: Entry[] = [];
  let skipped = 0;
  for (const [at, message] of listOf(document.msgs).entries()) {
    const read = messageOf(message, at, document, startedAt, readContent, keepDoubtful);
    if (read === 'doubtful') return { unread: `message ${at + 1} looks sealed and does not open with ENCRYPTION_KEY` };
    if (read === null) skipped += 1;
    else entries.push(read);
  }
  const endedAt = timeOf(document.endTs);
  const messageCount = entries.length;
  if (endedAt !== null) entries.push({ at: endedAt, kind: 'end', reason: 'idle' });
  const seed = {
    id: document._id,
    userId,
    startedAt,
    name: textOf(document.nm),
    modelId: textOf(document.modelId) || null,
  };
  const answers = entries.filter((entry) => entry.kind === 'message' && entry.sender === 'ai').length;
  const last = entries[messageCount - 1]?.at ?? startedAt;
  const projection: Projection = {
    ...firstProjection({ ...seed, ordinal: 1 }),
    seq: entries.length,
    lastActivityAt: timeOf(document.lastActivity) ?? last,
    messageCount,
    adminAssisted: document.adminAssisted === true,
    assistingAdminId: textOf(document.assistingAdminId) || null,
    assistingAdminName: textOf(document.assistingAdminName) || null,
    helpRequested: endedAt === null && document.helpRequested === true,
    totalTokens: numberOf(document.totalTokens),
    responseCount: answers,
    responseTotalMs: numberOf(document.avgRespTime) * answers,
    responseMaxMs: numberOf(document.maxRespTime),
    endedAt,
  };
  return { seed, entries, projection, shareToken: textOf(document.shareToken) || null, skipped };
}

const senders: Readonly<Record<string, MessageEntry['sender']>> = {
  user: 'user',
  ai: 'ai',
  assistant: 'ai',
  admin: 'admin',
};

function messageOf(
  message: unknown,
  at: number,
  session: ReferenceSession,
  startedAt: number,
  readContent: ReadContent,
  keepDoubtful: boolean,
): (Entry & MessageEntry) | null | 'doubtful' {
  const fields = typeof message === 'object' && message !== null ? (message as Readonly<Record<string, unknown>>) : {};
  const sender = senders[textOf(fields.sender)];
  if (sender === undefined) return null;
  const stored = textOf(fields.content);
  const content = readContent(stored);
  if ('doubtful' in content && !keepDoubtful) return 'doubtful';
  const fileId = textOf(fields.fileId);
  const fileUrl = textOf(fields.fileUrl);
  const metadata = metadataOf(fields.meta);
  return {
    at: timeOf(fields.ts) ?? startedAt,
    kind: 'message',
    sender,
    type: sender === 'ai' ? 'ai_response' : fileId === '' && fileUrl === '' ? 'user_message' : 'file_upload',
    // Made of its place, so that a second run makes the same message and no other.
    messageId: `import-${at + 1}`,
    authorId: authorOf(sender, session),
    authorName: sender === 'admin' ? textOf(session.assistingAdminName) || null : null,
    content: 'text' in content ? content.text : stored,
    ...(fileId === '' ? {} : { fileId }),
    ...(fileUrl === '' ? {} : { fileUrl }),
    ...(metadata === null ? {} : { metadata }),
    ...(sender === 'ai' ? { end: 'complete' as const } : {}),
  };
}

function authorOf(sender: MessageEntry['sender'], session: ReferenceSession): string | null {
  if (sender === 'ai') return null;
  return sender === 'user' ? textOf(session.uid) : textOf(session.assistingAdminId) || null;
}

function metadataOf(meta: unknown): Record<string, string> | null {
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta)) return null;
  const entries = Object.entries(meta).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return entries.length === 0 ? null : (Object.fromEntries(entries) as Record<string, string>);
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function timeOf(value: unknown): number | null {
  const at = value instanceof Date ? value.getTime() : typeof value === 'number' ? value : Number.NaN;
  return Number.isSafeInteger(at) && at >= 0 ? at : null;
}
