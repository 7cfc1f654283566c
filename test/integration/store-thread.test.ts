// Station: test/integration. How calls reach the thread of the SQLite store: in batches, bounded in number, size and time, through the thread's death.
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/server/ports/store.js';
import type { Lane } from '../../src/server/store/sqlite/database.js';
import { DatabaseThread, type Host, workerFile } from '../../src/server/store/sqlite/thread.js';
import { type FromWorker, hostDatabase, type ToWorker } from '../../src/server/store/sqlite/worker.js';
import { failureOf } from '../contract/store/store-target.js';
import { createFakeClock } from '../helpers/fake-clock.js';
import { eventually } from '../helpers/poll.js';
import { seedOf } from '../helpers/store-fixtures.js';
import { openThreaded, silentLog, temporaryFolder } from '../helpers/store-sqlite.js';

/** A thread that does what the test says. */
class FakeHost extends EventEmitter implements Host {
  readonly heard: ToWorker[] = [];
  isTerminated = false;

  postMessage(message: ToWorker): void {
    this.heard.push(message);
    if (message === 'close') this.emit('exit');
  }

  terminate(): void {
    this.isTerminated = true;
    this.emit('exit');
  }

  say(message: FromWorker): void {
    this.emit('message', message);
  }
}

const bounds = { maxQueued: 3, maxQueuedChars: 100, deadlineMs: 5_000 };

function createThread(lane: Lane = 'write') {
  const clock = createFakeClock();
  const hosts: FakeHost[] = [];
  const settings = { file: 'unused', lane, maxPages: 0, busyTimeoutMs: 1 };
  const thread = new DatabaseThread(settings, bounds, { clock, log: silentLog }, () => {
    const host = new FakeHost();
    hosts.push(host);
    return host;
  });
  const host = (at = 0): FakeHost => {
    const found = hosts[at];
    if (found === undefined) throw new Error(`no thread ${at} was started`);
    return found;
  };
  const heard = (count: number, at = 0) =>
    eventually(() => host(at).heard.length === count, { what: `message ${count}` });
  return { thread, clock, hosts, host, heard };
}

const kindOf = async (call: Promise<unknown>) => {
  const error = await failureOf(call);
  return error instanceof StoreError ? error.kind : error;
};

describe('calls to the thread of the SQLite store', () => {
  it('go in one message a round, and gather while the thread works', async () => {
    const { thread, host, heard } = createThread();
    const first = [thread.call('a'), thread.call('b', 1)];
    host().say('open');
    await heard(1);
    const later = [thread.call('c'), thread.call('d')];
    host().say(['A', 'B']);
    await heard(2);
    host().say(['C', 'D']);
    expect(await Promise.all([...first, ...later])).toEqual(['A', 'B', 'C', 'D']);
    expect(host().heard).toEqual([
      [['a'], ['b', 1]],
      [['c'], ['d']],
    ]);
  });

  it('fail one by one, with the kind and the message of each', async () => {
    const { thread, host, heard } = createThread();
    const calls = [thread.call('a'), thread.call('b')];
    host().say('open');
    await heard(1);
    host().say([{ failed: 'full', message: 'no room', detail: 'disk full' }, 'B']);
    expect(await Promise.allSettled(calls)).toMatchObject([
      { reason: { kind: 'full', message: 'no room', cause: { message: 'disk full' } } },
      { value: 'B' },
    ]);
  });

  it('are refused as busy beyond the bound in number, and in length of texts', async () => {
    const { thread } = createThread();
    const waiting = [thread.call('a'), thread.call('b'), thread.call('c')];
    expect(await kindOf(thread.call('d'))).toBe('busy');
    expect(waiting).toHaveLength(3);
    const { thread: other } = createThread();
    expect(await kindOf(other.call('a', ['x'.repeat(60), ['y'.repeat(60)]]))).toBe('busy');
  });

  it('R28: that were not sent fail as unavailable at the deadline, and are never sent', async () => {
    const { thread, clock, host, heard } = createThread();
    const call = kindOf(thread.call('a'));
    clock.advance(4_999);
    const later = thread.call('b');
    clock.advance(1);
    expect(await call).toBe('unavailable');
    host().say('open');
    await heard(1);
    expect(host().heard).toEqual([[['b']]]);
    host().say(['B']);
    expect(await later).toBe('B');
  });

  it('R28: that were sent fail at the deadline: a write as of unknown outcome, a read as unavailable', async () => {
    for (const [lane, kind] of [
      ['write', 'unknown_outcome'],
      ['read', 'unavailable'],
    ] as const) {
      const { thread, clock, host, heard } = createThread(lane);
      const call = kindOf(thread.call('a'));
      host().say('open');
      await heard(1);
      clock.advance(5_000);
      expect(await call).toBe(kind);
      // The late answer reaches nobody, and frees the way for the next.
      const next = thread.call('b');
      host().say(['late']);
      await heard(2);
      host().say(['B']);
      expect(await next).toBe('B');
    }
  });

  it('survive the death of the thread: sent ones are unknown, waiting ones go to the next', async () => {
    const { thread, host, heard, hosts } = createThread();
    const sent = kindOf(thread.call('a'));
    host().say('open');
    await heard(1);
    const waiting = thread.call('b');
    host().emit('error', new Error('out of memory'));
    host().emit('exit');
    expect(await sent).toBe('unknown_outcome');
    expect(hosts).toHaveLength(2);
    host(1).say('open');
    await heard(1, 1);
    host(1).say(['B']);
    expect(await waiting).toBe('B');
  });

  it('are told why the database could not be opened, and the next call tries again', async () => {
    const { thread, host, hosts } = createThread();
    const opened = kindOf(thread.open());
    const call = kindOf(thread.call('a'));
    host().say({ failed: 'corrupt', message: 'damaged' });
    host().emit('exit');
    expect(await opened).toBe('corrupt');
    expect(await call).toBe('corrupt');
    const again = thread.call('a');
    expect(hosts).toHaveLength(2);
    host(1).say('open');
    await eventually(() => host(1).heard.length === 1);
    host(1).say(['A']);
    expect(await again).toBe('A');
  });

  it('that hang do not hold up the close for longer than the deadline', async () => {
    const { thread, clock, host, heard } = createThread();
    const call = kindOf(thread.call('a'));
    host().say('open');
    await heard(1);
    const closed = thread.close();
    clock.advance(5_000);
    await closed;
    expect(host().heard.at(-1) === 'close' || host().isTerminated).toBe(true);
    expect(await call).toBe('unknown_outcome');
    expect(await kindOf(thread.call('b'))).toBe('closed');
    expect(clock.pending).toBe(0);
  });

  it('close without a thread when there was none', async () => {
    const { thread, hosts } = createThread();
    await thread.close();
    expect(hosts).toHaveLength(0);
  });
});

