// Station: store/mongodb. Connects to the server, and waits a while for one that is away. Called by mongodb-store, the import and the doctor.
import { MongoClient, MongoError } from 'mongodb';
import type { Clock } from '../../../common/clock.js';
import { commandTimeoutMs } from './calls.js';
import { explainConnect, MongoConnectError, tlsMismatch } from './connect-failure.js';
import { type Database, openCollections } from './database.js';
import { askServer } from './server-facts.js';

const defaultStartMs = 10_000;
const atOnceMs = 500;

/** Where the database is, and what it may take. */
export interface MongoSettings {
  /** The connection string, with its credentials. */
  readonly uri: string;
  readonly database: string;
  /** Connections at most. Default 50. */
  readonly maxPoolSize?: number;
  /** How long a start waits for a server that is away. Default 10,000 ms. */
  readonly startTimeoutMs?: number;
}

/** A connected database. */
export interface Connected {
  readonly client: MongoClient;
  readonly database: Database;
}

/**
 * Connects and asks the server what it is.
 * @throws MongoConnectError for what only an operator can mend; StoreError unavailable for a server that is away
 */
export async function connect(settings: MongoSettings, clock: Clock): Promise<Connected> {
  const deadline = clock.monotonic() + (settings.startTimeoutMs ?? defaultStartMs);
  for (;;) {
    const startedAt = clock.monotonic();
    try {
      return await attempt(settings, commandTimeoutMs, clock);
    } catch (error) {
      const why = explainConnect(error, settings.uri);
      if (why instanceof MongoConnectError) throw why;
      const now = clock.monotonic();
      // The driver itself looks for the server again and again, for some seconds: what fails at once fails for another reason.
      if (now >= deadline || now - startedAt < atOnceMs) throw (await tlsMismatch(error, usesTls(settings))) ?? why;
    }
  }
}

/** Connects once more, for work that takes as long as it takes, such as making an index. @throws StoreError */
export async function connectPatiently(settings: MongoSettings, clock: Clock): Promise<Connected> {
  try {
    return await attempt(settings, 0, clock);
  } catch (error) {
    throw explainConnect(error, settings.uri);
  }
}

async function attempt(settings: MongoSettings, socketTimeoutMs: number, clock: Clock): Promise<Connected> {
  const client = makeClient(settings, socketTimeoutMs);
  try {
    await client.connect();
    const db = client.db(settings.database);
    const facts = await askServer(db, () => clock.now());
    return { client, database: openCollections(db, facts) };
  } catch (error) {
    await client.close().catch(() => undefined);
    throw error;
  }
}

/** Whether the connection string asks for TLS; mongodb+srv does unless it says otherwise. */
function usesTls(settings: MongoSettings): boolean {
  return makeClient(settings, commandTimeoutMs).options.tls;
}

function makeClient(settings: MongoSettings, socketTimeoutMs: number): MongoClient {
  try {
    return new MongoClient(settings.uri, {
      appName: 'chatbox',
      // An ack means durable: on disk, and on a majority where there are several (DESIGN.md section 3).
      writeConcern: { w: 'majority', journal: true },
      readPreference: 'primary',
      retryReads: true,
      // Heeded only where the server can: a standalone cannot, and there an unknown outcome is read back by its key.
      retryWrites: true,
      maxPoolSize: settings.maxPoolSize ?? 50,
      // Each of these ends before the gate of all calls does (finding R28).
      serverSelectionTimeoutMS: commandTimeoutMs,
      connectTimeoutMS: commandTimeoutMs,
      waitQueueTimeoutMS: commandTimeoutMs,
      socketTimeoutMS: socketTimeoutMs,
      // One that went away is noticed and found again within seconds.
      heartbeatFrequencyMS: 2_000,
    });
  } catch (error) {
    // The driver quotes what it chokes on, which may be the password: nothing of it is kept.
    throw new MongoConnectError(
      'MONGO_URI is no connection string that can be used',
      'write it as mongodb://user:password@host:27017/?authSource=admin; characters like @ : / % in the password are percent-encoded',
      error instanceof MongoError ? new Error(error.name) : undefined,
    );
  }
}
