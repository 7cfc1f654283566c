// Station: store/mongodb. Every stored thing that may hold sealed values, read in order and put anew by compare-and-set. Called by mongodb-store.
import type { Clock } from '../../../common/clock.js';
import { type StoredRecord, StoreError } from '../../ports/store.js';
import { asideKey, toAside } from './aside-operations.js';
import type { Database } from './database.js';
import { documentVersion } from './documents.js';
import { entryDocument, entryTextFields, storedHolder, toLogEntry } from './entry-document.js';
import { entryId } from './entry-id.js';
import { sessionTextFields, toSession } from './session-document.js';
import { key, storedText } from './texts.js';
import { toTurn } from './turn-document.js';

const tables = ['sessions', 'messages', 'turns', 'asides'] as const;
type Table = (typeof tables)[number];

interface Place {
  readonly table: Table;
  readonly after: string;
}

/** A change of one document: where it lies, what its texts were, what they are to be. */
interface Change {
  readonly table: Table;
  readonly id: string;
  readonly texts: readonly string[];
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

/** Where a page begins, how long it is, and the time after which what was written is left out. */
interface Page {
  readonly after: string;
  readonly limit: number;
  readonly untilMs: number | null;
}

/** The operations on records. */
export function recordOperations<S>({ asides, messages, sessions, turns }: Database, clock: Clock) {
  // By _id whatever else is asked: a page is then read from where the one before it ended, and nothing is sorted.
  const inOrder = (limit: number) => ({ sort: { _id: 1 }, hint: { _id: 1 }, limit }) as const;
  const readers = {
    sessions: async ({ after, limit, untilMs }: Page) => {
      const upTo = untilMs === null ? {} : { _ts: { $lte: new Date(untilMs) } };
      const found = await sessions.find({ _id: { $gt: after }, v: documentVersion, ...upTo }, inOrder(limit)).toArray();
      return found.map((document) => ({
        id: document._id,
        record: { kind: 'session', session: toSession<S>(document) } as const,
      }));
    },
    messages: async ({ after, limit, untilMs }: Page) => {
      const upTo = untilMs === null ? {} : { at: { $lte: new Date(untilMs) } };
      return (await messages.find({ _id: { $gt: after }, ...upTo }, inOrder(limit)).toArray()).map((document) => ({
        id: document._id,
        record: { kind: 'entry', sessionId: document.sid, log: toLogEntry<S>(document) } as const,
      }));
    },
    turns: async ({ after, limit, untilMs }: Page) => {
      const upTo = untilMs === null ? {} : { startedAt: { $lte: untilMs } };
      return (await turns.find({ _id: { $gt: after }, ...upTo }, inOrder(limit)).toArray()).map((document) => ({
        id: document._id,
        record: { kind: 'turn', turn: toTurn<S>(document) } as const,
      }));
    },
    asides: async ({ after, limit, untilMs }: Page) => {
      const upTo = untilMs === null ? {} : { at: { $lte: new Date(untilMs) } };
      return (await asides.find({ _id: { $gt: after }, ...upTo }, inOrder(limit)).toArray()).map((document) => ({
        id: document._id,
        record: { kind: 'aside', aside: toAside<S>(document) } as const,
      }));
    },
  } as const satisfies Record<Table, unknown>;

  async function replace({ table, id, texts, before, after }: Change): Promise<boolean> {
    const is: Record<string, unknown> = Object.fromEntries(
      texts.map((name) => [name, before[name] ?? { $exists: false }]),
    );
    // A null that is there is no missing field.
    for (const name of texts) if (before[name] === null) is[name] = null;
    const $set = Object.fromEntries(texts.flatMap((name) => (after[name] === undefined ? [] : [[name, after[name]]])));
    const gone = texts.filter((name) => after[name] === undefined && before[name] !== undefined);
    const $unset = Object.fromEntries(gone.map((name) => [name, true as const]));
    const update = { ...(Object.keys($set).length > 0 ? { $set } : {}), ...(gone.length > 0 ? { $unset } : {}) };
    const filter = { _id: id, ...is };
    switch (table) {
      case 'sessions':
        return (await sessions.updateOne({ ...filter, v: documentVersion }, update)).matchedCount === 1;
      case 'messages':
        return (await messages.updateOne(filter, update)).matchedCount === 1;
      case 'turns':
        return (await turns.updateOne(filter, update)).matchedCount === 1;
      case 'asides':
        return (await asides.updateOne(filter, update)).matchedCount === 1;
    }
  }

  return {
    async countRecords(): Promise<number> {
      const counts = [sessions, messages, turns, asides].map((each) => each.estimatedDocumentCount());
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    },
    /** A time: new entries come between old ones in the order of _id, wherever their session stands in it, so that no last key would bound a reading. */
    async recordsMark(): Promise<string> {
      const newest = await messages.find({}, { sort: { at: -1 }, limit: 1, projection: { at: 1 } }).toArray();
      return String(Math.max(clock.now(), newest[0]?.at.getTime() ?? 0));
    },
    async records(
      after: string | null,
      limit: number,
      until?: string,
    ): Promise<{ readonly records: readonly StoredRecord<S>[]; readonly next: string | null }> {
      const place = placeOf(after);
      const found = await readers[place.table]({ after: place.after, limit, untilMs: timeOf(until) });
      const last = found.at(-1);
      const following = tables[tables.indexOf(place.table) + 1];
      const end = following === undefined ? null : cursorOf({ table: following, after: '' });
      const next = last !== undefined && found.length === limit ? cursorOf({ ...place, after: last.id }) : end;
      return { records: found.map(({ record }) => record), next };
    },
    async rewrite(
      changes: readonly { readonly from: StoredRecord<S>; readonly to: StoredRecord<S> }[],
    ): Promise<readonly boolean[]> {
      return Promise.all(changes.map(({ from, to }) => changeOf(from, to)).map(replace));
    },
  };
}

/** @throws StoreError invalid where the two are not the same record */
function changeOf<S>(from: StoredRecord<S>, to: StoredRecord<S>): Change {
  if (from.kind === 'entry' && to.kind === 'entry' && from.sessionId === to.sessionId && from.log.seq === to.log.seq) {
    const document = ({ sessionId, log }: typeof from) => ({ ...entryDocument(sessionId, log.seq, log.entry, '') });
    const id = entryId(from.sessionId, from.log.seq);
    return { table: 'messages', id, texts: entryTextFields, before: document(from), after: document(to) };
  }
  if (from.kind === 'session' && to.kind === 'session' && from.session.id === to.session.id) {
    const document = ({ session: { name, projection } }: typeof from) => ({
      nm: storedText(projection.name),
      bornNm: storedText(name),
      assistingAdminName: projection.assistingAdminName === null ? null : storedText(projection.assistingAdminName),
      floor: storedHolder(projection.floor),
    });
    const id = key(from.session.id);
    return { table: 'sessions', id, texts: sessionTextFields, before: document(from), after: document(to) };
  }
  if (from.kind === 'turn' && to.kind === 'turn' && from.turn.id === to.turn.id) {
    const document = ({ turn }: typeof from) => ({ text: storedText(turn.text) });
    return { table: 'turns', id: key(from.turn.id), texts: ['text'], before: document(from), after: document(to) };
  }
  if (
    from.kind === 'aside' &&
    to.kind === 'aside' &&
    from.aside.sessionId === to.aside.sessionId &&
    from.aside.id === to.aside.id
  ) {
    const document = ({ aside }: typeof from) => ({ text: storedText(aside.text) });
    const id = asideKey(key(from.aside.sessionId), key(from.aside.id));
    return { table: 'asides', id, texts: ['text'], before: document(from), after: document(to) };
  }
  throw new StoreError('invalid', 'A record can only be put in the place of itself.');
}

/** @throws StoreError invalid */
function timeOf(until: string | undefined): number | null {
  if (until === undefined) return null;
  const ms = Number(until);
  if (/^\d+$/.test(until) && Number.isSafeInteger(ms)) return ms;
  throw new StoreError('invalid', 'The scan cannot end there: give a mark that this store made.');
}

const cursorOf = (place: Place): string => `${place.table}:${place.after}`;

/** @throws StoreError invalid */
function placeOf(after: string | null): Place {
  if (after === null) return { table: tables[0], after: '' };
  const at = after.indexOf(':');
  const table = tables.find((name) => name === after.slice(0, at));
  if (table !== undefined) return { table, after: after.slice(at + 1) };
  throw new StoreError('invalid', 'The scan cannot go on from there: give what the page before it said is next.');
}
