// Station: store/mongodb. The store port on MongoDB: each operation through the gate of all calls. Called by adapters.
import type { Clock } from '../../../common/clock.js';
import type { Random } from '../../../common/random.js';
import { type StoreAdapter, StoreError } from '../../ports/store.js';
import type { Log, Meter } from '../../ports/telemetry.js';
import { asideOperations } from './aside-operations.js';
import { bounded, callDeadlineMs, createCalls } from './calls.js';
import { connect, connectPatiently, type MongoSettings } from './connect.js';
import { explainConnect, isRefused } from './connect-failure.js';
import { translate } from './failure.js';
import { KnownHeads } from './known-heads.js';
import { listOperations } from './list-operations.js';
import { logOperations } from './log-operations.js';
import { metricsOperation } from './metrics-operation.js';
import { noteOperations } from './note-operations.js';
import { prepare } from './prepare.js';
import { recordOperations } from './record-operations.js';
import { sessionOperations } from './session-operations.js';
import { key, whole } from './texts.js';
import { turnOperations } from './turn-operations.js';
import { unprojectedOperation } from './unprojected-operation.js';

/** What the store is given by whoever opens it. */
export interface MongoTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter?: Pick<Meter, 'storeOperation'>;
}

const maxIds = 500;
const maxRows = 5_000;

/** @throws StoreError invalid */
function atMost<T>(items: readonly T[], what: string): readonly T[] {
  if (items.length > maxIds) throw new StoreError('invalid', `At most ${maxIds} ${what} can be given at once.`);
  return items;
}

/** @throws StoreError invalid */
const rewritesAtOnce = 32;

function rows(limit: number): number {
  if (whole(limit, 1, 'limit') <= maxRows) return limit;
  throw new StoreError('invalid', `limit must be at most ${maxRows}.`);
}

/**
 * Opens the store, making collections and indexes that are missing. Any number of servers may have it open.
 * @throws MongoConnectError, which has a `fix`, for what an operator has to mend; StoreError unavailable when the server is away
 */
