// Station: test/helpers. One user's session on two servers at once: both send as fast as they are acked. Called by tests of two processes on one store.
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import type { LogEntry, Sealed, Store } from '../../src/server/ports/store.js';
import { eventually } from './poll.js';
import { startReplicaProcess } from './replica-process.js';
import { startServe } from './serve-process.js';
import { dropDatabase, freshDatabase, openMongo } from './store-mongodb.js';
import { openThreaded, temporaryFolder } from './store-sqlite.js';

interface Server {
  readonly wsUrl: string;
  token(userId: string): Promise<string>;
}

/** What was acked: the seq of each message id; and how often the answer was an error that says to send it again, which was done. */
interface Sent {
  readonly sessionId: string;
  readonly acked: ReadonlyMap<string, number>;
  readonly resent: number;
}

/** Frames on their way at once from one socket. */
const inFlight = 4;
const resendAfterMs = 500;
const pageSize = 1_000;

/**
 * Sends `count` files through each server into one session of one user; files, because nobody answers them, so that the log holds what was sent and nothing
 * else. What is answered with an error that may pass is sent again under its id, as a client does; any other error fails.
 */
async function sendThroughBoth([one, two]: readonly [Server, Server], count: number, timeoutMs: number): Promise<Sent> {
  const acked = new Map<string, number>();
  const first = await sender(one, '', 'one', count, acked);
  first.begin(1);
  await eventually(() => acked.size > 0, { timeoutMs: 20_000, what: 'the first ack' });
  const sessionId = first.sessionId();
  const second = await sender(two, `?session_id=${sessionId}`, 'two', count, acked);
  first.begin(inFlight);
  second.begin(inFlight);
  await eventually(
    () => {
      for (const each of [first, second]) each.resendLate();
      const failed = first.failure ?? second.failure;
      return failed !== null || acked.size === 2 * count;
    },
    { timeoutMs, everyMs: 20, what: `${2 * count} acks (there are ${acked.size})` },
  );
  expect([first.failure, second.failure]).toEqual([null, null]);
  return { sessionId, acked, resent: first.resent() + second.resent() };
}

async function sender(server: Server, query: string, name: string, count: number, acked: Map<string, number>) {
  const token = await server.token('ada');
  const socket = new WebSocket(`${server.wsUrl}${query}`, { headers: { authorization: `Bearer ${token}` } });
  onTestFinished(() => socket.terminate());
  let sessionId = '';
  let failure: unknown = null;
  let resent = 0;
  const late = new Map<string, number>();
  let sent = 0;
  let waiting = 0;
  let window = 0;
  const send = (messageId: string): void => {
    const frame = { type: 'file_upload', file_id: 'f', file_url: 'https://files.example.com/f', message_id: messageId };
    socket.send(JSON.stringify(frame));
  };
  const sendMore = (): void => {
    for (; waiting < window && sent < count; sent += 1) {
      waiting += 1;
      send(`${name}-${sent}`);
    }
  };
  socket.on('error', (error) => {
    failure ??= error;
  });
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data)) as OutboundFrame;
    const { message_id: messageId } = frame;
    if (frame.type === 'error') {
      if (messageId === undefined || frame.error?.recoverable !== true) failure ??= frame.error;
      else if (!acked.has(messageId)) late.set(messageId, performance.now());
    }
    if (frame.type !== 'message_ack' || messageId === undefined) return;
    sessionId = frame.session_id ?? '';
    late.delete(messageId);
    const seq = frame.seq ?? 0;
    // Sent twice, it is acked twice, at the one place that it has.
    if (acked.has(messageId)) {
      if (acked.get(messageId) !== seq) failure ??= new Error(`${messageId} was acked at two places`);
      return;
    }
    acked.set(messageId, seq);
    waiting -= 1;
    sendMore();
  });
  await eventually(() => socket.readyState === WebSocket.OPEN, { timeoutMs: 20_000, what: 'the socket' });
  return {
    sessionId: () => sessionId,
    get failure() {
      return failure;
    },
    resent: () => resent,
    resendLate(): void {
      for (const [messageId, at] of late) {
        if (performance.now() - at < resendAfterMs) continue;
        late.delete(messageId);
        resent += 1;
        send(messageId);
      }
    },
    /** Has so many on their way from now on; beginning with 1 sends one alone. */
    begin(atOnce: number): void {
      window = atOnce;
      sendMore();
    },
  };
}

/** Two servers on one SQLite file, as replicas share a store. Resolves to the number of entries in the log, each of them checked. */
export async function sqliteTwice(count: number, timeoutMs: number): Promise<number> {
  const dataDir = await temporaryFolder();
  const start = (replicaId: string) =>
    startReplicaProcess({ kind: 'sqlite', dataDir }, { replicaId, floorLeaseMs: 30_000 });
  const servers = [await start('one'), await start('two')] as const;
  const sent = await sendThroughBoth(servers, count, timeoutMs);
  expect(sent.resent).toBe(0);
  return await checkSent(await openThreaded<Sealed>({ dataDir }), sent);
}

/** The same with two `chatbox serve` that have one MONGO_URI. */
export async function serveTwice(uri: string, count: number, timeoutMs: number): Promise<number> {
  const database = freshDatabase();
  onTestFinished(() => dropDatabase(uri, database));
  const env = {
    MONGO_URI: uri,
    MONGO_DATABASE: database,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    LOG_LEVEL: 'error',
  };
  const start = async () => {
    const chatbox = await startServe(await temporaryFolder(), { env });
    onTestFinished(() => chatbox.kill('SIGTERM').then(() => undefined));
    return chatbox;
  };
  const servers = [await start(), await start()] as const;
  const sent = await sendThroughBoth(servers, count, timeoutMs);
  process.stdout.write(`two servers: ${2 * count} messages, ${sent.resent} sent again\n`);
  const store = await openMongo<Sealed>(uri, database);
  onTestFinished(() => store.close());
  return await checkSent(store, sent);
}

/** Resolves to the length of the log, which holds seq 1 to the end, each message once, at the seq that its ack named. */
async function checkSent(store: Pick<Store<Sealed>, 'entries'>, { sessionId, acked }: Sent): Promise<number> {
  const log: LogEntry<Sealed>[] = [];
  for (let isMore = true; isMore; ) {
    const page = await store.entries(sessionId, { after: log.length, limit: pageSize });
    log.push(...page);
    isMore = page.length === pageSize;
  }
  expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: acked.size }, (_, at) => at + 1));
  const found = log.map(({ seq, entry }) => [entry.kind === 'message' ? entry.messageId : entry.kind, seq]);
  expect(found).toEqual([...acked].sort(([, a], [, b]) => a - b));
  return log.length;
}
