// Station: store/mongodb. Makes the database ready: validators where the server has them, every declared index; and says which indexes are missing. Called by connect and the doctor.
import { MongoServerError } from 'mongodb';
import type { Log } from '../../ports/telemetry.js';
import type { Database } from './database.js';
import { type CollectionName, collectionNames, type IndexPlan, indexPlans } from './indexes.js';
import { validatorOf } from './schema.js';

const namespaceNotFound = 26;
const namespaceExists = 48;

/** The declared indexes that are not there. */
export async function missingIndexes({ db }: Database): Promise<readonly IndexPlan[]> {
  const missing: IndexPlan[] = [];
  const existing = new Map<CollectionName, ReadonlySet<string>>();
  for (const plan of indexPlans) {
    const names = existing.get(plan.collection) ?? (await indexNames(db, plan.collection));
    existing.set(plan.collection, names);
    if (!names.has(plan.name)) missing.push(plan);
  }
  return missing;
}

async function indexNames(db: Database['db'], collection: CollectionName): Promise<ReadonlySet<string>> {
  try {
    const listed = await db.collection(collectionNames[collection]).listIndexes().toArray();
    return new Set(listed.map(({ name }) => String(name)));
  } catch (error) {
    // A collection that nothing was written to yet has no index.
    if (isCode(error, namespaceNotFound)) return new Set();
    throw error;
  }
}

/**
 * Makes what is missing, an index at a time. The unique ones come first and are waited for, since promises rest on them; the rest is made in the background.
 * Resolves when the unique ones are there, to a promise of the rest.
 */
export async function prepare(database: Database, log: Log): Promise<{ readonly rest: Promise<void> }> {
  await makeCollections(database, log);
  const missing = await missingIndexes(database);
  for (const plan of missing.filter(({ unique }) => unique === true)) await makeIndex(database, plan);
  const others = missing.filter(({ unique }) => unique !== true);
  const rest = makeAll(database, others, log);
  return { rest };
}

async function makeAll(database: Database, plans: readonly IndexPlan[], log: Log): Promise<void> {
  for (const plan of plans) {
    try {
      await makeIndex(database, plan);
      log.info('index_made', { collection: plan.collection, index: plan.name });
    } catch (error) {
      // Lists are slower without it; the doctor names it, the next start tries again.
      log.warn('index_not_made', { collection: plan.collection, index: plan.name }, error);
      return;
    }
  }
}

async function makeIndex({ db }: Database, { collection, name, fields, unique, sparse }: IndexPlan): Promise<void> {
  const keys = fields.map((field): [string, 1] => [field, 1]);
  await db.collection(collectionNames[collection]).createIndex(keys, {
    name,
    ...(unique === true ? { unique } : {}),
    ...(sparse === true ? { sparse } : {}),
  });
}

/** Collections first, so that their validators hold from the first document on. */
async function makeCollections({ db, facts }: Database, log: Log): Promise<void> {
  const there = new Set((await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name));
  for (const [collection, name] of Object.entries(collectionNames) as [CollectionName, string][]) {
    const rules = facts.hasValidators
      ? { validator: validatorOf(collection), validationLevel: 'moderate', validationAction: 'warn' }
      : {};
    try {
      if (!there.has(name)) await db.createCollection(name, rules);
      else if (facts.hasValidators) await db.command({ collMod: name, ...rules });
    } catch (error) {
      // Another server made it in the same moment; or this user may not change collections, and then documents are held to their types by us alone.
      if (!isCode(error, namespaceExists)) log.warn('validator_not_set', { collection }, error);
    }
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof MongoServerError && error.code === code;
}
