// Station: test/helpers. MongoDB stores for tests, each on a database of its own. Called by the tests of the MongoDB store.
import { randomUUID } from 'node:crypto';
import { type Collection, MongoClient } from 'mongodb';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import type { Session, StoreAdapter } from '../../src/server/ports/store.js';
import type { SessionDocument } from '../../src/server/store/mongodb/documents.js';
import { collectionNames } from '../../src/server/store/mongodb/indexes.js';
import { openMongoStore } from '../../src/server/store/mongodb/mongodb-store.js';
import { projectedFields, sessionDocument } from '../../src/server/store/mongodb/session-document.js';
import type { StoreTarget } from '../contract/store/store-target.js';
import { silentLog } from './store-sqlite.js';

/** A name that no other test uses. */
export function freshDatabase(): string {
  return `chatbox_test_${randomUUID().slice(0, 13).replaceAll('-', '_')}`;
}

/** Opens a store on a database. */
export function openMongo<S = never>(uri: string, database: string): Promise<StoreAdapter<S>> {
  return openMongoStore<S>({ uri, database }, { clock: systemClock, random: systemRandom, log: silentLog });
}

/** Removes a database. */
export async function dropDatabase(uri: string, database: string): Promise<void> {
  const client = new MongoClient(uri);
  try {
    await client.db(database).dropDatabase();
  } finally {
    await client.close();
  }
}

/** Sessions as the store itself would write them. */
export async function insertSessions(uri: string, database: string, sessions: readonly Session[]): Promise<void> {
  if (sessions.length === 0) return;
  const nowMs = systemClock.now();
  const documents = sessions.map((session) => ({
    ...sessionDocument(session, nowMs),
    ...projectedFields(session.projection, session.startedAt, nowMs),
  }));
  await withSessions(uri, database, async (collection) => void (await collection.insertMany(documents)));
}

async function withSessions(
  uri: string,
  database: string,
  use: (collection: Collection<SessionDocument>) => Promise<void>,
): Promise<void> {
  const client = new MongoClient(uri);
  try {
    await use(client.db(database).collection(collectionNames.sessions));
  } finally {
    await client.close();
  }
}

/** The contract's target on a server. */
export function mongoTarget<S = never>(uri: string): StoreTarget<StoreAdapter<S>> {
  return {
    async fresh() {
      const database = freshDatabase();
      return {
        open: () => openMongo<S>(uri, database),
        child: { adapter: 'mongodb', settings: { uri, database } },
        fill: (sessions) => insertSessions(uri, database, sessions),
        empty: () => withSessions(uri, database, async (sessions) => void (await sessions.deleteMany({}))),
        remove: () => dropDatabase(uri, database),
      };
    },
  };
}
