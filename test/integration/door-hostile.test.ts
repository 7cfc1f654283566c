// Station: test. Clients that break the rules of the wire, read slowly or not at all: each costs its own socket and nobody else's.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deferred } from '../../src/common/deferred.js';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import { SharedFrame } from '../../src/server/ports/participant.js';
import { type Harness, type HarnessOptions, saying, startDoor } from '../helpers/door-harness.js';
import { createFakeClock } from '../helpers/fake-clock.js';
import { eventually } from '../helpers/poll.js';
import { encodeClientFrame, type HostileFrame, type RawSocket } from '../helpers/raw-socket.js';

let harness: Harness;
let rejections: unknown[] = [];
const noteRejection = (cause: unknown): void => void rejections.push(cause);

beforeEach(() => {
  rejections = [];
  process.on('unhandledRejection', noteRejection);
});

afterEach(async () => {
  await harness.stop();
  process.removeListener('unhandledRejection', noteRejection);
  expect(rejections).toEqual([]);
});

async function start(options: HarnessOptions = {}): Promise<Harness> {
  harness = await startDoor(options);
  return harness;
}

async function expectAlive(socket: RawSocket): Promise<void> {
  const text = `alive ${randomBytes(4).toString('hex')}`;
  socket.send(text);
  await eventually(() => socket.messages.some(({ content }) => content === text), {
    what: 'an echo on another socket',
  });
}

function chunk(index: number, content: string): SharedFrame {
  return new SharedFrame({
    type: 'ai_response',
    timestamp: '2026-01-01T00:00:00.000Z',
    turn_id: 't',
    index,
    content,
    metadata: { streaming: 'true', done: 'false' },
  });
}

describe('a frame that breaks the rules', () => {
  const broken: [string, number, string, HostileFrame][] = [
    ['is not masked', 1002, 'x', { isMasked: false }],
    ['sets RSV1', 1002, 'x', { rsv: 4 }],
    ['sets RSV2', 1002, 'x', { rsv: 2 }],
    ['sets RSV3', 1002, 'x', { rsv: 1 }],
    ['has an unknown opcode', 1002, 'x', { opcode: 3 }],
    ['has an unknown control opcode', 1002, 'x', { opcode: 11 }],
    ['continues nothing', 1002, 'x', { opcode: 0 }],
    ['is a fragmented ping', 1002, 'x', { opcode: 9, fin: false }],
    ['is a ping of 126 bytes', 1002, 'x'.repeat(126), { opcode: 9 }],
    ['is a close with half a code', 1002, 'x', { opcode: 8 }],
    ['is a close with a code that is none', 1002, '\u0001\u0001', { opcode: 8 }],
    ['claims a byte more than a frame may have', 1009, 'x', { claimedLength: 1_048_577 }],
    ['claims more than memory holds', 1009, 'x', { claimedLength: 2 ** 52 }],
  ];
  it.each(broken)('because it %s closes its socket with %i', async (_what, code, payload, frame) => {
    await start();
    const other = await harness.connect('bob');
    const socket = await harness.connect('ada');
    await socket.next();
    socket.send(payload, frame);
    expect(await socket.closed()).toBe(code);
    socket.socket.end();
    await eventually(() => harness.door.connections === 1);
    await expectAlive(other);
  });

  it('because its fragments are too large together closes its socket with 1009', async () => {
    await start({ settings: { maxFrameBytes: 10_000 } });
    const socket = await harness.connect('ada');
    socket.send('x'.repeat(6_000), { fin: false });
    socket.send('x'.repeat(6_000), { opcode: 0 });
    expect(await socket.closed()).toBe(1009);
  });

  it('because it comes in too many fragments closes its socket with 1008', async () => {
    await start();
    const socket = await harness.connect('ada');
    socket.send('x', { fin: false });
    const more = encodeClientFrame('x', { opcode: 0, fin: false });
    socket.socket.write(Buffer.concat(Array.from({ length: 1_100 }, () => more)));
    expect(await socket.closed()).toBe(1008);
  });

  it('does not cost the socket when it is as large as a frame may be', async () => {
    await start();
    const socket = await harness.connect('ada');
    await socket.next();
    socket.send('x'.repeat(1_048_576));
    await eventually(() => harness.received.length === 1);
    expect(harness.received[0]).toHaveLength(1_048_576);
    await expectAlive(socket);
  });
});

