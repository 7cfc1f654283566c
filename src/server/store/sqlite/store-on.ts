// Station: store/sqlite. The store port in terms of calls to three databases: values in, rows out. Called by sqlite-store; tests run it in one thread.

import { firstProjection } from '../../ports/first-projection.js';
import { type AppendResult, type StoreAdapter, StoreError, type Turn } from '../../ports/store.js';
import type { Reads, Scans, Writes } from './database.js';
import type { Row } from './driver.js';
import { changeValues, cursorOf, lastKeyOf, placeOf, toRecord } from './record-rows.js';
import {
  asideFactsJson,
  key,
  outcomeJson,
  projectionValues,
  seedJson,
  sendHashOf,
  sendKey,
  toAside,
  toLogEntry,
  toSession,
  toSessions,
  toTurn,
  turnValues,
  whole,
} from './records.js';

/** Operations by name. */
export type Callable<T> = { readonly [K in keyof T]: (...args: never[]) => unknown };

/** Calls an operation of one thread by its name. Rejects with StoreError. */
export type Caller<T extends Callable<T>> = <K extends keyof T & string>(
  operation: K,
  ...args: Parameters<T[K]>
) => Promise<ReturnType<T[K]>>;

/** The three databases that a store speaks to, all on one file. */
export interface Databases {
  readonly write: Caller<Writes>;
  readonly read: Caller<Reads>;
  readonly scan: Caller<Scans>;
  close(): Promise<void>;
}

const maxIds = 500;
const maxRows = 5_000;
/** About ten milliseconds of the writing thread where there are a million sessions. */
const maxProjections = 50;

/** @throws StoreError invalid */
function idList(ids: readonly string[]): string {
  if (ids.length > maxIds) throw new StoreError('invalid', `At most ${maxIds} ids can be given at once.`);
  return JSON.stringify(ids);
}

/** @throws StoreError invalid */
function rowLimit(limit: number): number {
  if (whole(limit, 1, 'limit') <= maxRows) return limit;
  throw new StoreError('invalid', `limit must be at most ${maxRows}.`);
}

const maxNotes = 1_000;
const maxNoteName = 200;
const maxNoteValue = 4_096;

/** @throws StoreError invalid */
function noteName(name: string): string {
  if (name !== '' && name.length <= maxNoteName) return key(name);
  throw new StoreError('invalid', `The name of a note must have 1 to ${maxNoteName} characters.`);
}

/** @throws StoreError invalid */
function noteValue(value: string): string {
  if (value.length <= maxNoteValue) return key(value);
  throw new StoreError('invalid', `A note must have at most ${maxNoteValue} characters.`);
}

const maxAsides = 1_000;
const maxAsideId = 200;

/** @throws StoreError invalid */
function asideId(id: string): string {
  if (id !== '' && id.length <= maxAsideId) return key(id);
  throw new StoreError('invalid', `The id of an aside must have 1 to ${maxAsideId} characters.`);
}

const tooManyAlike =
  'Too many message ids of this session have the same hash, which does not happen by chance. Send it with another message id.';

const appended = { kind: 'appended' } as const;
const withoutTurn = { kind: 'appended', turn: 'taken' } as const;

const turnOrNull = <S>(row: Row | null): Turn<S> | null => (row === null ? null : toTurn(row));
const ids = (rows: readonly Row[]): readonly string[] => rows.map((row) => String(row[0]));

