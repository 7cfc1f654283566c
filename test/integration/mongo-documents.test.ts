// What lies in MongoDB: nothing undeclared, every index that was promised, and which lists an index serves.
import { MongoClient } from 'mongodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Sealed, type SessionQuery, sessionSorts } from '../../src/server/ports/store.js';
import { type CollectionName, collectionNames, indexPlans } from '../../src/server/store/mongodb/indexes.js';
import { shapesOf } from '../../src/server/store/mongodb/list-query.js';
import { collectionRules, validatorOf } from '../../src/server/store/mongodb/schema.js';
import { mongoServer } from '../helpers/mongo-server.js';
import { eventually } from '../helpers/poll.js';
import { messageOf, projectionOf, seedOf, testEpochMs, turnOf } from '../helpers/store-fixtures.js';
import { dropDatabase, freshDatabase, openMongo } from '../helpers/store-mongodb.js';

const server = await mongoServer();

describe('the indexes of the MongoDB store', () => {
  const plans = indexPlans.filter(({ collection }) => collection === 'sessions');
  const isServed = (query: SessionQuery): boolean =>
    shapesOf(query).every(({ equal, sort }) =>
      plans.some(({ fields }) => {
        const prefix = fields.slice(0, equal.length);
        return (
          equal.every((field) => prefix.includes(field)) && fields[equal.length] === sort && fields.at(-1) === '_id'
        );
      }),
    );
  const filters: Readonly<Record<string, Partial<SessionQuery>>> = {
    alone: {},
    'of a user': { userId: 'ann' },
    active: { status: 'active' },
    ended: { status: 'ended' },
    assisted: { adminAssisted: true },
    'waiting for help': { helpRequested: true },
  };

  it('are at most twelve on sessions, and every one that serves a sort breaks ties by id', () => {
    expect(plans.length).toBeLessThanOrEqual(12);
    for (const { name, fields, unique } of plans) if (unique !== true) expect(fields.at(-1), name).toBe('_id');
    expect(new Set(indexPlans.map(({ collection, name }) => `${collection}.${name}`)).size).toBe(indexPlans.length);
  });

  it('H1: serve every sort alone from end to end, and these lists beside; the others are sorted when asked for', () => {
    const served = sessionSorts.flatMap((sortBy) =>
      Object.entries(filters).flatMap(([name, filter]) =>
        isServed({ ...filter, sortBy, sortOrder: 'desc', limit: 10, now: testEpochMs }) ? [`${sortBy} ${name}`] : [],
      ),
    );
    for (const sortBy of sessionSorts) expect(served).toContain(`${sortBy} alone`);
    expect(served.filter((each) => !each.endsWith(' alone')).sort()).toEqual([
      'duration active',
      'duration ended',
      'last_activity active',
      'last_activity ended',
      'last_activity of a user',
      'start_time assisted',
      'start_time waiting for help',
    ]);
  });
});

describe('the schema of the MongoDB store', () => {
  it('is told to the server whole, and leaves the documents of the reference alone', () => {
    for (const collection of Object.keys(collectionNames) as CollectionName[]) {
      const validator = validatorOf(collection);
      const text = JSON.stringify(validator);
      for (const field of Object.keys(collectionRules[collection])) expect(text).toContain(`"${field}"`);
      expect(text.includes('"$exists":false')).toBe(collection === 'sessions');
    }
  });
});