describe('a flood', () => {
  it('of more tiny frames in one read than any frame of the protocol could be closes its socket with 1008', async () => {
    const gate = deferred<void>();
    await start({ onFrame: () => gate.promise });
    const other = await harness.connect('bob');
    const socket = await harness.connect('ada');
    await socket.next();
    const empty = encodeClientFrame('');
    socket.socket.write(Buffer.concat(Array.from({ length: 100_000 }, () => empty)));
    expect(await socket.closed()).toBe(1008);
    gate.resolve();
    other.send('still here');
    await eventually(() => harness.received.includes('still here'));
  });

  it('of pings by a client that reads nothing piles up no pongs', async () => {
    await start();
    const socket = await harness.connect('ada');
    await socket.next();
    socket.socket.pause();
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => encodeClientFrame('x'.repeat(125), { opcode: 9 })));
    const before = process.memoryUsage().rss;
    for (let at = 0; at < 100; at += 1) {
      socket.socket.write(pings);
      if (socket.socket.writableNeedDrain) await once(socket.socket, 'drain');
    }
    const other = await harness.connect('bob');
    await expectAlive(other);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('of 10,000 random byte strings, as frames and as bytes, leaves no rejection and harms nobody', async () => {
    await start();
    const other = await harness.connect('bob');
    let socket = await harness.connect('ada');
    const anyFrame = fc.record({
      opcode: fc.nat(15),
      fin: fc.boolean(),
      rsv: fc.constantFrom(0, 0, 0, 0, 0, 1, 4),
      isMasked: fc.constantFrom(true, true, true, true, false),
    });
    const anyBytes = fc.uint8Array({ maxLength: 200 });
    const burst = fc.array(
      fc.oneof(
        fc.tuple(anyBytes, anyFrame).map(([bytes, frame]) => encodeClientFrame(Buffer.from(bytes), frame)),
        anyBytes.map((bytes) => encodeClientFrame(Buffer.from(bytes))),
        anyBytes.map((bytes) => Buffer.from(bytes)),
      ),
      { minLength: 100, maxLength: 100 },
    );
    await fc.assert(
      fc.asyncProperty(burst, async (frames) => {
        if (socket.isGone || socket.closeCode !== null) {
          socket.destroy();
          socket = await eventually(async () => {
            const next = await harness.connect('ada');
            return next.status === 101 ? next : null;
          });
        }
        for (const bytes of frames) socket.socket.write(bytes);
        await new Promise<void>((resolve) => socket.socket.write('', () => resolve()));
      }),
      { numRuns: 100 },
    );
    await expectAlive(other);
    socket.destroy();
    await eventually(() => harness.door.connections === 1);
    expect(harness.logs.filter((line) => /dispatch_failed|upgrade_failed/.test(line))).toEqual([]);
  });

  it('of random bytes before the handshake leaves the door open', async () => {
    await start();
    for (let at = 0; at < 50; at += 1) {
      const socket = connect({ port: harness.port, host: '127.0.0.1' });
      socket.on('error', () => socket.destroy());
      socket.end(randomBytes(300));
      socket.resume();
      await once(socket, 'close');
    }
    await expectAlive(await harness.connect('ada'));
  });
});

