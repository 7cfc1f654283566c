// Station: test/helpers. The stores that a whole server is tested on: SQLite always, MongoDB where a server can be had. Called by test/integration.
import { startApp, type TestApp, type TestAppOptions } from './app.js';
import { mongoServer } from './mongo-server.js';
import { dropDatabase, freshDatabase, openMongo } from './store-mongodb.js';

/** A store of its own, which several servers may share. */
interface AppDatabase {
  start(options?: Omit<TestAppOptions, 'openStore'>): Promise<TestApp>;
  remove(): Promise<void>;
}

/** A kind of store, for `describe.each`: its name stands in the names of the tests. */
export interface AppStore {
  readonly name: string;
  /** A server on a store of its own, which is gone when the server stops. */
  start(options?: Omit<TestAppOptions, 'openStore'>): Promise<TestApp>;
}

const sqlite: AppStore = { name: 'SQLite', start: (options) => startApp(options) };

/** A database on a MongoDB server, for servers that share it. */
function mongoDatabase(uri: string): AppDatabase {
  const database = freshDatabase();
  return {
    start: (options = {}) =>
      startApp({ ...options, openStore: { kind: 'mongodb', open: () => openMongo(uri, database) } }),
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
