// Station: store/sqlite. What the port's values look like in rows. Called by sqlite-store (main thread) and the operations (their column lists).
import {
  type Aside,
  type AsideFacts,
  type Entry,
  type LogEntry,
  type MessageEntry,
  type Projection,
  type Session,
  type SessionSeed,
  StoreError,
  type Turn,
  type TurnOutcome,
} from '../../ports/store.js';
import type { Row, Value } from './driver.js';
import { neverEnded } from './schema.js';

/** Whether SQLite can hold a text as it is. Called for every id of every call, so it is the engine's own check and no regular expression. */
function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/**
 * A text that is looked up by, as it is. SQLite would cut it at a NUL and spoil a lone surrogate, so that two keys became one: such a key is refused.
 * @throws StoreError invalid
 */
export function key(text: string): string {
  if (!isStorable(text)) {
    throw new StoreError('invalid', 'An identifier holds a NUL or half of a surrogate pair. Send well-formed text.');
  }
  return text;
}

/**
 * A whole number that fits a column.
 * @throws StoreError invalid
 */
export function whole(value: number, min: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= min) return value;
  throw new StoreError('invalid', `${what} must be a whole number of at least ${min}.`);
}

function parse<T>(json: Value | undefined): T {
  try {
    if (typeof json === 'string') return JSON.parse(json) as T;
  } catch (error) {
    throw new StoreError(
      'corrupt',
      'A record of the store cannot be read. Restore a backup: chatbox store restore.',
      error,
    );
  }
  throw new StoreError('corrupt', 'A record of the store is missing a part. Restore a backup: chatbox store restore.');
}

const senderInitials = { user: 'u', ai: 'i', admin: 'a' } as const satisfies Record<MessageEntry['sender'], string>;

/** The key of a send within its session. */
export function sendKey(sender: MessageEntry['sender'], messageId: string): string {
  return senderInitials[sender] + key(messageId);
}

/** The send key of an entry; null when it is no message. */
export function sendKeyOf<S>(entry: Entry<S>): string | null {
  return entry.kind === 'message' ? sendKey(entry.sender, entry.messageId) : null;
}

const hashOfNothing = 0x811c9dc5;

function hashOn(start: number, text: string): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** FNV-1a of the UTF-16 units of a send key: 32 bits that spread well over short texts. What it takes for equal is compared in full. */
export const sendHash = (send: string): number => hashOn(hashOfNothing, send);

/** The hash of an entry's send key, which is not put together for it; null when it is no message. */
export function sendHashOf<S>(entry: Entry<S>): number | null {
  if (entry.kind !== 'message') return null;
  return hashOn(hashOn(hashOfNothing, senderInitials[entry.sender]), key(entry.messageId));
}

/** Columns of a log entry, in the order of `toLogEntry`. */
export const entryColumns = 'seq, body';

/** @throws StoreError corrupt */
export function toLogEntry<S>(row: Row): LogEntry<S> {
  return { seq: Number(row[0]), entry: parse<Entry<S>>(row[1]) };
}

/** What a session was born with, as JSON; the same text for the same seed, so that it can be compared. */
export function seedJson<S>({ id, userId, ordinal, startedAt, name, modelId }: SessionSeed<S>): string {
  return JSON.stringify({ id, userId, ordinal, startedAt, name, modelId });
}

/** Columns of a session, in the order of `toSession`. */
export const sessionColumns = 'seed, projection, share_token';

/** @throws StoreError corrupt */
export function toSession<S>(row: Row): Session<S> {
  const seed = parse<SessionSeed<S>>(row[0]);
  return { ...seed, projection: parse<Projection<S>>(row[1]), shareToken: typeof row[2] === 'string' ? row[2] : null };
}

/** The JSON of the session that a row of `sessionColumns` holds: what `toSession` makes, put together of the texts that lie there. */
export function sessionJson([seed, projection, shareToken]: Row): string {
  return `${String(seed).slice(0, -1)},"projection":${projection},"shareToken":${JSON.stringify(shareToken ?? null)}}`;
}

/** The sessions of a page. @throws StoreError corrupt */
export function toSessions<S>(json: string): readonly Session<S>[] {
  return parse<readonly Session<S>[]>(json);
}

