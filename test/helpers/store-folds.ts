// Station: test/helpers. Logs of the SQLite store that reach over a fold, and on which side of it their entries stand. Called by the store's tests.
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { StoreAdapter } from '../../src/server/ports/store.js';
import { type Call, openDatabase } from '../../src/server/store/sqlite/database.js';
import { type Connection, connect } from '../../src/server/store/sqlite/driver.js';
import { projectionValues, seedJson, sendHash, sendKeyOf } from '../../src/server/store/sqlite/records.js';
import { databaseName } from '../../src/server/store/sqlite/sqlite-store.js';
import { messageOf, projectionOf, seedOf } from './store-fixtures.js';
import { temporaryFolder } from './store-sqlite.js';

/** With the few sessions of a test, a fold comes when so many entries are fresh. */
export const oneFold = 2_048;

/** Every third entry is no message. */
export const entryAt = (seq: number) =>
  seq % 3 === 0 ? ({ at: seq, kind: 'rename', name: `name ${seq}` } as const) : messageOf(`m${seq}`, { at: seq });

/** Appends `from`..`to` in order, all called at once. */
export async function fill(store: StoreAdapter, sessionId: string, from: number, to: number): Promise<void> {
  const calls = [];
  for (let seq = from; seq <= to; seq += 1) calls.push(store.append(sessionId, seq, entryAt(seq)));
  for (const result of await Promise.all(calls)) expect(result).toEqual({ kind: 'appended' });
}

/** Reads a number from the file of a store. */
export function look(dataDir: string): (sql: string) => number {
  const connection = connect(join(dataDir, databaseName));
  onTestFinished(() => connection.close());
  return (sql) => Number(connection.prepare(sql).row()?.[0]);
}

/** How many entries stand on each side. */
export function sidesOf(dataDir: string): { readonly folded: number; readonly fresh: number } {
  const count = look(dataDir);
  return { folded: count('SELECT count(*) FROM place'), fresh: count('SELECT count(*) FROM fresh') };
}

/** The call that makes a session of ann. */
export const sessionCall = (id: string, ordinal: number): Call => [
  'createSession',
  id,
  'ann',
  ordinal,
  1,
  seedJson(seedOf({ id, ordinal })),
  projectionValues(projectionOf({ seq: 0 })),
];
/** The call that appends a message. */
export const appendCall = (id: string, seq: number, messageId = `m${seq}`): Call => {
  const entry = messageOf(messageId, { at: seq });
  return ['append', id, seq, seq, sendHash(sendKeyOf(entry) ?? ''), JSON.stringify(entry), null];
};
/** Calls that append a message at each seq from one to another. */
export const appendCalls = (id: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => appendCall(id, from + at));

/** A database in the test's own thread, with two sessions. */
export async function databaseOn(open?: (file: string) => Connection) {
  const dataDir = await temporaryFolder();
  const file = join(dataDir, databaseName);
  const database = openDatabase({ file, lane: 'write', maxPages: 0, busyTimeoutMs: 200 }, open);
  onTestFinished(() => database.close());
  database.run([sessionCall('s1', 1), sessionCall('s2', 2)]);
  return { dataDir, file, database };
}
