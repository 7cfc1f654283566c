// Station: test/helpers. The fields of everything that lies in a store, read past the adapter, held against what is declared (finding M3). Called by tests of whole servers.
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { firstProjection } from '../../src/server/ports/first-projection.js';
import type { AsideFacts, Entry, MessageEntry, SessionSeed, TurnOutcome } from '../../src/server/ports/store.js';
import { type CollectionName, collectionNames } from '../../src/server/store/mongodb/indexes.js';
import { collectionRules } from '../../src/server/store/mongodb/schema.js';
import { connect } from '../../src/server/store/sqlite/driver.js';
import { databaseName } from '../../src/server/store/sqlite/sqlite-store.js';
import { seedOf } from './store-fixtures.js';

/** What was found. */
export interface StoredFields {
  /** Kinds of what lies there: tables or collections, and `entry <kind>` for each kind of entry. */
  readonly kinds: ReadonlySet<string>;
  /** Fields that nobody declared, as `kind.field`. */
  readonly undeclared: readonly string[];
}

class Fields implements StoredFields {
  readonly kinds = new Set<string>();
  readonly undeclared: string[] = [];

  look(kind: string, fields: readonly string[], declared: readonly string[]): void {
    this.kinds.add(kind);
    this.undeclared.push(...fields.filter((field) => !declared.includes(field)).map((field) => `${kind}.${field}`));
  }
}

/** Everything in a MongoDB database, against the one schema of each collection. */
export async function mongoFields(uri: string, database: string): Promise<StoredFields> {
  const found = new Fields();
  const client = new MongoClient(uri);
  try {
    const known = Object.entries(collectionNames) as [CollectionName, string][];
    for (const { name } of await client.db(database).listCollections().toArray()) {
      const [collection] = known.find(([, each]) => each === name) ?? [];
      const declared = collection === undefined ? [] : Object.keys(collectionRules[collection]);
      for (const document of await client.db(database).collection(name).find().toArray()) {
        found.look(name, Object.keys(document), declared);
        if (name === collectionNames.messages) found.kinds.add(`entry ${String(document.kind)}`);
      }
    }
  } finally {
    await client.close();
  }
  return found;
}

type FieldsOf<T> = T extends unknown ? keyof T : never;
type EntryKind = Entry['kind'];

const seedFields = ['id', 'userId', 'ordinal', 'startedAt', 'name', 'modelId'] as const satisfies (keyof SessionSeed)[];
const outcomeFields = ['usage', 'end', 'elapsedMs', 'failure'] as const satisfies (keyof TurnOutcome)[];
const asideFields = ['id', 'seq', 'kind', 'adminId', 'at'] as const satisfies (keyof AsideFacts)[];
const messageFields: Readonly<Record<FieldsOf<MessageEntry> | 'at', true>> = {
  at: true,
  kind: true,
  sender: true,
  type: true,
  messageId: true,
  authorId: true,
  authorName: true,
  content: true,
  fileId: true,
  fileUrl: true,
  metadata: true,
  unreadable: true,
  modelId: true,
  turnId: true,
  end: true,
  usage: true,
  elapsedMs: true,
  answersThrough: true,
};
const entryFields: Readonly<Record<EntryKind, readonly string[]>> = {
  message: Object.keys(messageFields),
  floor: ['at', 'kind', 'holder', 'previous', 'epoch', 'forced', 'lapsed'],
  model: ['at', 'kind', 'modelId'],
  help: ['at', 'kind', 'place'],
  rename: ['at', 'kind', 'name'],
  end: ['at', 'kind', 'reason'],
};

/** Everything that the SQLite file of a folder holds as JSON, against the values of the port that it is read back as. */
export function sqliteFields(dataDir: string): StoredFields {
  const found = new Fields();
  const connection = connect(join(dataDir, databaseName));
  try {
    const read = (sql: string): Record<string, unknown>[] =>
      connection
        .prepare(sql)
        .rows()
        .map(([json]) => JSON.parse(String(json)) as Record<string, unknown>);
    const look = (kind: string, sql: string, declared: readonly string[]): void => {
      for (const value of read(sql)) found.look(kind, Object.keys(value), declared);
    };
    look('sessions', 'SELECT seed FROM session', seedFields);
    look('sessions', 'SELECT projection FROM session', Object.keys(firstProjection(seedOf())));
    look('turns', 'SELECT outcome FROM turn', outcomeFields);
    look('asides', 'SELECT facts FROM aside', asideFields);
    for (const entry of read('SELECT body FROM entry')) {
      const kind = String(entry.kind);
      found.look(`entry ${kind}`, Object.keys(entry), entryFields[kind as EntryKind] ?? []);
    }
  } finally {
    connection.close();
  }
  return found;
}
