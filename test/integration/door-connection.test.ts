// Station: test. A live socket: caps, order, backpressure, heartbeat, token expiry, leaving.
import { afterEach, describe, expect, it } from 'vitest';
import { deferred } from '../../src/common/deferred.js';
import { WireError } from '../../src/protocol/errors.js';
import type { FrameSource } from '../../src/server/dispatch/api.js';
import { type Harness, type HarnessOptions, saying, startDoor } from '../helpers/door-harness.js';
import { createFakeClock } from '../helpers/fake-clock.js';
import { eventually } from '../helpers/poll.js';
import { encodeClientFrame } from '../helpers/raw-socket.js';

let harness: Harness;

afterEach(() => harness.stop());

async function start(options: HarnessOptions = {}): Promise<Harness> {
  harness = await startDoor(options);
  return harness;
}

/** Bytes that the server has read of its TCP connection number `at`. */
function bytesRead(at: number): number {
  return harness.ends[at]?.bytesRead ?? 0;
}

function sourceAt(at: number): FrameSource {
  const entry = harness.opened[at];
  if (entry === undefined) throw new Error(`no connection ${at}`);
  return entry.source;
}

describe('connection caps', () => {
  it('refuse the eleventh socket of a user with 429, and tell the ten', async () => {
    await start();
    const open = await Promise.all(Array.from({ length: 10 }, () => harness.connect('ada')));
    for (const socket of open) await socket.next();
    const refused = await harness.connect('ada');
    expect(refused.status).toBe(429);
    expect(refused.headers['retry-after']).toBe('5');
    expect(JSON.parse(refused.body)).toEqual({
      error: 'rate_limit_exceeded',
      message: expect.stringContaining('10'),
      retry_after_ms: 5_000,
    });
    for (const socket of open) {
      expect(await socket.next()).toMatchObject({
        type: 'notification',
        metadata: { code: 'CONNECTION_LIMIT_EXCEEDED' },
      });
    }
    expect(harness.counts.get('rateLimited connections')).toBe(1);
    expect((await harness.connect('bob')).status).toBe(101);
  });

  it('hold when twenty upgrades of one user are checked at once', async () => {
    await start();
    const sockets = await Promise.all(Array.from({ length: 20 }, () => harness.connect('ada')));
    expect(sockets.filter(({ status }) => status === 101)).toHaveLength(10);
    expect(sockets.filter(({ status }) => status === 429)).toHaveLength(10);
    expect(harness.door.connections).toBe(10);
  });

  it('refuse an address over its cap, and everyone over the total', async () => {
    await start({ settings: { caps: { perUser: 10, perAddress: 2, total: 3 } } });
    await harness.connect('a');
    await harness.connect('b');
    expect((await harness.connect('c')).status).toBe(429);
    expect((await harness.connect('c', { localAddress: '127.0.0.2' })).status).toBe(101);
    expect((await harness.connect('d', { localAddress: '127.0.0.3' })).status).toBe(429);
  });

  it('R5: count the address that a trusted proxy names, and not the one that a client makes up', async () => {
    await start({ settings: { caps: { perUser: 10, perAddress: 1, total: 9 }, trustedProxies: ['127.0.0.1'] } });
    const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });
    expect((await harness.connect('a', from('198.51.100.1'))).status).toBe(101);
    expect((await harness.connect('b', from('198.51.100.2'))).status).toBe(101);
    expect((await harness.connect('c', from('198.51.100.2'))).status).toBe(429);
    const stranger = { localAddress: '127.0.0.2' };
    expect((await harness.connect('d', { ...from('198.51.100.3'), ...stranger })).status).toBe(101);
    expect((await harness.connect('e', { ...from('198.51.100.4'), ...stranger })).status).toBe(429);
  });

  it('R21: get a slot back once, however the socket dies', async () => {
    await start({ settings: { caps: { perUser: 1, perAddress: 1, total: 1 } } });
    const deaths: ((socket: Awaited<ReturnType<Harness['connect']>>) => void)[] = [
      (socket) => socket.send('', { opcode: 8 }),
      (socket) => socket.destroy(),
      (socket) => socket.socket.resetAndDestroy(),
      (socket) => socket.socket.end(),
      (socket) => socket.send('bad', { isMasked: false }),
      (socket) => socket.send('bad', { rsv: 4 }),
      () => sourceAt(harness.opened.length - 1).close(1008, 'told to'),
    ];
    for (const die of deaths) {
      const socket = await eventually(async () => {
        const attempt = await harness.connect('ada');
        return attempt.status === 101 ? attempt : null;
      });
      await socket.next();
      die(socket);
      socket.socket.end();
      await eventually(() => harness.door.connections === 0, { what: 'the slot' });
    }
    await eventually(() => harness.closed.length === deaths.length);
    expect(new Set(harness.closed).size).toBe(deaths.length);
    expect(harness.counts.get('socketOpened')).toBe(deaths.length);
    expect(harness.counts.get('socketClosed')).toBe(deaths.length);
  });

  it('R31: leave an older device alive when a newer one connects', async () => {
    await start();
    const older = await harness.connect('ada');
    const newer = await harness.connect('ada');
    await older.next();
    await newer.next();
    older.send('from the older');
    expect(await older.next()).toMatchObject({ content: 'from the older' });
    sourceAt(0).send(saying('to the older'));
    expect(await older.next()).toMatchObject({ content: 'to the older' });
  });
});

