// Station: store/sqlite. Every stored thing that may hold sealed values, read in order and put anew in SQL. Called by database, on a thread of its own.
import type { Connection, Row, Value } from './driver.js';
import { asideColumns, entryColumns, sessionColumns, turnColumns } from './records.js';
import type { WriterMemory } from './writer-memory.js';

/** The tables in the order in which they are read. */
export const recordTables = ['session', 'entry', 'turn', 'aside'] as const;
export type RecordTable = (typeof recordTables)[number];
/** How what is put anew is found: as a thing of that table, or an entry by the key of its row, which takes half of the time. */
export type RewriteBy = RecordTable | 'row';

/** Puts records anew; each runs inside the transaction of its batch. */
export function recordWrites(connection: Connection, { recent }: WriterMemory) {
  const entry = connection.prepare(`
    UPDATE entry SET body = ?4
    WHERE key = (SELECT key FROM log WHERE session = (SELECT key FROM session WHERE id = ?1) AND seq = ?2) AND body = ?3`);
  const row = connection.prepare('UPDATE entry SET body = ?3 WHERE key = ?1 AND body = ?2');
  const session = connection.prepare(`
    UPDATE session SET seed = ?4, projection = ?5 WHERE id = ?1 AND seed = ?2 AND projection = ?3`);
  const turn = connection.prepare('UPDATE turn SET text = ?3 WHERE id = ?1 AND text = ?2');
  const aside = connection.prepare(`
    UPDATE aside SET text = ?4 WHERE session = (SELECT key FROM session WHERE id = ?1) AND id = ?2 AND text = ?3`);
  const statements = { entry, row, session, turn, aside } as const satisfies Record<RewriteBy, unknown>;

  return {
    /** Whether each was replaced. A change begins with how it is found; the rest are the values of its statement. */
    rewrite(changes: readonly (readonly [by: RewriteBy, ...values: Value[]])[]): number[] {
      recent.write();
      return changes.map(([by, ...values]) => statements[by].run(...values));
    },
  };
}

/** Reads records. They are read among the long reads, because a scan of everything must not hold up a conversation. */
export function recordReads(connection: Connection) {
  const readers = {
    session: connection.prepare(
      `SELECT key, ${sessionColumns} FROM session WHERE key > ? AND key <= ? ORDER BY key LIMIT ?`,
    ),
    entry: connection.prepare(`
      SELECT entry.key, session.id, ${entryColumns
        .split(', ')
        .map((column) => `entry.${column}`)
        .join(', ')}
      FROM entry JOIN session ON session.key = entry.session WHERE entry.key > ? AND entry.key <= ? ORDER BY entry.key LIMIT ?`),
    turn: connection.prepare(`
      SELECT turn.key, session.id, ${turnColumns.map((column) => `turn.${column}`).join(', ')}
      FROM turn JOIN session ON session.key = turn.session WHERE turn.key > ? AND turn.key <= ? ORDER BY turn.key LIMIT ?`),
    aside: connection.prepare(`
      SELECT aside.key, session.id, ${asideColumns}
      FROM aside JOIN session ON session.key = aside.session WHERE aside.key > ? AND aside.key <= ? ORDER BY aside.key LIMIT ?`),
  } as const satisfies Record<RecordTable, unknown>;

  // Entries are counted by their places, which are a thirtieth of them in size.
  const counts = ['session', 'place', 'fresh', 'turn', 'aside'].map((table) =>
    connection.prepare(`SELECT count(*) FROM ${table}`),
  );
  const lasts = recordTables.map((table) => connection.prepare(`SELECT ifnull(max(key), 0) FROM ${table}`));

  return {
    countRecords: (): number => counts.reduce((sum, count) => sum + Number(count.row()?.[0] ?? 0), 0),
    /** The last key of each table, in the order of the tables: later rows have greater ones. */
    lastKeys: (): number[] => lasts.map((last) => Number(last.row()?.[0] ?? 0)),
    /** Rows of one table behind a key and up to another; the key is the first column of each. */
    records: (table: RecordTable, after: number, upTo: number, limit: number): Row[] =>
      readers[table].rows(after, upTo, limit),
  };
}
