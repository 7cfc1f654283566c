// Station: store/sqlite. Records that may hold sealed values, as rows and as the values of a change; and the place in their scan. Called by store-on.
import { jsonText } from '../../../common/json-text.js';
import { type Entry, type LogEntry, type StoredRecord, StoreError } from '../../ports/store.js';
import type { Row, Value } from './driver.js';
import { type RecordTable, type RewriteBy, recordTables } from './record-operations.js';
import { key, projectionJson, seedJson, toAside, toLogEntry, toSession, toTurn } from './records.js';

/** Where a scan of all records goes on: behind that key of that table. */
interface Place {
  readonly table: RecordTable;
  readonly key: number;
}

/** @throws StoreError invalid */
export function placeOf(after: string | null): Place {
  if (after === null) return { table: recordTables[0], key: 0 };
  const [name, at] = after.split(':');
  const table = recordTables.find((each) => each === name);
  const place = Number(at);
  if (table === undefined || !Number.isSafeInteger(place) || place < 0)
    throw new StoreError('invalid', 'The scan cannot go on from there: give what the page before it said is next.');
  return { table, key: place };
}

/** The place behind a page that was read, or the next table's begin; null behind the last. */
export function cursorOf(table: RecordTable, rows: readonly Row[], limit: number): string | null {
  const last = rows.at(-1)?.[0];
  if (last !== undefined && rows.length === limit) return `${table}:${last}`;
  const next = recordTables[recordTables.indexOf(table) + 1];
  return next === undefined ? null : `${next}:0`;
}

/** The last key of a table that a mark names; every key without one. @throws StoreError invalid */
export function lastKeyOf(until: string | undefined, table: RecordTable): number {
  if (until === undefined) return Number.MAX_SAFE_INTEGER;
  const keys = until.split(':').map(Number);
  const last = keys[recordTables.indexOf(table)];
  if (keys.length === recordTables.length && last !== undefined && Number.isSafeInteger(last) && last >= 0) return last;
  throw new StoreError('invalid', 'The scan cannot end there: give a mark that this store made.');
}

/**
 * An entry as it was read: where it lies, and the JSON that it was read as, are kept with it, so that a change need not look it up, nor write all of it again.
 * In private fields, since they are no part of the record; beside it in a WeakMap they would cost a tenth of the main thread's time.
 */
class EntryRecord<S> {
  readonly kind = 'entry';
  readonly sessionId: string;
  readonly log: LogEntry<S>;
  readonly #rowKey: number;
  readonly #body: string;

  constructor(rowKey: number, sessionId: string, log: LogEntry<S>, body: string) {
    this.sessionId = sessionId;
    this.log = log;
    this.#rowKey = rowKey;
    this.#body = body;
  }

  static readFrom(record: object): { readonly rowKey: number; readonly body: string } | null {
    return #rowKey in record ? { rowKey: record.#rowKey, body: record.#body } : null;
  }
}

/** @throws StoreError corrupt */
export function toRecord<S>(table: RecordTable, row: Row): StoredRecord<S> {
  switch (table) {
    case 'session':
      return { kind: 'session', session: toSession(row.slice(1)) };
    case 'entry': {
      const [rowKey, sessionId, seq, body] = row;
      return new EntryRecord(
        Number(rowKey),
        String(sessionId),
        toLogEntry<S>([seq ?? null, body ?? null]),
        String(body),
      );
    }
    case 'turn':
      return { kind: 'turn', turn: toTurn(row.slice(1)) };
    case 'aside':
      return { kind: 'aside', aside: toAside(row.slice(1)) };
  }
}

const sealedName = '"sealed":"';

/**
 * The JSON of an entry of which only the envelope is another than in the one that was read as `body`: the envelope is put in its place there, in a tenth of the time
 * that writing all of it takes. Null where more differs, or where it is not plain that the text found is the envelope.
 */
function withEnvelope<S>(body: string, from: Entry<S>, to: Entry<S>): string | null {
  if (!('sealed' in from && 'sealed' in to && typeof from.sealed === 'string' && typeof to.sealed === 'string'))
    return null;
  if (!isSameBut('sealed', from, to)) return null;
  // In a text of the JSON a quote has a backslash before it, so this is found nowhere but where a value of that name begins.
  const at = body.indexOf(sealedName) + sealedName.length;
  const end = at + from.sealed.length;
  const isFound = at >= sealedName.length && body.slice(at, end) === from.sealed && body[end] === '"';
  if (!isFound || body.includes(sealedName, end)) return null;
  return `${body.slice(0, at - 1)}${jsonText(to.sealed)}${body.slice(end + 1)}`;
}

/** Whether two objects have the same keys, and but for one the same values under them. */
function isSameBut<T extends object>(but: string, one: T, other: T): boolean {
  const names = Object.keys(one) as (string & keyof T)[];
  if (Object.keys(other).length !== names.length) return false;
  return names.every((name) => name === but || one[name] === other[name]);
}

/**
 * A change as the values of its statement. What was read is compared as JSON: parsing it and writing it again gives the same text.
 * @throws StoreError invalid where the two are not the same record
 */
export function changeValues<S>({
  from,
  to,
}: {
  readonly from: StoredRecord<S>;
  readonly to: StoredRecord<S>;
}): [RewriteBy, ...Value[]] {
  if (from.kind === 'entry' && to.kind === 'entry' && from.sessionId === to.sessionId && from.log.seq === to.log.seq) {
    const before = EntryRecord.readFrom(from);
    if (before === null)
      return ['entry', key(from.sessionId), from.log.seq, JSON.stringify(from.log.entry), JSON.stringify(to.log.entry)];
    const after = withEnvelope(before.body, from.log.entry, to.log.entry) ?? JSON.stringify(to.log.entry);
    // A row of that key that is another one by now has another body.
    return ['row', before.rowKey, before.body, after];
  }
  if (from.kind === 'session' && to.kind === 'session' && from.session.id === to.session.id) {
    const [before, after] = [from.session, to.session];
    const texts = [before, after].flatMap(({ projection, ...seed }) => [seedJson(seed), projectionJson(projection)]);
    return ['session', key(before.id), ...texts];
  }
  if (from.kind === 'turn' && to.kind === 'turn' && from.turn.id === to.turn.id)
    return ['turn', key(from.turn.id), JSON.stringify(from.turn.text), JSON.stringify(to.turn.text)];
  if (from.kind === 'aside' && to.kind === 'aside' && from.aside.sessionId === to.aside.sessionId) {
    const [before, after] = [from.aside, to.aside];
    if (before.id === after.id)
      return ['aside', key(before.sessionId), key(before.id), JSON.stringify(before.text), JSON.stringify(after.text)];
  }
  throw new StoreError('invalid', 'A record can only be put in the place of itself.');
}