/** The columns that a projection fills, in the order of `projectionValues`; `span` is last and computed from started_at in SQL. */
export const projectionColumns = [
  'projection',
  'seq',
  'last_activity_at',
  'message_count',
  'total_tokens',
  'response_count',
  'response_total_ms',
  'response_max_ms',
  'held',
  'admin_assisted',
  'help_requested',
  'active',
  'end_key',
] as const;

/** A projection as JSON; the same text for the same projection as it was read, so that it can be compared. */
export function projectionJson<S>(projection: Projection<S>): string {
  return JSON.stringify(projection);
}

/** The values of `projectionColumns`. */
export function projectionValues<S>(projection: Projection<S>): Value[] {
  return [
    projectionJson(projection),
    projection.seq,
    projection.lastActivityAt,
    projection.messageCount,
    projection.totalTokens,
    projection.responseCount,
    projection.responseTotalMs,
    projection.responseMaxMs,
    projection.floor.kind === 'ai' ? 0 : 1,
    projection.adminAssisted ? 1 : 0,
    projection.helpRequested ? 1 : 0,
    projection.endedAt === null ? 1 : 0,
    projection.endedAt ?? neverEnded,
  ];
}

/** Columns of a turn but its session, in the order of `turnValues`. */
export const turnColumns = [
  'id',
  'prompt_seq',
  'attempt',
  'through_seq',
  'state',
  'owner',
  'epoch',
  'lease_until',
  'model_id',
  'started_at',
  'text',
  'outcome',
  'settled',
] as const;

/** How an answer ended, as JSON; what is not known yet is null. */
export function outcomeJson(outcome: Pick<TurnOutcome, 'usage' | 'elapsedMs' | 'failure'> & Pick<Turn, 'end'>): string {
  const { usage, end, elapsedMs, failure } = outcome;
  return JSON.stringify({ usage, end, elapsedMs, failure });
}

/** The values of `turnColumns`. */
export function turnValues<S>(turn: Turn<S>): Value[] {
  return [
    key(turn.id),
    whole(turn.promptSeq, 1, 'promptSeq'),
    whole(turn.attempt, 1, 'attempt'),
    turn.throughSeq,
    turn.state,
    turn.owner === null ? null : key(turn.owner),
    turn.epoch,
    turn.leaseUntil,
    key(turn.modelId),
    turn.startedAt,
    JSON.stringify(turn.text),
    outcomeJson(turn),
    turn.settled ? 1 : 0,
  ];
}

/** A turn from its session's id and then `turnColumns`. @throws StoreError corrupt */
export function toTurn<S>(row: Row): Turn<S> {
  const [sessionId, id, promptSeq, attempt, throughSeq, state, owner, epoch, leaseUntil, modelId, startedAt] = row;
  return {
    id: String(id),
    sessionId: String(sessionId),
    promptSeq: Number(promptSeq),
    attempt: Number(attempt),
    throughSeq: Number(throughSeq),
    state: state as Turn['state'],
    owner: owner === null || owner === undefined ? null : String(owner),
    epoch: Number(epoch),
    leaseUntil: Number(leaseUntil),
    modelId: String(modelId),
    startedAt: Number(startedAt),
    text: parse<string | S>(row[11]),
    ...parse<Pick<Turn, 'usage' | 'end' | 'elapsedMs' | 'failure'>>(row[12]),
    settled: row[13] === 1,
  };
}

/** Columns of an aside but its session, in the order of `toAside`. */
export const asideColumns = 'aside.facts, aside.text';

/** What is known of an aside beside its text and its session, as JSON. */
export function asideFactsJson({ id, seq, kind, adminId, at }: AsideFacts): string {
  return JSON.stringify({ id, seq, kind, adminId, at });
}

/** An aside from its session's id and then `asideColumns`. @throws StoreError corrupt */
export function toAside<S>(row: Row): Aside<S> {
  return {
    sessionId: String(row[0]),
    ...parse<Omit<AsideFacts, 'sessionId'>>(row[1]),
    text: parse<string | S>(row[2]),
  };
}