/** The store over `databases`. Methods are async so that a value that is refused rejects like every other failure. */
export function storeOn<S = never>({ write, read, scan, close }: Databases): StoreAdapter<S> {
  return {
    kind: 'sqlite',
    async ping() {
      await write('ping');
    },
    close,

    async createSession(seed) {
      const { id, userId, ordinal, startedAt } = seed;
      const first = projectionValues(firstProjection(seed));
      const start = whole(startedAt, 0, 'startedAt');
      const created = await write(
        'createSession',
        key(id),
        key(userId),
        whole(ordinal, 1, 'ordinal'),
        start,
        seedJson(seed),
        first,
      );
      return created === 1 ? 'created' : 'taken';
    },
    async session(id) {
      const row = await read('session', key(id));
      return row === null ? null : toSession(row);
    },
    async sessionByShareToken(token) {
      const row = await read('sessionByShareToken', key(token));
      return row === null ? null : toSession(row);
    },
    async activeSession(userId) {
      const [lastOrdinal, row] = await read('activeSession', key(userId));
      return { session: row === null ? null : toSession(row), lastOrdinal: Number(lastOrdinal) };
    },
    async share(id, token) {
      const there = await write('share', key(id), key(token));
      if (there === null) throw new StoreError('invalid', 'Another session has this share token. Make another one.');
      return there === undefined ? null : String(there);
    },
    async unshare(id) {
      await write('unshare', key(id));
    },
    async deleteSession(id) {
      await write('deleteSession', key(id));
    },

    async append(sessionId, seq, entry, turn): Promise<AppendResult<S>> {
      const at = whole(entry.at, 0, 'at');
      const turnOf = turn === undefined ? null : turnValues(turn);
      const body = JSON.stringify(entry);
      const reply = await write('append', key(sessionId), whole(seq, 1, 'seq'), at, sendHashOf(entry), body, turnOf);
      if (reply === 'appended') return appended;
      if (reply === 'without turn') return withoutTurn;
      if (reply === 'alike') throw new StoreError('invalid', tooManyAlike);
      if (typeof reply === 'string') return { kind: reply };
      return { kind: 'duplicate', existing: toLogEntry(reply) };
    },
    async entries(sessionId, range) {
      const { after = 0, before = Number.MAX_SAFE_INTEGER, limit, newest = false, messagesOnly = false } = range;
      const rows = await read('entries', key(sessionId), after, before, rowLimit(limit), newest, messagesOnly);
      return rows.map((row) => toLogEntry(row));
    },
    async entryOf(sessionId, sender, messageId) {
      const row = await read('entryOf', key(sessionId), sendKey(sender, messageId));
      return row === null ? null : toLogEntry(row);
    },
    async heads(sessionIds) {
      const rows = await read('heads', idList(sessionIds));
      return new Map(rows.map((row) => [String(row[0]), Number(row[1])]));
    },
    async project(changes) {
      if (changes.length > maxIds)
        throw new StoreError('invalid', `At most ${maxIds} projections can be written at once.`);
      const rows = changes.map(({ sessionId, projection }) => [key(sessionId), ...projectionValues(projection)]);
      // A projection changes many indexes: in parts, one after another, so that appends need not wait for all of them.
      let at = 0;
      do {
        await write('project', rows.slice(at, at + maxProjections));
        at += maxProjections;
      } while (at < rows.length);
    },
    async unprojected(olderThan, limit) {
      return ids(await write('unprojected', olderThan, rowLimit(limit)));
    },

    async putAside(aside) {
      const [seq, at] = [whole(aside.seq, 0, 'seq'), whole(aside.at, 0, 'at')];
      const values = [asideFactsJson(aside), JSON.stringify(aside.text)] as const;
      const kept = await write('putAside', key(aside.sessionId), asideId(aside.id), seq, at, ...values);
      if (kept === null) return 'gone';
      return kept === 1 ? 'kept' : 'taken';
    },
    async asides(sessionId, limit) {
      if (whole(limit, 1, 'limit') > maxAsides)
        throw new StoreError('invalid', `At most ${maxAsides} asides can be read at once.`);
      return (await read('asides', key(sessionId), limit)).map((row) => toAside<S>(row)).reverse();
    },

    async latestTurn(sessionId) {
      return turnOrNull(await read('latestTurn', key(sessionId)));
    },
    async turn(id) {
      return turnOrNull(await read('turn', key(id)));
    },
    async createTurn(turn) {
      const created = await write('createTurn', key(turn.sessionId), turnValues(turn));
      return created === 1 ? 'created' : 'taken';
    },
    async claimTurn(id, { owner, leaseUntil, startedAt, throughSeq, modelId }) {
      return turnOrNull(await write('claimTurn', key(id), key(owner), leaseUntil, startedAt, throughSeq, key(modelId)));
    },
    async checkpointTurn(id, { owner, epoch }, text, leaseUntil) {
      const kept = await write('checkpointTurn', key(id), key(owner), epoch, JSON.stringify(text), leaseUntil);
      return kept === 1 ? 'kept' : 'lost';
    },
    async endTurn(id, guard, outcome) {
      const values = [outcome.state, JSON.stringify(outcome.text), outcomeJson(outcome), outcome.settled ? 1 : 0];
      if ('lapsedBefore' in guard) return turnOrNull(await write('endLapsedTurn', key(id), values, guard.lapsedBefore));
      return turnOrNull(await write('endTurn', key(id), values, key(guard.owner), guard.epoch));
    },
    async settleTurns(turnIds) {
      await write('settleTurns', idList(turnIds));
    },
    async unsettledTurns(lapsedBefore, limit) {
      return (await write('unsettledTurns', lapsedBefore, rowLimit(limit))).map((row) => toTurn(row));
    },

    async listSessions(query) {
      const [sessions, next] = await scan('listSessions', JSON.stringify(query));
      return { sessions: toSessions(sessions), next };
    },
    async metrics({ from, to, now }) {
      return scan('metrics', from, to, now);
    },
    async idleSessions(before, now, limit) {
      return ids(await read('idleSessions', before, now, rowLimit(limit)));
    },
    async keepAttached(sessionIds, until) {
      await write('keepAttached', idList(sessionIds), until);
    },
    async expiredSessions(before, limit) {
      return ids(await read('expiredSessions', before, rowLimit(limit)));
    },
    async forgetUser(userId) {
      await write('forgetUser', key(userId));
    },

    async note(name) {
      const value = await read('note', noteName(name));
      return value === null ? null : String(value);
    },
    async notes(prefix) {
      const rows = await read('notes', key(prefix), maxNotes);
      return rows.map(([name, value]) => ({ name: String(name), value: String(value) }));
    },
    async putNote(name, expected, value) {
      return (await write('putNote', noteName(name), expected, noteValue(value))) === 1;
    },
    async dropNote(name, expected) {
      return (await write('dropNote', noteName(name), expected)) === 1;
    },

    countRecords: () => scan('countRecords'),
    async recordsMark() {
      return (await scan('lastKeys')).join(':');
    },
    async records(after, limit, until) {
      const place = placeOf(after);
      const rows = await scan('records', place.table, place.key, lastKeyOf(until, place.table), rowLimit(limit));
      return { records: rows.map((row) => toRecord(place.table, row)), next: cursorOf(place.table, rows, limit) };
    },
    async rewrite(changes) {
      if (changes.length > maxIds)
        throw new StoreError('invalid', `At most ${maxIds} records can be rewritten at once.`);
      return (await write('rewrite', changes.map(changeValues))).map((changed) => changed === 1);
    },
  };
}
