// Station: store/mongodb. Connects to the server, or says why that fails and how to mend it, without the credentials. Called by mongodb-store.
import { MongoClient, MongoError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import type { Clock } from '../../../common/clock.js';
import { StoreError } from '../../ports/store.js';
import { commandTimeoutMs } from './calls.js';
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

/** What an operator has to mend about a connection that cannot be made: configuration, and so no StoreError. Whoever starts the server prints both. */
export class MongoConnectError extends Error {
  override readonly name = 'MongoConnectError';
  readonly fix: string;

  constructor(message: string, fix: string, cause: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.fix = fix;
  }
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
      const why = explain(error);
      const now = clock.monotonic();
      // The driver itself looks for the server again and again, for some seconds: what fails at once fails for another reason.
      if (why instanceof MongoConnectError || now >= deadline || now - startedAt < atOnceMs) throw why;
    }
  }
}

/** Connects once more, for work that takes as long as it takes, such as making an index. @throws StoreError */
export async function connectPatiently(settings: MongoSettings, clock: Clock): Promise<Connected> {
  try {
    return await attempt(settings, 0, clock);
  } catch (error) {
    throw explain(error);
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

const authCodes = new Set([13, 18, 8_000]);
const tlsCode = /CERT|TLS|SSL|SELF_SIGNED|ALTNAME/;

/** Why it can't be reached, by codes alone. */
function explain(error: unknown): StoreError | MongoConnectError {
  if (error instanceof StoreError || error instanceof MongoConnectError) return error;
  if (error instanceof MongoServerError && authCodes.has(Number(error.code))) {
    return new MongoConnectError(
      'MongoDB refuses the user of MONGO_URI',
      'check user and password, authSource (the database that the user was made in, often admin), and that the user may read and write MONGO_DATABASE',
      error,
    );
  }
  const [host, code] = failureOf(error);
  const where = host === null ? 'the server of MONGO_URI' : host;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new MongoConnectError(
      `${where} has no address (${code})`,
      'check the host name in MONGO_URI, and DNS',
      error,
    );
  }
  if (code !== null && tlsCode.test(code)) {
    return new MongoConnectError(
      `TLS with ${where} fails (${code})`,
      'give its certificate authority with tlsCAFile in MONGO_URI, and use a host name that its certificate has',
      error,
    );
  }
  const why = code === null ? '' : ` (${code})`;
  return new StoreError(
    'unavailable',
    `MongoDB cannot be reached: ${where} does not answer${why}. Check that it runs, host and port in MONGO_URI, the network between, and whether it wants TLS (tls=true).`,
    error,
  );
}

/** The first server of a failed selection, with the system's code for why. */
function failureOf(error: unknown): readonly [host: string | null, code: string | null] {
  if (!(error instanceof MongoServerSelectionError)) return [null, codeOf(error)];
  for (const [address, { error: why }] of error.reason?.servers ?? []) {
    const code = codeOf(why);
    if (code !== null) return [address, code];
  }
  const [address] = error.reason?.servers.keys() ?? [];
  return [address ?? null, codeOf(error.cause)];
}

function codeOf(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(at.code)) return at.code;
  }
  return null;
}
