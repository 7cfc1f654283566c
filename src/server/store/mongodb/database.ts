// Station: store/mongodb. The collections of one database, typed, with the concerns that the promises rest on. Made by connect; called by the operations.
import type { Collection, Db } from 'mongodb';
import type {
  AccountDocument,
  AsideDocument,
  EntryDocument,
  NoteDocument,
  PulseDocument,
  SessionDocument,
  TurnDocument,
} from './documents.js';
import { collectionNames } from './indexes.js';
import type { ServerFacts } from './server-facts.js';

/** The collections. */
export interface Database {
  readonly db: Db;
  readonly facts: ServerFacts;
  readonly sessions: Collection<SessionDocument>;
  readonly messages: Collection<EntryDocument>;
  readonly turns: Collection<TurnDocument>;
  readonly asides: Collection<AsideDocument>;
  readonly accounts: Collection<AccountDocument>;
  readonly notes: Collection<NoteDocument>;
  readonly pulse: Collection<PulseDocument>;
}

/**
 * Opens the collections. Among several members reads are those of the majority, from the primary: an entry that a change of primary could take back was then
 * never shown to anybody. A single member has no other state than its own.
 */
export function openCollections(db: Db, facts: ServerFacts): Database {
  const options = facts.isReplicated ? ({ readConcern: { level: 'majority' } } as const) : {};
  return {
    db,
    facts,
    sessions: db.collection(collectionNames.sessions, options),
    messages: db.collection(collectionNames.messages, options),
    turns: db.collection(collectionNames.turns, options),
    asides: db.collection(collectionNames.asides, options),
    accounts: db.collection(collectionNames.accounts, options),
    notes: db.collection(collectionNames.notes, options),
    pulse: db.collection(collectionNames.pulse, options),
  };
}