describe('frames', () => {
  it('are handled one at a time, in order, after the socket was attached', async () => {
    const gate = deferred<void>();
    let running = 0;
    let most = 0;
    await start({
      onOpened: () => gate.promise,
      onFrame: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
    });
    const socket = await harness.connect('ada');
    const frames = Buffer.concat(Array.from({ length: 20 }, (_, at) => encodeClientFrame(`${at}`)));
    const before = bytesRead(0);
    socket.socket.write(frames);
    await eventually(() => bytesRead(0) === before + frames.length);
    expect(harness.received).toEqual([]);
    gate.resolve();
    await eventually(() => harness.received.length === 20);
    expect(harness.received).toEqual(Array.from({ length: 20 }, (_, at) => `${at}`));
    expect(most).toBe(1);
  });

  it('may be binary, fragmented with pings in between, or not UTF-8: they all reach dispatch', async () => {
    const seen: Buffer[] = [];
    await start({ onFrame: async (_source, bytes) => void seen.push(bytes) });
    const socket = await harness.connect('ada');
    socket.send('binary', { opcode: 2 });
    socket.send('one ', { fin: false });
    socket.send('ping', { opcode: 9 });
    socket.send('two', { opcode: 0 });
    socket.send(Buffer.from([0xff, 0xfe]));
    await eventually(() => seen.length === 3);
    expect(seen.map((bytes) => bytes.toString('latin1'))).toEqual(['binary', 'one two', '\xff\xfe']);
    await eventually(() => socket.frames.some(({ opcode, payload }) => opcode === 10 && payload.toString() === 'ping'));
  });

  it('R11: wait up to a bound; over it the socket is not read until some were handled', async () => {
    const gate = deferred<void>();
    await start({ settings: { inboxFrames: 8, inboxBytes: 100_000_000 }, onFrame: () => gate.promise });
    const socket = await harness.connect('ada');
    const frame = encodeClientFrame('x'.repeat(60_000));
    for (let at = 0; at < 400; at += 1) socket.socket.write(frame);
    await eventually(() => bytesRead(0) > 8 * frame.length);
    await eventually(() => socket.socket.writableLength > 0);
    await harness.connect('bob');
    const before = bytesRead(0);
    await harness.connect('eve');
    expect(bytesRead(0)).toBe(before);
    expect(before).toBeLessThan(12 * frame.length);
    expect(socket.socket.writableLength).toBeGreaterThan(0);
    gate.resolve();
    await eventually(() => harness.received.length === 400, { timeoutMs: 10_000 });
  });

  it('R11: wait up to a bound of bytes as well', async () => {
    const gate = deferred<void>();
    await start({ settings: { inboxBytes: 100_000 }, onFrame: () => gate.promise });
    const socket = await harness.connect('ada');
    const frame = encodeClientFrame('x'.repeat(60_000));
    for (let at = 0; at < 100; at += 1) socket.socket.write(frame);
    await eventually(() => bytesRead(0) > 3 * frame.length);
    await harness.connect('bob');
    const before = bytesRead(0);
    await harness.connect('eve');
    expect(bytesRead(0)).toBe(before);
    expect(before).toBeLessThan(6 * frame.length);
    gate.resolve();
    await eventually(() => harness.received.length === 100);
  });

  it('are dropped once the socket is closing', async () => {
    const gate = deferred<void>();
    await start({ onFrame: () => gate.promise });
    const socket = await harness.connect('ada');
    const before = bytesRead(0);
    for (const text of ['first', 'second', 'third']) socket.send(text);
    await eventually(() => bytesRead(0) === before + 6 * 3 + 'firstsecondthird'.length);
    sourceAt(0).close(1008, 'enough');
    expect(sourceAt(0).isClosed).toBe(true);
    sourceAt(0).send(saying('too late'));
    expect(await socket.closed()).toBe(1008);
    socket.destroy();
    await eventually(() => harness.door.connections === 0);
    expect(harness.closed).toEqual([]);
    gate.resolve();
    await eventually(() => harness.closed.length === 1);
    expect(harness.received).toEqual(['first']);
    expect(socket.messages.some(({ content }) => content === 'too late')).toBe(false);
  });

  it('close the socket with 1011 when dispatch itself fails, and leave others alone', async () => {
    await start({ onFrame: () => Promise.reject(new Error('a fault')) });
    const [bad, other] = [await harness.connect('ada'), await harness.connect('bob')];
    bad.send('x');
    expect(await bad.closed()).toBe(1011);
    expect(harness.logs.some((line) => line.includes('dispatch_failed'))).toBe(true);
    sourceAt(1).send(saying('fine'));
    await eventually(() => other.messages.some(({ content }) => content === 'fine'));
  });

  it('sent in one turn leave together and in order', async () => {
    await start();
    const socket = await harness.connect('ada');
    await socket.next();
    for (let at = 0; at < 100; at += 1) sourceAt(0).send(saying(`${at}`));
    for (let at = 0; at < 100; at += 1) expect(await socket.next()).toMatchObject({ content: `${at}` });
    expect(harness.counts.get('framesSent')).toBe(101);
  });
});