describe.skipIf(server === null)(`the documents of the MongoDB store on ${server?.name ?? 'no server'}`, () => {
  async function withDatabase() {
    const uri = server?.uri ?? '';
    const database = freshDatabase();
    const client = new MongoClient(uri);
    onTestFinished(async () => {
      await client.close();
      await dropDatabase(uri, database);
    });
    return { uri, database, db: client.db(database) };
  }

  it('M3: hold no field that is not declared, on whatever path they were written', async () => {
    const { uri, database, db } = await withDatabase();
    const store = await openMongo<Sealed>(uri, database);
    onTestFinished(() => store.close());
    const admin = { kind: 'admin', id: 'root', name: { sealed: 'cbx1:k:x' } } as const;
    await store.createSession(seedOf());
    await store.createSession(seedOf({ ordinal: 2, name: '' }));
    const turn = turnOf({ sessionId: 'ann-1', state: 'pending' });
    const rich = { fileId: 'f', fileUrl: 'https://x', metadata: { $where: 'a.b' }, modelId: 'm', turnId: 't' };
    await store.append('ann-1', 1, messageOf('m1', rich), turn);
    await store.append(
      'ann-1',
      2,
      messageOf('m2', {
        sender: 'ai',
        type: 'ai_response',
        end: 'complete',
        elapsedMs: 3,
        answersThrough: 1,
        usage: { promptTokens: 1, completionTokens: 2 },
        content: 'half \ud800',
      }),
    );
    await store.append('ann-1', 3, {
      at: testEpochMs,
      kind: 'floor',
      holder: admin,
      previous: { kind: 'ai' },
      epoch: 1,
      forced: true,
      lapsed: true,
    });
    await store.append('ann-1', 4, { at: testEpochMs, kind: 'model', modelId: 'm' });
    await store.append('ann-1', 5, { at: testEpochMs, kind: 'help', place: 1 });
    await store.append('ann-1', 6, { at: testEpochMs, kind: 'rename', name: 'n' });
    await store.append('ann-1', 7, { at: testEpochMs, kind: 'end', reason: 'user' });
    await store.project([
      {
        sessionId: 'ann-1',
        projection: { ...projectionOf({ seq: 7, endedAt: testEpochMs + 5, assistingAdminId: 'root' }), floor: admin },
      },
      { sessionId: 'ann-2', projection: projectionOf({ seq: 1, responseCount: 2, responseTotalMs: 5, waitingSeq: 1 }) },
    ]);
    await store.keepAttached(['ann-2'], testEpochMs);
    await store.share('ann-2', 'token');
    const claim = { owner: 'a', leaseUntil: 1, startedAt: 2, throughSeq: 1, modelId: 'm' };
    await store.claimTurn(turn.id, claim);
    await store.checkpointTurn(turn.id, { owner: 'a', epoch: 1 }, 'so far', 5);
    await store.endTurn(
      turn.id,
      { owner: 'a', epoch: 1 },
      { state: 'failed', end: 'failed', text: '', usage: null, elapsedMs: 1, failure: 'x', settled: false },
    );
    await store.settleTurns([turn.id]);
    await store.putAside({
      sessionId: 'ann-1',
      id: 'w',
      seq: 1,
      kind: 'whisper',
      adminId: 'root',
      at: testEpochMs,
      text: 'x',
    });
    await store.putNote('n', null, 'v');
    await store.ping();
    await store.unprojected(testEpochMs + 1, 10);
    await store.createSession(seedOf({ userId: 'bob' }));
    await store.deleteSession('bob-1');

    for (const [collection, name] of Object.entries(collectionNames) as [CollectionName, string][]) {
      const rules = collectionRules[collection];
      const documents = await db.collection(name).find().toArray();
      expect(documents.length, collection).toBeGreaterThan(0);
      for (const document of documents) {
        expect(Object.keys(document).filter((field) => !(field in rules))).toEqual([]);
        for (const [field, { isRequired }] of Object.entries(rules))
          if (isRequired) expect(document, collection).toHaveProperty(field);
      }
    }
    const [reference] = await db.collection('sessions').find({ uid: 'ann' }).sort({ _id: 1 }).toArray();
    expect(reference).toMatchObject({
      uid: 'ann',
      nm: 'Chat',
      endTs: new Date(testEpochMs + 5),
      dur: 0,
      adminAssisted: false,
      totalTokens: 0,
    });
  });

  it('have every declared index, and a database that lost one gets it back at the next start', async () => {
    const { uri, database, db } = await withDatabase();
    const namesOf = async () =>
      (
        await Promise.all(
          (['sessions', 'messages', 'turns', 'asides'] as const).map(async (collection) =>
            (
              await db.collection(collectionNames[collection]).listIndexes().toArray()
            ).map(({ name }) => `${collection}.${name}`),
          ),
        )
      ).flat();
    const wanted = indexPlans.map(({ collection, name }) => `${collection}.${name}`);
    const isWhole = async () => {
      const found = await namesOf();
      return wanted.every((name) => found.includes(name));
    };
    const first = await openMongo(uri, database);
    await eventually(isWhole, { timeoutMs: 15_000, what: 'every index' });
    await first.close();
    await db.collection('sessions').dropIndex('by_end');
    const second = await openMongo(uri, database);
    await eventually(isWhole, { timeoutMs: 15_000, what: 'the index that was dropped' });
    await second.close();
  });

  it('of the reference that were not imported yet are left out of every list, and left as they are', async () => {
    const { uri, database, db } = await withDatabase();
    const legacy = {
      uid: 'ann',
      nm: 'old',
      ts: new Date(testEpochMs),
      lastActivity: new Date(testEpochMs),
      msgs: [{ content: 'x', sender: 'user', ts: new Date() }],
    };
    await db.collection<{ _id: string }>('sessions').insertMany([
      { _id: 'legacy-1', ...legacy },
      { _id: 'legacy-2', ...legacy },
    ]);
    const store = await openMongo(uri, database);
    onTestFinished(() => store.close());
    await store.createSession(seedOf());
    const { sessions } = await store.listSessions({
      userId: 'ann',
      sortBy: 'start_time',
      sortOrder: 'asc',
      limit: 10,
      now: testEpochMs,
    });
    expect(sessions.map(({ id }) => id)).toEqual(['ann-1']);
    expect(await store.session('legacy-1')).toBeNull();
    expect((await store.activeSession('ann')).session?.id).toBe('ann-1');
    expect((await store.append('legacy-1', 1, messageOf('m'))).kind).toBe('gone');
    await store.deleteSession('legacy-2');
    expect(await store.idleSessions(testEpochMs + 1, testEpochMs + 1, 10)).toEqual(['ann-1']);
    expect(await db.collection<{ _id: string }>('sessions').findOne({ _id: 'legacy-2' })).toMatchObject(legacy);
  });
});
