// Station: test/helpers. The stores that server processes of a test share: SQLite always, MongoDB where a server can be had. Called by the races of takeover.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import type { Store } from '../../src/server/ports/store.js';
import { openSqliteStore } from '../../src/server/store/sqlite/sqlite-store.js';
import { startApp, type TestApp, type TestAppOptions } from './app.js';
import { mongoServer } from './mongo-server.js';
import type { SharedStore } from './replica-process.js';
import { dropDatabase, freshDatabase, openMongo } from './store-mongodb.js';
import { silentLog } from './store-sqlite.js';

/** A kind of store, for `describe.each`: its name stands in the names of the tests. */
export interface SharedStoreKind {
  readonly name: string;
  /** A server in this process on a store of its own; both are gone when the test ends. */
  start(options?: Omit<TestAppOptions, 'openStore' | 'dataDir'>): Promise<TestApp>;
  /** A store of its own, open here, and what a server process needs to share it; gone when the test ends. */
  make(): Promise<{ readonly store: Store; readonly shared: SharedStore }>;
}

async function stopping(starting: Promise<TestApp>): Promise<TestApp> {
  const app = await starting;
  onTestFinished(() => app.stop());
  return app;
}

const sqlite: SharedStoreKind = {
  name: 'SQLite',
  start: (options) => stopping(startApp(options)),
  async make() {
    const dataDir = await mkdtemp(join(tmpdir(), 'chatbox-shared-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const store = await openSqliteStore({ dataDir }, { clock: systemClock, log: silentLog });
    onTestFinished(() => store.close());
    return { store, shared: { kind: 'sqlite', dataDir } };
  },
};

/** The stores. Where no MongoDB server can be had this says so and leaves it out; CHATBOX_TEST_REQUIRE=mongodb demands it. Call it once in a test file. */
export async function sharedStores(): Promise<readonly SharedStoreKind[]> {
  const server = await mongoServer();
  if (server === null) return [sqlite];
  const { name, uri } = server;
  return [
    sqlite,
    {
      name,
      start(options) {
        const database = freshDatabase();
        onTestFinished(() => dropDatabase(uri, database));
        const openStore = { kind: 'mongodb', open: () => openMongo(uri, database) } as const;
        return stopping(startApp({ ...options, openStore }));
      },
      async make() {
        const database = freshDatabase();
        onTestFinished(() => dropDatabase(uri, database));
        const store = await openMongo(uri, database);
        onTestFinished(() => store.close());
        return { store, shared: { kind: 'mongodb', uri, database } };
      },
    },
  ];
}