describe('the heartbeat', () => {
  it('pings every 25 s, and drops a peer that shows no life within 35 s', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const socket = await harness.connect('ada');
    await socket.next();
    const pings = () => socket.frames.filter(({ opcode }) => opcode === 9).length;
    clock.advance(25_000);
    await eventually(() => pings() === 1);
    socket.send('', { opcode: 10 });
    const source = sourceAt(0);
    // The pong has to be read before time moves on; a frame right behind it shows that it was.
    socket.send('read');
    await eventually(() => harness.received.length === 1);
    clock.advance(25_000);
    await eventually(() => pings() === 2);
    expect(harness.door.connections).toBe(1);
    clock.advance(7_000);
    expect(source.isClosed).toBe(false);
    clock.advance(3_000);
    await socket.gone();
    expect(harness.door.connections).toBe(0);
    expect(harness.closed).toHaveLength(1);
  });

  it.each([1_000, 5_000])(
    'with the shortest times never drops a peer that answers, and soon one that does not, sweeping every %i ms',
    async (sweepMs) => {
      const clock = createFakeClock();
      await start({ clock, settings: { pingIntervalMs: 1_000, pongTimeoutMs: 500, sweepMs } });
      const socket = await harness.connect('ada');
      await socket.next();
      const pings = () => socket.frames.filter(({ opcode }) => opcode === 9).length;
      for (let round = 1; round <= 12; round += 1) {
        clock.advance(sweepMs);
        await eventually(() => pings() === round);
        // A pong, and a frame behind it that shows that it was read.
        socket.send('', { opcode: 10 });
        socket.send('read');
        await eventually(() => harness.received.length === round);
        expect(sourceAt(0).isClosed).toBe(false);
      }
      clock.advance(3 * sweepMs);
      await socket.gone();
      expect(harness.door.connections).toBe(0);
    },
  );

  it('waits for a pong as long as it may take, from the ping on, whatever was silent before', async () => {
    const clock = createFakeClock();
    await start({ clock, settings: { pingIntervalMs: 10_000, pongTimeoutMs: 500, sweepMs: 100 } });
    const socket = await harness.connect('ada');
    await socket.next();
    const pings = () => socket.frames.filter(({ opcode }) => opcode === 9).length;
    // Number 1 is pinged one sweep before the interval is over.
    clock.advance(9_900);
    await eventually(() => pings() === 1);
    clock.advance(400);
    expect(sourceAt(0).isClosed).toBe(false);
    clock.advance(200);
    expect(sourceAt(0).isClosed).toBe(true);
    await socket.gone();
  });

  it('spreads the pings of sockets that connected together', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const sockets = await Promise.all(Array.from({ length: 10 }, () => harness.connect('ada')));
    for (const socket of sockets) await socket.next();
    const pinged = () => sockets.filter(({ frames }) => frames.some(({ opcode }) => opcode === 9)).length;
    clock.advance(20_000);
    harness.door.notifyAll(saying('marker'));
    for (const socket of sockets) await eventually(() => socket.messages.some(({ content }) => content === 'marker'));
    expect(pinged()).toBeGreaterThan(0);
    expect(pinged()).toBeLessThan(10);
    clock.advance(5_000);
    await eventually(() => pinged() === 10);
  });

  it('does not drop a peer whose frames we ourselves leave unread', async () => {
    const clock = createFakeClock();
    const gate = deferred<void>();
    await start({ clock, settings: { inboxFrames: 2 }, onFrame: () => gate.promise });
    const socket = await harness.connect('ada');
    const before = bytesRead(0);
    for (let at = 0; at < 5; at += 1) socket.send(`${at}`);
    await eventually(() => bytesRead(0) >= before + 3 * 7);
    clock.advance(120_000);
    expect(sourceAt(0).isClosed).toBe(false);
    gate.resolve();
    await eventually(() => harness.received.length === 5);
  });
});

