// Station: store/sqlite. Notes in SQL: small named documents, written by compare-and-set. Called by database, on a thread of its own.
import type { Connection, Row, Value } from './driver.js';

/** Writes of notes; each runs inside the transaction of its batch. */
export function noteWrites(connection: Connection) {
  const insert = connection.prepare('INSERT INTO note (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING');
  const replace = connection.prepare('UPDATE note SET value = ?3 WHERE name = ?1 AND value = ?2');
  const drop = connection.prepare('DELETE FROM note WHERE name = ?1 AND value = ?2');

  return {
    putNote: (name: string, expected: string | null, value: string): number =>
      expected === null ? insert.run(name, value) : replace.run(name, expected, value),
    dropNote: (name: string, expected: string): number => drop.run(name, expected),
  };
}

/** Reads of notes. */
export function noteReads(connection: Connection) {
  const byName = connection.prepare('SELECT value FROM note WHERE name = ?');
  // Upwards from the prefix, to the greatest name that begins with it.
  const byPrefix = connection.prepare(`
    SELECT name, value FROM note WHERE name >= ?1 AND name < ?1 || char(1114111) ORDER BY name LIMIT ?2`);

  return {
    note: (name: string): Value => byName.row(name)?.[0] ?? null,
    notes: (prefix: string, limit: number): Row[] => byPrefix.rows(prefix, limit),
  };
}
