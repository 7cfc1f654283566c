// Station: store/mongodb. A session's log: append, read, heads, projections. Called by mongodb-store.
import type { Clock } from '../../../common/clock.js';
import { type Random, toHex } from '../../../common/random.js';
import type { AppendResult, Entry, EntryRange, LogEntry, MessageEntry, Projection, Turn } from '../../ports/store.js';
import type { Database } from './database.js';
import { documentVersion, type EntryDocument } from './documents.js';
import { entryDocument, sendKey, toLogEntry } from './entry-document.js';
import { entryId, entryIdsBetween } from './entry-id.js';
import { EntryWriter, type Written } from './entry-writer.js';
import type { KnownHeads } from './known-heads.js';
import { projectedFields } from './session-document.js';
import { key, whole } from './texts.js';
import type { TurnOperations } from './turn-operations.js';

/** What the log needs. */
export interface LogDeps {
  readonly database: Database;
  readonly heads: KnownHeads;
  readonly clock: Clock;
  readonly random: Random;
  readonly turns: TurnOperations;
}

const appended = { kind: 'appended' } as const;

/** The log's operations. */
export function logOperations<S>({ database, heads, clock, random, turns }: LogDeps) {
  const { messages, sessions } = database;
  const writer = new EntryWriter(database, heads, clock);
  const writerId = toHex(random.bytes(6));
  let writes = 0;

  const newest = (sessionId: string): Promise<EntryDocument | null> =>
    messages.findOne(
      { _id: entryIdsBetween(sessionId, 0, Number.MAX_SAFE_INTEGER), sid: sessionId },
      { sort: { _id: -1 } },
    );
  const isThere = async (sessionId: string): Promise<boolean> =>
    (await sessions.findOne({ _id: sessionId, v: documentVersion }, { projection: { _id: 1 } })) !== null;

  /** Where the log ends, read anew; null when there is no such session. */
  async function readHead(sessionId: string): Promise<number | null> {
    const last = await newest(sessionId);
    if (last === null && !(await isThere(sessionId))) return null;
    heads.saw(sessionId, last?.seq ?? 0);
    return last?.seq ?? 0;
  }

  /** Why an entry can't be put at that seq, as far as that is known; null when nothing speaks against it. */
  async function refusal(document: EntryDocument): Promise<AppendResult<S> | null> {
    if (document.seq - 1 <= (heads.get(document.sid) ?? -1)) return null;
    const head = await readHead(document.sid);
    if (head === null) return { kind: 'gone' };
    if (document.seq - 1 <= head) return null;
    const sent = await messages.findOne({ sid: document.sid, send: document.send });
    return sent === null ? { kind: 'conflict' } : { kind: 'duplicate', existing: toLogEntry(sent) };
  }

  function resultOf(document: EntryDocument, written: Written): AppendResult<S> {
    if (written === 'appended') return appended;
    if (written === 'gone') return { kind: 'gone' };
    const { inTheWay } = written;
    const isSameSend = document.kind === 'message' && inTheWay.send === document.send;
    return isSameSend ? { kind: 'duplicate', existing: toLogEntry(inTheWay) } : { kind: 'conflict' };
  }

  return {
    async append(sessionId: string, seq: number, entry: Entry<S>, turn?: Turn<S>): Promise<AppendResult<S>> {
      writes += 1;
      const document = entryDocument(sessionId, seq, entry, `${writerId}-${writes.toString(36)}`);
      const refused = await refusal(document);
      if (refused !== null) return refused;
      const result = resultOf(document, await writer.write(document));
      if (result.kind !== 'appended' || turn === undefined) return result;
      return (await turns.makeWithEntry(turn)) === 'created' ? result : { ...result, turn: 'taken' };
    },
    async entries(sessionId: string, range: EntryRange): Promise<readonly LogEntry<S>[]> {
      const { after = 0, before = Number.MAX_SAFE_INTEGER, limit, newest: fromEnd = false, messagesOnly } = range;
      const filter = {
        _id: entryIdsBetween(key(sessionId), Math.max(0, after), before),
        sid: sessionId,
        ...(messagesOnly === true ? { kind: 'message' as const } : {}),
      };
      const found = await messages.find(filter, { sort: { _id: fromEnd ? -1 : 1 }, limit, batchSize: limit }).toArray();
      if (fromEnd) found.reverse();
      return found.map((document) => toLogEntry(document));
    },
    async entryOf(sessionId: string, sender: MessageEntry['sender'], messageId: string): Promise<LogEntry<S> | null> {
      const found = await messages.findOne({ sid: key(sessionId), send: sendKey(sender, messageId) });
      return found === null ? null : toLogEntry(found);
    },
    /** One look whether there is an entry behind each known head; only a log that grew, or is not known here, is read at its end. */
    async heads(sessionIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
      const known = sessionIds.filter((id) => heads.get(id) !== undefined);
      const [there, grown] = await Promise.all([
        sessions.find({ _id: { $in: [...sessionIds] }, v: documentVersion }, { projection: { _id: 1 } }).toArray(),
        messages
          .find({ _id: { $in: known.map((id) => entryId(id, (heads.get(id) ?? 0) + 1)) } }, { projection: { sid: 1 } })
          .toArray(),
      ]);
      const hasGrown = new Set(grown.map(({ sid }) => sid));
      const found = await Promise.all(
        there.map(async ({ _id: id }): Promise<[string, number]> => {
          const head = heads.get(id);
          return [id, head === undefined || hasGrown.has(id) ? ((await readHead(id)) ?? 0) : head];
        }),
      );
      return new Map(found);
    },
    async project(changes: readonly { readonly sessionId: string; readonly projection: Projection<S> }[]) {
      if (changes.length === 0) return;
      const ids = changes.map(({ sessionId }) => key(sessionId));
      const starts = await sessions
        .find({ _id: { $in: ids }, v: documentVersion }, { projection: { ts: 1 } })
        .toArray();
      const startOf = new Map(starts.map(({ _id, ts }) => [_id, ts.getTime()]));
      const nowMs = clock.now();
      const updates = changes.flatMap(({ sessionId, projection }) => {
        const startedAt = startOf.get(sessionId);
        if (startedAt === undefined) return [];
        const seq = whole(projection.seq, 0, 'seq');
        const $set = projectedFields(projection, startedAt, nowMs);
        return [{ updateOne: { filter: { _id: sessionId, v: documentVersion, seq: { $lt: seq } }, update: { $set } } }];
      });
      if (updates.length > 0) await sessions.bulkWrite(updates, { ordered: false });
    },
    readHead,
  };
}