describe('a token that ends', () => {
  it('is warned of once, then told as an error and closed with 4401', async () => {
    const clock = createFakeClock();
    await start({ clock, settings: { tokenWarningMs: 60_000, pongTimeoutMs: 10_000_000 } });
    const Authorization = `Bearer ${await harness.token('ada', { forMs: 100_000 })}`;
    const socket = await harness.raw({ headers: { Authorization } });
    await socket.next();
    clock.advance(39_000);
    expect(socket.messages).toHaveLength(1);
    clock.advance(2_000);
    expect(await socket.next()).toMatchObject({
      type: 'connection_status',
      user_id: 'ada',
      metadata: { status: 'token_expiring', expires_in: '60000' },
    });
    clock.advance(60_000);
    expect(await socket.next()).toMatchObject({
      type: 'error',
      error: { code: 'EXPIRED_TOKEN', recoverable: false },
    });
    expect(await socket.closed()).toBe(4401);
  });

  it('is replaced by a fresh one of the same user', async () => {
    const clock = createFakeClock();
    await start({ clock, settings: { tokenWarningMs: 10_000, pongTimeoutMs: 10_000_000 } });
    const Authorization = `Bearer ${await harness.token('ada', { forMs: 60_000 })}`;
    const socket = await harness.raw({ headers: { Authorization } });
    await socket.next();
    await sourceAt(0).refreshToken(await harness.token('ada', { forMs: 600_000 }));
    expect(await socket.next()).toMatchObject({
      type: 'connection_status',
      metadata: { status: 'token_refreshed', expires_in: '600000' },
    });
    clock.advance(580_000);
    expect(sourceAt(0).isClosed).toBe(false);
    clock.advance(15_000);
    expect(await socket.next()).toMatchObject({ metadata: { status: 'token_expiring' } });
    clock.advance(5_000);
    expect(await socket.closed()).toBe(4401);
  });

  it('is not replaced by another user, by other rights, or by a bad token', async () => {
    await start();
    await harness.connect('ada');
    await eventually(() => harness.opened.length === 1);
    const codeOf = (token: string) =>
      sourceAt(0)
        .refreshToken(token)
        .then(
          () => 'taken',
          (error: unknown) => (error instanceof WireError ? error.code : 'not a WireError'),
        );
    expect(await codeOf(await harness.token('eve'))).toBe('UNAUTHORIZED');
    expect(await codeOf(await harness.token('ada', { roles: ['admin'] }))).toBe('UNAUTHORIZED');
    expect(await codeOf('nonsense')).toBe('INVALID_TOKEN');
    expect(await codeOf(await harness.token('ada'))).toBe('taken');
  });
});

