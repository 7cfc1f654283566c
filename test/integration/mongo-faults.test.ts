// The MongoDB store when its server dies, stands still, is cut off, or answers what it should not: nothing acked is lost, nothing is doubled, no gap.
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Store, StoreError } from '../../src/server/ports/store.js';
import { mongoProcess } from '../helpers/mongo-process.js';
import { mongoProxy, type Spoiling } from '../helpers/mongo-proxy.js';
import { mongoProgram } from '../helpers/mongo-server.js';
import { eventually } from '../helpers/poll.js';
import { mayRun } from '../helpers/required.js';
import { messageOf, seedOf } from '../helpers/store-fixtures.js';
import { openMongo } from '../helpers/store-mongodb.js';

const program = mongoProgram();
const mayKill = mayRun(
  'mongodb',
  program !== null,
  'there is no MongoDB program that a test could kill (MONGOMS_SYSTEM_BINARY, mongod)',
);

/** Appends until told to stop, as the core does: at the known head, reading what is there after anything but an ack. Returns the acked message ids. */
async function appendUntil(store: Store, isOver: () => boolean): Promise<{ acked: string[]; failures: StoreError[] }> {
  const acked: string[] = [];
  const failures: StoreError[] = [];
  let head = 0;
  for (let at = 0; !isOver(); at += 1) {
    try {
      const result = await store.append('ann-1', head + 1, messageOf(`m${at}`));
      if (result.kind === 'appended') {
        head += 1;
        acked.push(`m${at}`);
      } else head = (await store.heads(['ann-1'])).get('ann-1') ?? head;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failures.push(error);
      head = await eventually(async () => (await store.heads(['ann-1'])).get('ann-1'), {
        timeoutMs: 20_000,
        what: 'the head',
      });
    }
  }
  return { acked, failures };
}

async function checkLog(store: Store, acked: readonly string[]): Promise<void> {
  const log: { seq: number; id: string }[] = [];
  for (let after = 0; ; ) {
    const page = await store.entries('ann-1', { after, limit: 1_000 });
    log.push(...page.map(({ seq, entry }) => ({ seq, id: entry.kind === 'message' ? entry.messageId : '' })));
    if (page.length < 1_000) break;
    after = log.length;
  }
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1));
  const ids = log.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining([...acked]));
}

describe.skipIf(!mayKill)('the MongoDB store', () => {
  const serverProgram = program ?? '';

  it('loses nothing that was acked when its server is killed under load, and goes on when it is back', async () => {
    const server = await mongoProcess(serverProgram);
    const store = await openMongo(server.uri, 'faults');
    onTestFinished(() => store.close());
    await store.createSession(seedOf());
    let rounds = 0;
    let isOver = false;
    const appending = appendUntil(store, () => isOver);
    while (rounds < 3) {
      await eventually(async () => ((await store.heads(['ann-1'])).get('ann-1') ?? 0) > rounds * 20, {
        timeoutMs: 20_000,
      });
      await server.kill();
      await server.start();
      rounds += 1;
    }
    await eventually(async () => ((await store.heads(['ann-1'])).get('ann-1') ?? 0) > rounds * 20, {
      timeoutMs: 20_000,
    });
    isOver = true;
    const { acked } = await appending;
    expect(acked.length).toBeGreaterThan(20);
    await checkLog(store, acked);
  }, 90_000);

  it('R28: answers within 5 s that it is away while its server stands still, and goes on when that moves again', async () => {
    const server = await mongoProcess(serverProgram);
    const store = await openMongo(server.uri, 'faults');
    onTestFinished(() => store.close());
    await store.createSession(seedOf());
    await store.append('ann-1', 1, messageOf('before'));
    server.signal('SIGSTOP');
    const startedAt = performance.now();
    const failures = await Promise.all(
      [store.append('ann-1', 2, messageOf('meanwhile')), store.session('ann-1'), store.ping()].map((call) =>
        call.then(
          () => null,
          (error: unknown) => error,
        ),
      ),
    );
    expect(performance.now() - startedAt).toBeLessThan(5_500);
    for (const failure of failures) expect(failure).toBeInstanceOf(StoreError);
    server.signal('SIGCONT');
    await eventually(() => store.ping().then(() => true), { timeoutMs: 20_000, what: 'the store' });
    const again = await eventually(() => store.append('ann-1', 2, messageOf('meanwhile')), { timeoutMs: 20_000 });
    expect(['appended', 'duplicate']).toContain(again.kind);
    await checkLog(store, ['before', 'meanwhile']);
  }, 60_000);

  const spoilings: readonly (readonly [name: string, how: Spoiling])[] = [
    ['whose answer is lost', 'drop reply'],
    ['that is cut off before it arrives', 'drop request'],
    [
      'that a server refuses which is primary no more',
      { reply: { ok: 0, code: 10_107, codeName: 'NotWritablePrimary', errmsg: 'not primary' } },
    ],
    [
      'that a majority did not confirm',
      { reply: { ok: 1, n: 1, writeConcernError: { code: 64, codeName: 'WriteConcernFailed', errmsg: 'waiting' } } },
    ],
  ];
  for (const [name, how] of spoilings) {
    it(`looks by its key for an entry ${name}: it is there once`, async () => {
      const server = await mongoProcess(serverProgram);
      const proxy = await mongoProxy(server.port);
      const store = await openMongo(proxy.uri, 'faults');
      onTestFinished(() => store.close());
      await store.createSession(seedOf());
      await store.append('ann-1', 1, messageOf('m1'));
      const spoilt = proxy.spoil(how, 'messages');
      expect(await store.append('ann-1', 2, messageOf('m2'))).toEqual({ kind: 'appended' });
      await spoilt;
      expect((await store.append('ann-1', 3, messageOf('m2'))).kind).toBe('duplicate');
      expect(await store.append('ann-1', 3, messageOf('m3'))).toEqual({ kind: 'appended' });
      await checkLog(store, ['m1', 'm2', 'm3']);
    }, 40_000);
  }
});
