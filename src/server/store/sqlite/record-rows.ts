// Station: store/sqlite. Records that may hold sealed values, as rows and as the values of a change; and the place in their scan. Called by store-on.
import { type StoredRecord, StoreError } from '../../ports/store.js';
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

/** Where an entry lies, and the JSON that it was read as. Kept as long as the entry is, so that a change need not look it up, nor write it again to compare it. */
const readFrom = new WeakMap<object, { readonly rowKey: number; readonly body: string }>();

/** @throws StoreError corrupt */
export function toRecord<S>(table: RecordTable, row: Row): StoredRecord<S> {
  const [rowKey, first, ...rest] = row;
  switch (table) {
    case 'session':
      return { kind: 'session', session: toSession(row.slice(1)) };
    case 'entry': {
      const log = toLogEntry<S>(rest);
      readFrom.set(log.entry, { rowKey: Number(rowKey), body: String(rest[1]) });
      return { kind: 'entry', sessionId: String(first), log };
    }
    case 'turn':
      return { kind: 'turn', turn: toTurn(row.slice(1)) };
    case 'aside':
      return { kind: 'aside', aside: toAside(row.slice(1)) };
  }
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
    const after = JSON.stringify(to.log.entry);
    const before = readFrom.get(from.log.entry);
    // A row of that key that is another one by now has another body.
    if (before !== undefined) return ['row', before.rowKey, before.body, after];
    return ['entry', key(from.sessionId), from.log.seq, JSON.stringify(from.log.entry), after];
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
