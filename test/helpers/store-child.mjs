// Station: test/helpers. A process of its own that works on a store: appends, races, or holds DATA_DIR. Started by store-child-process.
// argv: adapter name, its settings as JSON, the task as JSON. Says "ready", waits for "go" on stdin, then says what it did, a line each.
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const [adapter, settingsJson, taskJson] = process.argv.slice(2);
const settings = JSON.parse(settingsJson);
const task = JSON.parse(taskJson);
const say = (line) => process.stdout.write(`${line}\n`);
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const sqlite = (file) => import(`../../dist/server/store/sqlite/${file}.js`);

async function openStore() {
  const [{ systemClock }, { systemRandom }] = await Promise.all([
    import('../../dist/common/clock.js'),
    import('../../dist/common/random.js'),
  ]);
  const tools = { clock: systemClock, random: systemRandom, log: silent };
  if (adapter === 'sqlite') return (await sqlite('sqlite-store')).openSqliteStore(settings, tools);
  if (adapter !== 'mongodb') throw new Error(`no adapter ${adapter}`);
  const { openMongoStore } = await import('../../dist/server/store/mongodb/mongodb-store.js');
  return openMongoStore(settings, tools);
}

function message(messageId) {
  const at = Date.now();
  return {
    at,
    kind: 'message',
    sender: 'user',
    type: 'user_message',
    messageId,
    authorId: 'u',
    authorName: 'U',
    content: 'x'.repeat(100),
  };
}

/** Appends at the head as it knows it, and reads it again after each conflict. */
async function race(store, { sessionId, writer, count }) {
  let head = 0;
  for (let done = 0; done < count; ) {
    const { kind } = await store.append(sessionId, head + 1, message(`${writer}-${done}`));
    if (kind === 'appended') {
      head += 1;
      done += 1;
    } else {
      head = (await store.heads([sessionId])).get(sessionId);
    }
  }
}

/** Appends to all sessions at once until it is killed, each entry with a turn, and says each ack. */
async function appendForEver(store, { sessionIds, prefix }) {
  const heads = await store.heads(sessionIds);
  await Promise.all(
    sessionIds.map(async (sessionId) => {
      for (let seq = heads.get(sessionId) + 1; ; seq += 1) {
        const messageId = `${prefix}-${seq}`;
        const { kind } = await store.append(sessionId, seq, message(messageId), turn(sessionId, seq));
        if (kind !== 'appended') throw new Error(`${sessionId} ${seq}: ${kind}`);
        say(`ack ${sessionId} ${seq} ${messageId}`);
      }
    }),
  );
}

function turn(sessionId, promptSeq) {
  const at = Date.now();
  return {
    id: `${sessionId}:${promptSeq}:1`,
    sessionId,
    promptSeq,
    attempt: 1,
    throughSeq: promptSeq,
    state: 'pending',
    owner: null,
    epoch: 0,
    leaseUntil: at,
    modelId: 'echo',
    startedAt: at,
    text: '',
    usage: null,
    end: null,
    elapsedMs: 0,
    failure: null,
    settled: false,
  };
}

async function go() {
  const input = createInterface({ input: process.stdin });
  say('ready');
  await once(input, 'line');
  input.close();
}

if (task.kind === 'lock') {
  const { lockDataDir } = await sqlite('data-dir-lock');
  const release = await lockDataDir(settings.dataDir);
  await go();
  release();
} else {
  const store = await openStore();
  await go();
  if (task.kind === 'race') await race(store, task);
  else await appendForEver(store, task);
  await store.close();
}
process.stdin.destroy();
