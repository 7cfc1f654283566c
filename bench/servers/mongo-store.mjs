// A database of its own on a MongoDB server: through the adapter, or with the driver bare.
import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { systemClock } from '../../dist/common/clock.js';
import { systemRandom } from '../../dist/common/random.js';
import { createLog } from '../../dist/server/ops/log.js';
import { entryDocument } from '../../dist/server/store/mongodb/entry-document.js';
import { indexPlans } from '../../dist/server/store/mongodb/indexes.js';
import { openMongoStore } from '../../dist/server/store/mongodb/mongodb-store.js';
import { projectedFields, sessionDocument } from '../../dist/server/store/mongodb/session-document.js';
import { serveParent } from '../lib/child.mjs';
import { percentile } from '../lib/stats.mjs';
import { createTroubleWriter } from './quiet.mjs';

const database = `chatbox_bench_${randomUUID().slice(0, 8)}`;
const inFlight = 32;
const talkers = 8;
/** The projector of a server writes a session at most so often. */
const projectEveryMs = 1_000;
const perUser = 100;
const pageSize = 20;
const content = 'x'.repeat(200);

let client = null;
let store = null;
let db = null;

const message = (id) => ({
  kind: 'message',
  at: Date.now(),
  sender: 'user',
  type: 'user_message',
  messageId: id,
  authorId: 'user',
  authorName: 'User',
  content,
});
const seedOf = (id, n) => ({
  id,
  userId: `user-${id}`,
  ordinal: 1,
  startedAt: Date.now() + n,
  name: 'A question',
  modelId: null,
});

/**
 * So many in flight, over a few sessions, which are the same in every turn: a server without indexes would find each of more sessions slower than the last.
 * Each session's next seq is given out when it is used.
 */
const heads = new Map();
async function pumped(count, prefix, write) {
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      const id = `${prefix}-${left % talkers}`;
      const seq = (heads.get(id) ?? 0) + 1;
      heads.set(id, seq);
      await write(id, seq);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (count / (performance.now() - startedAt)) * 1_000;
}

const sessions = [];
let said = 0;

async function makeSessions() {
  for (let at = 0; at < talkers; at += 1) {
    await store.createSession(seedOf(`ours-${at}`, at));
    sessions.push(await store.session(`ours-${at}`));
  }
}

async function appendOurs(count) {
  if (sessions.length === 0) await makeSessions();
  const project = () =>
    store.project(
      sessions.map(({ id, projection }) => ({
        sessionId: id,
        projection: { ...projection, seq: Math.max(1, Math.floor(said / talkers)), messageCount: said },
      })),
    );
  let projecting = Promise.resolve();
  const timer = setInterval(() => {
    projecting = projecting.then(project);
  }, projectEveryMs);
  try {
    return await pumped(count, 'ours', async (id, seq) => {
      // One at a time in a session, as a server appends; what waits for another is not a loss of the store's.
      const { kind } = await inOrder(id, () => store.append(id, seq, message(`m-${id}-${seq}`)));
      if (kind !== 'appended') throw new Error(`append: ${kind}`);
      said += 1;
    });
  } finally {
    clearInterval(timer);
    await projecting;
  }
}

const tails = new Map();
function inOrder(id, act) {
  const done = (tails.get(id) ?? Promise.resolve()).then(act);
  tails.set(id, done);
  return done;
}

async function appendBare(count) {
  const collection = db.collection('bare_messages', { writeConcern: { w: 'majority', journal: true } });
  return pumped(count, 'bare', (id, seq) =>
    inOrder(id, () => collection.insertOne(entryDocument(id, seq, message(`m-${id}-${seq}`), 'bench'))),
  );
}

const fields = { start_time: 'ts', last_activity: 'lastActivity', message_count: 'msgCount' };

serveParent({
  async open({ uri }) {
    const log = createLog({ level: 'info', destination: createTroubleWriter(), clock: systemClock, base: {} });
    store = await openMongoStore({ uri, database }, { clock: systemClock, random: systemRandom, log });
    client = new MongoClient(uri);
    db = client.db(database);
    const build = await db.command({ buildInfo: 1 });
    const compatible = build.ferretdbVersion;
    // The same indexes as the collection of the store has: a write without one of them would be cheaper.
    for (const { collection, fields, unique = false } of indexPlans) {
      if (collection !== 'messages') continue;
      await db
        .collection('bare_messages')
        .createIndex(Object.fromEntries(fields.map((field) => [field, 1])), { unique });
    }
    const name = compatible === undefined ? `MongoDB ${build.version}` : `FerretDB ${compatible}`;
    return { name, hasIndexes: compatible === undefined };
  },
  append: ({ side, count }) => (side === 'ours' ? appendOurs(count) : appendBare(count)),
  async fill({ sessions }) {
    const batch = [];
    for (let n = 0; n < sessions; n += 1) {
      const startedAt = Date.UTC(2026, 0, 1) + n * 31_000;
      const seed = {
        ...seedOf(`list-${n}`, n),
        userId: `lister-${n % Math.ceil(sessions / perUser)}`,
        ordinal: n + 1,
        startedAt,
      };
      const document = sessionDocument(seed, startedAt);
      const projection = { messageCount: (n * 7_919) % 200, lastActivityAt: startedAt + ((n * 104_729) % 3_600_000) };
      batch.push({ ...document, ...projectedFields({ ...(await template()), ...projection }, startedAt, startedAt) });
      if (batch.length === 1_000 || n === sessions - 1) await db.collection('sessions').insertMany(batch.splice(0));
    }
  },
  async list({ sort, side, times }) {
    const query = { userId: 'lister-0', sortBy: sort, sortOrder: 'desc', limit: pageSize, now: Date.now() };
    const bare = () =>
      db
        .collection('sessions')
        .find({ uid: 'lister-0' })
        .sort({ [fields[sort]]: -1, _id: -1 })
        .limit(pageSize + 1)
        .toArray();
    const ours = () => store.listSessions(query);
    const micros = [];
    for (let at = 0; at < times; at += 1) {
      const startedAt = performance.now();
      await (side === 'ours' ? ours() : bare());
      micros.push((performance.now() - startedAt) * 1_000);
    }
    return percentile(micros, 0.99);
  },
  async drop() {
    await db.dropDatabase();
    await store.close();
    await client.close();
  },
});

let born = null;
async function template() {
  if (born === null) {
    await store.createSession(seedOf('template', 0));
    born = (await store.session('template')).projection;
    await store.deleteSession('template');
  }
  return born;
}