describe('H2: the timeouts of the HTTP server', () => {
  it('do not reach an upgraded socket', async () => {
    await start({
      configure: (server) => {
        server.headersTimeout = 1_000;
        server.requestTimeout = 1_000;
        server.keepAliveTimeout = 1_000;
        server.timeout = 1_000;
      },
    });
    const opened = performance.now();
    const socket = await harness.connect('ada');
    await socket.next();
    // Nothing else to wait for than time itself: twice the timeouts.
    await eventually(() => performance.now() - opened > 2_100, { everyMs: 50 });
    socket.send('alive');
    expect(await socket.next()).toMatchObject({ content: 'alive' });
  });
});

describe('leaving', () => {
  it('closes every socket in waves with 1012, after what it still had to say', async () => {
    await start();
    const sockets = await Promise.all(Array.from({ length: 10 }, (_, at) => harness.connect(`user-${at}`)));
    for (const socket of sockets) await socket.next();
    harness.door.drain();
    harness.door.notifyAll(saying('goodbye'));
    const done = harness.door.closeAll({ code: 1012, reason: 'restarting', spreadMs: 300, flushMs: 5_000 });
    for (const socket of sockets) {
      expect(await socket.closed()).toBe(1012);
      expect(socket.messages.at(-1)).toMatchObject({ content: 'goodbye' });
      socket.send('', { opcode: 8 });
    }
    await done;
    expect(harness.door.connections).toBe(0);
    expect(harness.closed).toHaveLength(10);
  });

  it('cuts sockets that do not answer the close in time', async () => {
    await start({ settings: { closeGraceMs: 60_000 } });
    const socket = await harness.connect('ada');
    await socket.next();
    await harness.door.closeAll({ code: 1012, reason: 'restarting', spreadMs: 0, flushMs: 50 });
    await socket.gone();
    await eventually(() => harness.door.connections === 0);
  });

  it('cuts a socket that never answers a close of ours, after the grace', async () => {
    const clock = createFakeClock();
    await start({ clock, settings: { closeGraceMs: 3_000 } });
    const socket = await harness.connect('ada');
    await socket.next();
    sourceAt(0).close(1008, 'enough '.repeat(40));
    expect(await socket.closed()).toBe(1008);
    expect(socket.frames.at(-1)?.payload.length).toBe(125);
    expect(harness.door.connections).toBe(1);
    clock.advance(3_000);
    await socket.gone();
    expect(harness.door.connections).toBe(0);
  });

  it('stops at once when told to, and again without harm', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const socket = await harness.connect('ada');
    harness.door.stop();
    harness.door.stop();
    await socket.gone();
    expect(clock.pending).toBe(0);
    expect((await harness.connect('ada')).status).toBe(503);
  });
});
