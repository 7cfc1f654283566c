// The whole server while its MongoDB stands still, dies, is cut off or refuses: who writes is told within 5 s, the session goes on, nothing acked is lost or doubled, and the process is the same.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Sealed } from '../../src/server/ports/store.js';
import { accountFor } from '../helpers/mongo-account.js';
import { type MongoProcess, mongoProcess } from '../helpers/mongo-process.js';
import { mongoProxy, type Spoiling } from '../helpers/mongo-proxy.js';
import { mongoProgram } from '../helpers/mongo-server.js';
import { eventually } from '../helpers/poll.js';
import { mayRun } from '../helpers/required.js';
import { type ResendingUser, resendingUser } from '../helpers/resending-user.js';
import { type ServeProcess, startServe } from '../helpers/serve-process.js';
import { openMongo } from '../helpers/store-mongodb.js';

const program = mongoProgram();
const mayKill = mayRun(
  'mongodb',
  program !== null,
  'there is no MongoDB program that a test could kill (MONGOMS_SYSTEM_BINARY, mongod)',
);
const database = 'faults';
/** The promise is 5 s; the rest is the way there and back on a busy machine. */
const toldWithinMs = 5_700;

async function serveOn(uri: string): Promise<ServeProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), 'chatbox-test-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const chatbox = await startServe(dataDir, {
    env: {
      MONGO_URI: uri,
      MONGO_DATABASE: database,
      ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
      LOG_LEVEL: 'error',
    },
  });
  onTestFinished(() => chatbox.kill('SIGTERM').then(() => undefined));
  return chatbox;
}

async function storeCheck(chatbox: ServeProcess): Promise<{ status: string; reason?: string } | undefined> {
  const answer = await fetch(`${chatbox.httpUrl}/readyz`);
  const { checks } = (await answer.json()) as { checks: Record<string, { status: string; reason?: string }> };
  return checks.mongodb;
}

async function isBack(chatbox: ServeProcess): Promise<void> {
  await eventually(async () => (await storeCheck(chatbox))?.status === 'ready', {
    timeoutMs: 20_000,
    everyMs: 100,
    what: 'the store in readyz',
  });
}

async function moreAcks(user: ResendingUser, more: number): Promise<void> {
  const before = user.acked.size;
  await eventually(() => user.acked.size >= before + more, { timeoutMs: 30_000, what: `${more} more acks` });
}

/** Whatever was not acked was answered as an error that may be tried again, in time. */
function checkReplies(user: ResendingUser): void {
  for (const { code, isRecoverable, afterMs } of user.replies) {
    expect(afterMs).toBeLessThan(toldWithinMs);
    if (code !== null) expect({ code, isRecoverable }).toEqual({ code: 'DATABASE_ERROR', isRecoverable: true });
  }
}

async function checkAfterwards(server: Pick<MongoProcess, 'uri'>, chatbox: ServeProcess, user: ResendingUser) {
  expect(chatbox.process.exitCode).toBeNull();
  expect(user.reconnects()).toBe(0);
  const store = await openMongo<Sealed>(server.uri, database);
  onTestFinished(() => store.close());
  const log = await accountFor(store, user.sessionId(), user.acked);
  const { projection } = await eventually(
    async () => {
      const session = await store.session(user.sessionId());
      return session?.projection.seq === log.length ? session : null;
    },
    { timeoutMs: 20_000, what: 'the projection' },
  );
  expect(projection.messageCount).toBe(log.length);
  return log;
}

describe.skipIf(!mayKill)('chatbox serve while its MongoDB', () => {
  const serverProgram = program ?? '';

  it('R28: stands still for 10 s: an error within 5 s, readyz names the store, and the session goes on', async () => {
    const server = await mongoProcess(serverProgram);
    const chatbox = await serveOn(server.uri);
    const user = await resendingUser(chatbox, 'ada');
    const stop = user.keepSaying();
    await moreAcks(user, 3);
    const heldAt = performance.now();
    server.signal('SIGSTOP');
    onTestFinished(() => server.signal('SIGCONT'));
    const check = await eventually(
      async () => {
        const seen = await storeCheck(chatbox);
        return seen?.status === 'not ready' ? seen : null;
      },
      { timeoutMs: 9_000, everyMs: 100, what: 'readyz that names the store' },
    );
    expect(check.reason).toBeTruthy();
    await eventually(() => performance.now() - heldAt >= 10_000, { timeoutMs: 11_000, everyMs: 20 });
    expect((await storeCheck(chatbox))?.status).toBe('not ready');
    const told = user.replies.filter(({ code }) => code !== null);
    expect(told.length).toBeGreaterThan(0);
    server.signal('SIGCONT');
    await isBack(chatbox);
    await moreAcks(user, 3);
    await stop();
    checkReplies(user);
    await checkAfterwards(server, chatbox, user);
  }, 120_000);

  it('R28: is killed and started again under load, three times', async () => {
    const server = await mongoProcess(serverProgram);
    const chatbox = await serveOn(server.uri);
    const user = await resendingUser(chatbox, 'ada');
    const stop = user.keepSaying();
    for (let round = 0; round < 3; round += 1) {
      await moreAcks(user, 3);
      await server.kill();
      await eventually(async () => (await storeCheck(chatbox))?.status === 'not ready', {
        timeoutMs: 10_000,
        everyMs: 100,
        what: 'readyz that names the store',
      });
      await server.start();
      await isBack(chatbox);
    }
    await moreAcks(user, 3);
    await stop();
    checkReplies(user);
    await checkAfterwards(server, chatbox, user);
  }, 150_000);

  const notPrimary = { ok: 0, code: 10_107, codeName: 'NotWritablePrimary', errmsg: 'not primary' };
  const unconfirmed = { code: 64, codeName: 'WriteConcernFailed', errmsg: 'waiting for replication timed out' };
  const spoilings: readonly (readonly [name: string, how: Spoiling])[] = [
    ['is cut off in the middle of a write', 'cut request'],
    ['is cut off before a write arrives', 'drop request'],
    ['is cut off in the middle of a reply', 'cut reply'],
    ['is cut off before a reply', 'drop reply'],
    ['refuses a write with NotWritablePrimary', { refusal: notPrimary }],
    ['does a write and says NotWritablePrimary', { reply: notPrimary }],
    ['does a write that no majority confirms', { alsoReply: { writeConcernError: unconfirmed } }],
  ];
  it.each(spoilings)(
    '%s, at each step of a turn: the conversation is whole',
    async (_, how) => {
      const server = await mongoProcess(serverProgram);
      const proxy = await mongoProxy(server.port);
      const chatbox = await serveOn(proxy.uri);
      const user = await resendingUser(chatbox, 'ada');
      await user.say();
      const answered = async (turns: number) =>
        eventually(() => user.answers.size >= turns, { timeoutMs: 20_000, what: `${turns} answers` });
      await answered(1);
      const steps = [
        ['messages', 'insert'],
        ['turns', 'insert'],
        ['turns', 'findAndModify'],
        ['sessions', 'update'],
        ['turns', 'update'],
      ] as const;
      for (const [at, [collection, command]] of steps.entries()) {
        const spoilt = proxy.spoil(how, collection, command);
        await user.say();
        await answered(at + 2);
        await eventually(() => spoilt.then(() => true), { timeoutMs: 20_000, what: `${command} on ${collection}` });
      }
      // The entry of the answer itself, which comes after that of the question.
      const last = user.say();
      await last;
      await answered(steps.length + 2);
      checkReplies(user);
      const log = await checkAfterwards(server, chatbox, user);
      expect(log).toHaveLength((steps.length + 2) * 2);
    },
    90_000,
  );
});