describe('a slow reader', () => {
  /** Sends until the socket no longer takes it, so that what follows is held. */
  function clog(at: number): void {
    const source = harness.opened[at]?.source;
    for (let sent = 0; sent < 16_000_000 && source?.isClosed === false; sent += 100_000) {
      source.send(saying('x'.repeat(100_000)));
    }
  }

  it('is closed with 4408 when it stops reading, while others go on', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const other = await harness.connect('bob');
    const socket = await harness.connect('ada');
    await socket.next();
    socket.socket.pause();
    clog(1);
    await eventually(() => {
      clog(1);
      return harness.opened[1]?.source.isClosed;
    });
    expect(harness.counts.get('slowConsumerClosed')).toBe(1);
    await expectAlive(other);
    clock.advance(5_000);
    await eventually(() => harness.door.connections === 1);
    expect(harness.closed).toHaveLength(1);
  });

  it('that wakes up in time finds the close code behind what it missed', async () => {
    await start({ settings: { closeGraceMs: 20_000 } });
    const socket = await harness.connect('ada');
    await socket.next();
    socket.socket.pause();
    await eventually(() => {
      clog(0);
      return harness.opened[0]?.source.isClosed;
    });
    socket.socket.resume();
    expect(await socket.closed(10_000)).toBe(4408);
  });

  it('that reads again gets every fact in order and the chunks joined', async () => {
    await start({ settings: { outboxBytes: 50_000_000 } });
    const socket = await harness.connect('ada');
    await socket.next();
    const source = harness.opened[0]?.source;
    socket.socket.pause();
    clog(0);
    const words = Array.from({ length: 2_000 }, (_, at) => `w${at} `);
    let index = 0;
    for (const word of words) {
      source?.send(chunk(index, word));
      index += word.length;
    }
    source?.send(saying('the end'));
    socket.socket.resume();
    await source?.drained();
    await eventually(() => socket.messages.at(-1)?.content === 'the end', { timeoutMs: 10_000 });
    const chunks = socket.messages.filter((frame): frame is OutboundFrame => frame.type === 'ai_response');
    expect(chunks.map(({ content }) => content).join('')).toBe(words.join(''));
    expect(chunks.length).toBeLessThan(10);
  });

  it('R10: still gets pings while a long answer waits for it', async () => {
    const clock = createFakeClock();
    await start({ clock, settings: { outboxBytes: 50_000_000 } });
    const socket = await harness.connect('ada');
    await socket.next();
    socket.socket.pause();
    clog(0);
    const waiting = socket.messages.length;
    harness.opened[0]?.source.send(saying('last of the long answer'));
    clock.advance(25_000);
    socket.socket.resume();
    await eventually(() => socket.messages.at(-1)?.content === 'last of the long answer', { timeoutMs: 10_000 });
    const ping = socket.frames.findIndex(({ opcode }) => opcode === 9);
    expect(ping).toBeGreaterThan(waiting);
    // Far from the end: it passed everything that the socket had not taken yet.
    expect(socket.frames.length - ping).toBeGreaterThan(20);
  });

  it('that goes away lets go of whoever waits for it', async () => {
    await start({ settings: { outboxBytes: 50_000_000 } });
    const socket = await harness.connect('ada');
    await socket.next();
    const source = harness.opened[0]?.source;
    socket.socket.pause();
    clog(0);
    const drained = source?.drained();
    socket.socket.resetAndDestroy();
    await drained;
    await eventually(() => harness.door.connections === 0);
    await source?.drained();
  });
});

describe('a peer that is half gone', () => {
  it('by ending its side is let go at once', async () => {
    await start();
    const socket = await harness.connect('ada');
    await socket.next();
    socket.socket.end();
    await eventually(() => harness.closed.length === 1);
  });

  it('by falling silent in mid-frame is dropped within 35 s', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const socket = await harness.connect('ada');
    await socket.next();
    socket.socket.write(encodeClientFrame('x'.repeat(1_000)).subarray(0, 500));
    clock.advance(35_000);
    await socket.gone();
    await eventually(() => harness.closed.length === 1);
  });
});
