// Station: store/mongodb. Makes session documents of the reference ours, in their place: their messages move into `messages`. Called by adapters.
import type { Clock } from '../../../common/clock.js';
import type { Importer } from '../../ports/import.js';
import type { Entry, Projection, Sealed, SessionSeed } from '../../ports/store.js';
import { connectPatiently, type MongoSettings } from './connect.js';
import type { Database } from './database.js';
import type { SessionDocument } from './documents.js';
import { entryDocument } from './entry-document.js';
import { refusedDocuments, translate } from './failure.js';
import { prepare } from './prepare.js';
import { type ReadSession, type ReferenceSession, readReference } from './reference-session.js';
import { projectedFields, sessionDocument } from './session-document.js';

/** What the import is done with; the encryption is whatever the store has. */
export interface ImportDeps {
  readonly clock: Clock;
  readonly readContent: (content: string) => { readonly text: string } | { readonly doubtful: true };
  /** Takes as it stands what looks sealed and does not open. */
  readonly keepDoubtful: boolean;
  readonly sealEntry: (sessionId: string, seq: number, entry: Entry) => Entry<Sealed>;
  readonly sealSeed: (seed: SessionSeed) => SessionSeed<Sealed>;
  readonly sealProjection: (sessionId: string, projection: Projection) => Projection<Sealed>;
}

const batchSize = 500;
const duplicateKey = 11_000;
/** The name of the write in every imported entry: a second run makes the same documents. */
const writer = 'import';

const unimported = { v: { $exists: false } } as const;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Opens the import of the database's own sessions. @throws MongoConnectError, StoreError */
export async function openMongoImport(settings: MongoSettings, deps: ImportDeps): Promise<Importer> {
  const { client, database } = await connectPatiently(settings, deps.clock);
  const { rest } = await prepare(database, silent);
  await rest;
  const guarded = async <T>(run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw translate(error, 'write');
    }
  };

  return {
    remaining: () => guarded(() => database.sessions.countDocuments(unimported)),
    run: (onSession, isStopped) =>
      guarded(async () => {
        // By id and one at a time: a document of the reference may be as large as MongoDB lets it be.
        for (let after = ''; !isStopped(); ) {
          const [document] = (await database.sessions
            .find({ ...unimported, _id: { $gt: after } }, { sort: { _id: 1 }, limit: 1 })
            .toArray()) as unknown as ReferenceSession[];
          if (document === undefined) return;
          after = document._id;
          const read = readReference(document, deps.readContent, deps.keepDoubtful);
          if ('unread' in read) {
            onSession({ kind: 'unread', sessionId: document._id, why: read.unread });
            continue;
          }
          await bringIn(database, read, deps);
          const { messageCount } = read.projection;
          onSession({ kind: 'imported', sessionId: document._id, messages: messageCount, skipped: read.skipped });
        }
      }),
    close: () => client.close(),
  };
}

/** Its entries first, the session last: a run that is cut off in between is done again, and finds its entries. */
async function bringIn(database: Database, read: ReadSession, deps: ImportDeps): Promise<void> {
  const { accounts, messages, sessions } = database;
  const { id, userId, startedAt } = read.seed;
  const documents = read.entries.map((entry, at) =>
    entryDocument(id, at + 1, deps.sealEntry(id, at + 1, entry), writer),
  );
  for (let at = 0; at < documents.length; at += batchSize) {
    await insertMissing(messages, documents.slice(at, at + batchSize));
  }
  const counted = await accounts.findOneAndUpdate(
    { _id: userId },
    { $inc: { last: 1 } },
    { upsert: true, returnDocument: 'after' },
  );
  const seed = deps.sealSeed({ ...read.seed, ordinal: counted?.last ?? 1 });
  const nowMs = deps.clock.now();
  const document: SessionDocument = {
    ...sessionDocument(seed, nowMs),
    ...projectedFields(deps.sealProjection(id, read.projection), startedAt, nowMs),
    ...(read.shareToken === null ? {} : { shareToken: read.shareToken }),
  };
  const { _id, ...fields } = document;
  await sessions.replaceOne({ _id, ...unimported }, fields);
}

async function insertMissing(
  messages: Database['messages'],
  documents: Parameters<Database['messages']['insertMany']>[0],
): Promise<void> {
  if (documents.length === 0) return;
  try {
    await messages.insertMany(documents, { ordered: false });
  } catch (error) {
    const refused = refusedDocuments(error);
    const isOnlyThere = refused !== null && [...refused.values()].every((code) => code === duplicateKey);
    if (!isOnlyThere) throw error;
  }
}