describe('the program of the thread', () => {
  it('lies beside the module, or in dist/ when that is TypeScript', () => {
    expect(workerFile('file:///app/dist/server/store/sqlite/thread.js').pathname).toBe(
      '/app/dist/server/store/sqlite/worker.js',
    );
    expect(workerFile('file:///src/app/src/server/store/sqlite/thread.ts').pathname).toBe(
      '/src/app/dist/server/store/sqlite/worker.js',
    );
  });

  it('opens the database, answers batches, and closes it', async () => {
    const dataDir = await temporaryFolder();
    const said: FromWorker[] = [];
    const port = new EventEmitter();
    let isClosed = false;
    hostDatabase(
      Object.assign(port, {
        postMessage: (message: FromWorker) => void said.push(message),
        close: () => {
          isClosed = true;
        },
      }),
      { file: `${dataDir}/chatbox.db`, lane: 'write', maxPages: 0, busyTimeoutMs: 100 },
    );
    port.emit('message', [['ping'], ['nothing']]);
    port.emit('message', 'close');
    expect(said).toEqual(['open', [1, expect.objectContaining({ failed: 'invalid' })]]);
    expect(isClosed).toBe(true);
  });

  it('says why it cannot open the database', async () => {
    const said: FromWorker[] = [];
    const port = Object.assign(new EventEmitter(), {
      postMessage: (message: FromWorker) => void said.push(message),
      close: () => undefined,
    });
    const dataDir = await temporaryFolder();
    hostDatabase(port, { file: dataDir, lane: 'read', maxPages: 0, busyTimeoutMs: 100 });
    expect(said).toEqual([expect.objectContaining({ failed: 'unavailable' })]);
  });
});

describe('the SQLite store', () => {
  it('measures each call by its name', async () => {
    const measured: string[] = [];
    const { openSqliteStore } = await import('../../src/server/store/sqlite/sqlite-store.js');
    const { systemClock } = await import('../../src/common/clock.js');
    const meter = { storeOperation: (name: string, seconds: number) => void (seconds >= 0 && measured.push(name)) };
    const dataDir = await temporaryFolder();
    const store = await openSqliteStore({ dataDir }, { clock: systemClock, log: silentLog, meter: meter as never });
    await store.createSession(seedOf());
    await store.session('ann-1');
    await store.close();
    await failureOf(store.ping());
    expect(measured).toEqual(['createSession', 'session']);
  });

  it('refuses to open a folder that cannot be made', async () => {
    const dataDir = await temporaryFolder();
    await openThreaded({ dataDir });
    expect(await failureOf(openThreaded({ dataDir: `${dataDir}/chatbox.db/below` }))).toMatchObject({
      name: 'StoreError',
      kind: 'unavailable',
    });
  });
});
