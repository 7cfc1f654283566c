// Station: store/mongodb. A log entry as a document and back. Called by the log's and the records' operations; pure.
import type { Entry, FloorHolder, LogEntry, MessageEntry, Sealed } from '../../ports/store.js';
import type { EntryDocument, StoredHolder } from './documents.js';
import { entryId } from './entry-id.js';
import { corrupt, key, readText, storedText, whole } from './texts.js';

const senderInitials = { user: 'u', ai: 'i', admin: 'a' } as const satisfies Record<MessageEntry['sender'], string>;

/** The key of a send within its session. */
export function sendKey(sender: MessageEntry['sender'], messageId: string): string {
  return senderInitials[sender] + key(messageId);
}

/** The document of an entry; `write` names the write that makes it. @throws StoreError invalid */
export function entryDocument<S>(sessionId: string, seq: number, entry: Entry<S>, write: string): EntryDocument {
  const base = {
    _id: entryId(key(sessionId), whole(seq, 1, 'seq')),
    sid: sessionId,
    seq,
    send: entry.kind === 'message' ? sendKey(entry.sender, entry.messageId) : `#${seq}`,
    w: write,
    at: new Date(whole(entry.at, 0, 'at')),
    kind: entry.kind,
  };
  switch (entry.kind) {
    case 'message':
      return { ...base, ...messageFields(entry) };
    case 'floor':
      return {
        ...base,
        holder: storedHolder(entry.holder),
        previous: storedHolder(entry.previous),
        epoch: entry.epoch,
        ...(entry.forced === undefined ? {} : { forced: entry.forced }),
        ...(entry.lapsed === undefined ? {} : { lapsed: entry.lapsed }),
      };
    case 'model':
      return { ...base, modelId: key(entry.modelId) };
    case 'help':
      return { ...base, place: entry.place };
    case 'rename':
      return { ...base, name: storedText(entry.name) };
    case 'end':
      return { ...base, reason: entry.reason };
  }
}

function messageFields<S>(entry: MessageEntry<S>): Partial<EntryDocument> {
  const { sender, type, messageId, authorId, modelId, turnId, end, usage, elapsedMs, answersThrough } = entry;
  return {
    sender,
    type,
    messageId,
    authorId: authorId === null ? null : key(authorId),
    ...wordFields(entry),
    ...(modelId === undefined ? {} : { modelId: key(modelId) }),
    ...(turnId === undefined ? {} : { turnId: key(turnId) }),
    ...(end === undefined ? {} : { end }),
    ...(usage === undefined ? {} : usage),
    ...(elapsedMs === undefined ? {} : { elapsedMs }),
    ...(answersThrough === undefined ? {} : { answersThrough }),
  };
}

function wordFields<S>(entry: MessageEntry<S>): Partial<EntryDocument> {
  const sealed = sealedOf(entry);
  if (sealed !== null) return { sealed };
  if (!('content' in entry)) throw corrupt();
  const { authorName, content, fileId, fileUrl, metadata } = entry;
  return {
    authorName: authorName === null ? null : storedText(authorName),
    content: storedText(content),
    ...(fileId === undefined ? {} : { fileId: storedText(fileId) }),
    ...(fileUrl === undefined ? {} : { fileUrl: storedText(fileUrl) }),
    ...(metadata === undefined ? {} : { meta: JSON.stringify(metadata) }),
  };
}

function sealedOf(entry: object): string | null {
  return 'sealed' in entry ? (entry as Sealed).sealed : null;
}

/** The fields of an entry that hold texts or envelopes. */
export const entryTextFields = [
  'sealed',
  'authorName',
  'content',
  'fileId',
  'fileUrl',
  'meta',
  'name',
  'holder',
  'previous',
] as const satisfies readonly (keyof EntryDocument)[];

/** @throws StoreError corrupt */
export function toLogEntry<S>(document: EntryDocument): LogEntry<S> {
  return { seq: document.seq, entry: toEntry(document) };
}

function toEntry<S>(document: EntryDocument): Entry<S> {
  const at = document.at.getTime();
  switch (document.kind) {
    case 'message':
      return { at, ...toMessage<S>(document) };
    case 'floor': {
      const { holder, previous, epoch = 0, forced, lapsed } = document;
      const floor = { at, kind: 'floor', holder: toHolder<S>(holder), previous: toHolder<S>(previous), epoch } as const;
      return {
        ...floor,
        ...(forced === undefined ? {} : { forced }),
        ...(lapsed === undefined ? {} : { lapsed }),
      };
    }
    case 'model':
      return { at, kind: 'model', modelId: document.modelId ?? '' };
    case 'help':
      return { at, kind: 'help', place: document.place ?? 0 };
    case 'rename':
      return { at, kind: 'rename', name: readText<S>(document.name) };
    case 'end':
      return { at, kind: 'end', reason: document.reason ?? 'user' };
    default:
      // Written by a newer version, or by somebody else.
      throw corrupt();
  }
}

function toMessage<S>(document: EntryDocument): MessageEntry<S> {
  const { sender, type, messageId, authorId = null, modelId, turnId, end, promptTokens, completionTokens } = document;
  if (sender === undefined || type === undefined || messageId === undefined) throw corrupt();
  const { elapsedMs, answersThrough } = document;
  const facts = {
    kind: 'message',
    sender,
    type,
    messageId,
    authorId,
    ...(modelId === undefined ? {} : { modelId }),
    ...(turnId === undefined ? {} : { turnId }),
    ...(end === undefined ? {} : { end }),
    ...(promptTokens === undefined ? {} : { usage: { promptTokens, completionTokens: completionTokens ?? 0 } }),
    ...(elapsedMs === undefined ? {} : { elapsedMs }),
    ...(answersThrough === undefined ? {} : { answersThrough }),
  } as const;
  // A sealed message of the port is its facts and its envelope.
  if (document.sealed !== undefined) return { ...facts, ...({ sealed: document.sealed } as S) };
  const { authorName = null, content, fileId, fileUrl, meta } = document;
  return {
    ...facts,
    authorName: authorName === null ? null : readText(authorName),
    content: readText(content),
    ...(fileId === undefined ? {} : { fileId: readText<never>(fileId) }),
    ...(fileUrl === undefined ? {} : { fileUrl: readText<never>(fileUrl) }),
    ...(meta === undefined ? {} : { metadata: JSON.parse(meta) as Record<string, string> }),
  };
}

/** Who may speak, as a document holds it. */
export function storedHolder<S>(holder: FloorHolder<S>): StoredHolder {
  return holder.kind === 'ai' ? { kind: 'ai' } : { kind: 'admin', id: key(holder.id), name: storedText(holder.name) };
}

/** @throws StoreError corrupt */
export function toHolder<S>(stored: StoredHolder | undefined): FloorHolder<S> {
  if (stored?.kind === 'ai') return { kind: 'ai' };
  if (stored?.kind !== 'admin' || stored.id === undefined) throw corrupt();
  return { kind: 'admin', id: stored.id, name: readText<S>(stored.name) };
}