export async function openMongoStore<S = never>(settings: MongoSettings, tools: MongoTools): Promise<StoreAdapter<S>> {
  const { clock, log, meter, random } = tools;
  const { client, database } = await connect(settings, clock);
  const { facts } = database;
  log.info('mongodb_server', {
    server: facts.name,
    replicated: facts.isReplicated,
    validators: facts.hasValidators
      ? 'set'
      : 'not offered by this server; documents are held to their types by chatbox alone',
  });
  const heads = new KnownHeads();
  const calls = createCalls(clock, meter);
  const sessions = sessionOperations<S>(database, heads, clock);
  const turns = turnOperations(database, clock);
  const logs = logOperations<S>({ database, heads, clock, random, turns });
  const asides = asideOperations<S>(database);
  const lists = listOperations<S>(database);
  const records = recordOperations<S>(database, clock);
  const notes = noteOperations(database);
  const { metrics } = metricsOperation(database);
  const { unprojected } = unprojectedOperation(database);
  const read = <T>(operation: string, call: () => Promise<T>) => calls.run(operation, 'read', call);
  const write = <T>(operation: string, call: () => Promise<T>) => calls.run(operation, 'write', call);
  const finishDeletes = async (): Promise<void> => {
    const left = await read('unfinishedDeletes', sessions.unfinishedDeletes);
    for (const id of left) await write('finishDelete', () => sessions.finishDelete(id));
  };
  const background = await makeReady(settings, tools, finishDeletes);
  await warnOfUnimported(sessions.unimported, log);
  let closing: Promise<void> | null = null;

  return {
    kind: 'mongodb',
    ping: () => write('ping', sessions.ping),
    close: () => {
      closing ??= calls.close().then(async () => {
        await background.stop();
        await ended(clock, client.close());
      });
      return closing;
    },

    createSession: (seed) => write('createSession', () => sessions.createSession(seed)),
    session: (id) => read('session', () => sessions.session(id)),
    sessionByShareToken: (token) => read('sessionByShareToken', () => sessions.sessionByShareToken(token)),
    activeSession: (userId) => read('activeSession', () => sessions.activeSession(userId)),
    share: (id, token) => write('share', () => sessions.share(id, token)),
    unshare: (id) => write('unshare', () => sessions.unshare(id)),
    deleteSession: (id) => write('deleteSession', () => sessions.deleteSession(id)),

    append: (sessionId, seq, entry, turn) => write('append', () => logs.append(sessionId, seq, entry, turn)),
    entries: (sessionId, range) =>
      read('entries', async () => logs.entries(sessionId, { ...range, limit: rows(range.limit) })),
    entryOf: (sessionId, sender, messageId) => read('entryOf', () => logs.entryOf(sessionId, sender, messageId)),
    heads: (ids) => read('heads', async () => logs.heads(atMost(ids, 'ids'))),
    project: (changes) => write('project', async () => logs.project(atMost(changes, 'projections'))),
    unprojected: (olderThan, limit) => read('unprojected', async () => unprojected(olderThan, rows(limit))),

    putAside: (aside) => write('putAside', () => asides.putAside(aside)),
    asides: (sessionId, limit) => read('asides', () => asides.asides(sessionId, limit)),

    latestTurn: (sessionId) => read('latestTurn', () => turns.latestTurn<S>(sessionId)),
    turn: (id) => read('turn', () => turns.turn<S>(id)),
    createTurn: (turn) => write('createTurn', () => turns.createTurn(turn)),
    claimTurn: (id, claim) => write('claimTurn', () => turns.claimTurn<S>(id, claim)),
    checkpointTurn: (id, guard, text, leaseUntil) =>
      write('checkpointTurn', () => turns.checkpointTurn<S>(id, guard, text, leaseUntil)),
    endTurn: (id, guard, outcome) => write('endTurn', () => turns.endTurn(id, guard, outcome)),
    settleTurns: (ids) => write('settleTurns', async () => turns.settleTurns(atMost(ids, 'ids'))),
    unsettledTurns: (lapsedBefore, limit) =>
      read('unsettledTurns', async () => turns.unsettledTurns<S>(lapsedBefore, rows(limit))),

    listSessions: (query) => read('listSessions', () => lists.listSessions(query)),
    metrics: (window) => read('metrics', () => metrics(window)),
    idleSessions: (before, now, limit) =>
      read('idleSessions', async () => sessions.idleSessions(before, now, rows(limit))),
    keepAttached: (ids, until) => write('keepAttached', async () => sessions.keepAttached(atMost(ids, 'ids'), until)),
    expiredSessions: (before, limit) =>
      read('expiredSessions', async () => sessions.expiredSessions(before, rows(limit))),
    forgetUser: (userId) => write('forgetUser', async () => sessions.forgetUser(key(userId))),

    note: (name) => read('note', () => notes.note(name)),
    notes: (prefix) => read('notes', () => notes.notes(prefix)),
    putNote: (name, expected, value) => write('putNote', () => notes.putNote(name, expected, value)),
    dropNote: (name, expected) => write('dropNote', () => notes.dropNote(name, expected)),

    countRecords: () => read('countRecords', () => records.countRecords()),
    recordsMark: () => read('recordsMark', () => records.recordsMark()),
    records: (after, limit, until) => read('records', async () => records.records(after, rows(limit), until)),
    async rewrite(changes) {
      const done: boolean[] = [];
      // A few at a time, each with the deadline of a call: a slow server is not overdue because many were asked for at once.
      for (let at = 0; at < atMost(changes, 'records').length; at += rewritesAtOnce) {
        const some = changes.slice(at, at + rewritesAtOnce);
        done.push(...(await write('rewrite', () => records.rewrite(some))));
      }
      return done;
    },
  } satisfies StoreAdapter<S>;
}

/** Makes what the promises rest on; the rest is made in the background, on a connection of its own, and ends with the store. */
async function makeReady(
  settings: MongoSettings,
  { clock, log }: MongoTools,
  finishDeletes: () => Promise<void>,
): Promise<{ stop(): Promise<void> }> {
  const { client, database } = await connectPatiently(settings, clock);
  try {
    const { rest } = await prepare(database, log);
    const done = rest
      .then(finishDeletes)
      .catch((error: unknown) => log.warn('deletes_left', {}, error))
      .finally(() => client.close());
    return {
      async stop() {
        await ended(clock, client.close());
        await ended(clock, done);
      },
    };
  } catch (error) {
    await client.close();
    // A user who may look and not make: to be mended before a server can start.
    throw isRefused(error) ? explainConnect(error, settings.uri) : translate(error, 'write');
  }
}

/** Waits for the end of something, no longer than for a call: what the driver left without an answer has none. */
async function ended(clock: Clock, work: Promise<unknown>): Promise<void> {
  const late = () => new StoreError('unavailable', 'MongoDB left a call without an answer.');
  await bounded(clock, callDeadlineMs, work, late).catch(() => undefined);
}

/** Conversations of the reference lie in the same collection until they are imported; nobody sees them before. */
async function warnOfUnimported(count: () => Promise<number>, log: Log): Promise<void> {
  try {
    const left = await count();
    if (left > 0) log.warn('sessions_not_imported', { count: left, fix: 'chatbox import' });
  } catch (error) {
    log.warn('sessions_not_counted', {}, error);
  }
}
