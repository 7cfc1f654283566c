// Station: test/helpers. The stores that a whole server is tested on: SQLite always, MongoDB where a server can be had. Called by test/integration.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/common/clock.js';
import type { Session, Store } from '../../src/server/ports/store.js';
import { openSqliteStore } from '../../src/server/store/sqlite/sqlite-store.js';
import { startApp, type TestApp, type TestAppOptions } from './app.js';
import { mongoServer } from './mongo-server.js';
import type { SharedStore } from './replica-process.js';
import { dropDatabase, freshDatabase, insertSessions, openMongo } from './store-mongodb.js';
import { openInThread, silentLog } from './store-sqlite.js';
import { mongoFields, type StoredFields, sqliteFields } from './stored-fields.js';

type StartOptions = Omit<TestAppOptions, 'openStore' | 'dataDir'>;

/** A database of its own, for servers that share it or follow one another. */
export interface AppDatabase {
  /** What a server in a process of its own needs to share it. */
  readonly shared: SharedStore;
  /** The store over it, for whoever looks at it from outside; who opens it closes it. */
  open(): Promise<Store>;
  start(options?: StartOptions): Promise<TestApp>;
  /** Puts sessions in as they are. Ids and ordinals are new. */
  fill(sessions: readonly Session[]): Promise<void>;
  /** The fields of all that lies in it. */
  fields(): Promise<StoredFields>;
  remove(): Promise<void>;
}

/** A kind of store, for `describe.each`: its name stands in the names of the tests. */
export interface AppStore {
  readonly name: string;
  /** A server on a database of its own, which is gone when the server stops. */
  start(options?: StartOptions): Promise<TestApp>;
  /** A database that is there until it is removed. */
  database(): Promise<AppDatabase>;
}

/** SQLite alone. */
export const sqlite: AppStore = {
  name: 'SQLite',
  start: (options) => startApp(options),
  async database() {
    const dataDir = await mkdtemp(join(tmpdir(), 'chatbox-test-'));
    return {
      shared: { kind: 'sqlite', dataDir },
      open: () => openSqliteStore({ dataDir }, { clock: systemClock, log: silentLog }),
      start: (options = {}) => startApp({ ...options, dataDir }),
      fill: (sessions) => insertInto(dataDir, sessions),
      fields: async () => sqliteFields(dataDir),
      remove: () => rm(dataDir, { recursive: true, force: true }),
    };
  },
};

async function insertInto(dataDir: string, sessions: readonly Session[]): Promise<void> {
  const store = await openInThread(dataDir);
  try {
    await Promise.all(sessions.map((session) => store.createSession(session)));
    const changes = sessions.map(({ id, projection }) => ({ sessionId: id, projection }));
    for (let at = 0; at < changes.length; at += 500) await store.project(changes.slice(at, at + 500));
  } finally {
    await store.close();
  }
}

function mongoDatabase(uri: string): AppDatabase {
  const database = freshDatabase();
  return {
    shared: { kind: 'mongodb', uri, database },
    open: () => openMongo(uri, database),
    start: (options = {}) =>
      startApp({ ...options, openStore: { kind: 'mongodb', open: () => openMongo(uri, database) } }),
    fill: (sessions) => insertSessions(uri, database, sessions),
    fields: () => mongoFields(uri, database),
    remove: () => dropDatabase(uri, database),
  };
}

/** The stores. Where no MongoDB server can be had this says so and leaves it out; CHATBOX_TEST_REQUIRE=mongodb demands it. Call it once in a test file. */
export async function appStores(): Promise<readonly AppStore[]> {
  const server = await mongoServer();
  if (server === null) return [sqlite];
  return [
    sqlite,
    {
      name: server.name,
      database: async () => mongoDatabase(server.uri),
      async start(options) {
        const database = mongoDatabase(server.uri);
        const app = await database.start(options);
        return {
          ...app,
          async stop() {
            try {
              await app.stop();
            } finally {
              await database.remove();
            }
          },
        };
      },
    },
  ];
}
