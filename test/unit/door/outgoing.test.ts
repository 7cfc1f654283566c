// Station: test. Frames on their way out: bytes, holding, joining, bounds.
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../../src/protocol/errors.js';
import { type OutboundFrame, outboundSchema, outboundTypes } from '../../../src/protocol/outbound.js';
import { frameText } from '../../../src/server/door/frame-text.js';
import { HeldFrames } from '../../../src/server/door/held-frames.js';
import { Outbox } from '../../../src/server/door/outbox.js';
import { TickWrites } from '../../../src/server/door/tick-writes.js';
import { encodeFrame, wireOf } from '../../../src/server/door/wire-frame.js';
import { SharedFrame, type Wire } from '../../../src/server/ports/participant.js';
import { eventually } from '../../helpers/poll.js';
import { decodeServerFrames } from '../../helpers/raw-socket.js';

const timestamp = '2026-01-01T00:00:00.000Z';

function chunk(index: number, content: string, change: Partial<OutboundFrame> = {}): SharedFrame {
  return new SharedFrame({
    type: 'ai_response',
    timestamp,
    session_id: 's',
    turn_id: 't',
    index,
    content,
    metadata: { streaming: 'true', done: 'false' },
    ...change,
  });
}

function fact(seq: number): SharedFrame {
  return new SharedFrame({ type: 'user_message', timestamp, seq, content: `fact ${seq}` });
}

function bytesOf(wire: Wire): Buffer {
  return typeof wire === 'string' ? Buffer.from(wire, 'latin1') : Buffer.from(wire);
}

function textOf(wire: Wire): OutboundFrame {
  const [frame] = decodeServerFrames(bytesOf(wire)).frames;
  if (frame === undefined) throw new Error('no whole frame');
  return JSON.parse(frame.payload.toString('utf8'));
}

/** A socket that takes bytes only when it is told to. */
class StuckSocket extends Duplex {
  readonly taken: Buffer[] = [];
  #pending: (() => void) | null = null;

  constructor() {
    super({ writableHighWaterMark: 1_024 });
  }

  override _read(): void {
    this.push(null);
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.taken.push(bytes);
    this.#pending = done;
  }

  /** Takes everything that was written, and what is written because of that. */
  async unstick(): Promise<void> {
    await eventually(() => {
      const pending = this.#pending;
      this.#pending = null;
      pending?.();
      return this.writableLength === 0 && this.#pending === null;
    });
  }

  frames(): OutboundFrame[] {
    return decodeServerFrames(Buffer.concat(this.taken)).frames.map((frame) => JSON.parse(frame.payload.toString()));
  }
}

function outboxOver(socket: Duplex, outboxBytes = 100_000) {
  return new Outbox(socket, {
    writes: new TickWrites(() => undefined),
    bounds: { highWaterBytes: 2_048, outboxBytes },
  });
}

describe('a frame on the wire', () => {
  it.each([1, 125, 126, 65_535, 65_536, 200_000])('carries %i characters in one unmasked text frame', (length) => {
    const wire = encodeFrame({ type: 'notification', timestamp, content: 'x'.repeat(length) });
    const bytes = bytesOf(wire);
    expect(bytes[0]).toBe(0x81);
    expect(bytes).toHaveLength(wire.length);
    expect(textOf(wire).content).toHaveLength(length);
    expect(decodeServerFrames(bytes).rest).toHaveLength(0);
  });

  it('is UTF-8, whatever it says', () => {
    const content = 'naïve ☕ 😀 \ud800';
    expect(textOf(encodeFrame({ type: 'notification', timestamp, content })).content).toBe(content);
  });

  it('says what JSON.stringify would, whichever fields it has and whatever they say', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.constantFrom('"', '\\', '\ud800', '\udc00x', '😀', '\u0000', '\u001f', '\u007f', '\u2028', '</script>', ''),
    );
    const whole = fc.nat(Number.MAX_SAFE_INTEGER);
    const fields = {
      session_id: text,
      content: text,
      file_id: text,
      file_url: text,
      model_id: text,
      user_id: text,
      message_id: text,
      turn_id: text,
      sender: fc.constantFrom('user', 'ai', 'admin', 'system'),
      seq: whole,
      index: whole,
      metadata: fc.dictionary(text, text),
      models: fc.array(fc.record({ id: text, name: text })),
      error: fc.record({
        code: fc.constantFrom(...errorCodes),
        message: text,
        recoverable: fc.boolean(),
        retry_after: whole,
      }),
    } as const;
    // A field that the schema gets and this does not know would not go out.
    expect(['timestamp', 'type', ...Object.keys(fields)].sort()).toEqual(Object.keys(outboundSchema.shape).sort());
    const frames = fc.record(
      { type: fc.constantFrom(...outboundTypes), timestamp: fc.constant(timestamp), ...fields },
      {
        requiredKeys: ['type', 'timestamp'],
      },
    );
    fc.assert(
      fc.property(frames, (frame) => {
        expect(JSON.parse(frameText(frame))).toStrictEqual(JSON.parse(JSON.stringify(frame)));
      }),
      { numRuns: 500 },
    );
  });

  it('is made once for all sockets', () => {
    const shared = fact(1);
    expect(wireOf(shared)).toBe(wireOf(shared));
  });
});

describe('held frames', () => {
  it('join chunks that follow each other, and nothing else', () => {
    const held = new HeldFrames();
    const joined: SharedFrame[] = [chunk(0, 'He'), chunk(2, 'llo'), chunk(5, ' 😀')];
    const apart = [
      fact(1),
      chunk(8, 'a'),
      chunk(8, 'same place again'),
      chunk(24, 'x', { turn_id: 'other' }),
      chunk(25, 'x', { session_id: 'other', turn_id: 'other' }),
      chunk(26, '', { metadata: { streaming: 'true', done: 'true' } }),
      fact(2),
    ];
    for (const frame of [...joined, ...apart]) held.push(frame);
    const out: OutboundFrame[] = [];
    for (let wire = held.shift(); wire !== null; wire = held.shift()) out.push(textOf(wire));
    expect(out[0]).toMatchObject({ index: 0, content: 'Hello 😀', metadata: { done: 'false' } });
    expect(out.slice(1)).toEqual(apart.map((shared) => shared.frame));
    expect(held.isEmpty).toBe(true);
    expect(held.bytes).toBe(0);
    expect(joined[0]?.frame.content).toBe('He');
  });

  it('stop joining at 16,384 units', () => {
    const held = new HeldFrames();
    held.push(chunk(0, 'x'.repeat(16_000)));
    held.push(chunk(16_000, 'y'.repeat(384)));
    held.push(chunk(16_384, 'z'));
    expect(textOf(held.shift() ?? Buffer.alloc(0)).content).toHaveLength(16_384);
    expect(textOf(held.shift() ?? Buffer.alloc(0)).content).toBe('z');
  });

  it('keep order and count over many turns of push and shift', () => {
    const held = new HeldFrames();
    let next = 1;
    let expected = 1;
    for (let round = 0; round < 300; round += 1) {
      held.push(fact(next++));
      held.push(fact(next++));
      expect(textOf(held.shift() ?? Buffer.alloc(0)).seq).toBe(expected++);
    }
    while (!held.isEmpty) expect(textOf(held.shift() ?? Buffer.alloc(0)).seq).toBe(expected++);
    expect(expected).toBe(next);
    expect(held.bytes).toBe(0);
  });
});

describe('an outbox', () => {
  it('writes through while the socket keeps up, and is drained', async () => {
    const socket = new StuckSocket();
    const outbox = outboxOver(socket);
    expect(outbox.isDrained).toBe(true);
    await outbox.drained();
    expect(outbox.push(fact(1))).toBe(true);
    await socket.unstick();
    expect(socket.frames().map((frame) => frame.seq)).toEqual([1]);
    expect(socket.listenerCount('drain')).toBe(0);
  });

  it('holds over the high-water mark, joins chunks, and sends all in order once the socket takes more', async () => {
    const socket = new StuckSocket();
    const outbox = outboxOver(socket);
    let sent = 0;
    while (!outbox.isHolding) outbox.push(fact(++sent));
    let index = 0;
    for (let at = 0; at < 50; at += 1) {
      outbox.push(chunk(index, 'word '));
      index += 5;
    }
    outbox.push(fact(sent + 1));
    const drained = outbox.drained();
    await socket.unstick();
    await drained;
    const frames = socket.frames();
    expect(frames.filter((frame) => frame.type === 'ai_response')).toHaveLength(1);
    expect(frames.at(-2)?.content).toBe('word '.repeat(50));
    expect(frames.filter((frame) => frame.seq !== undefined).map((frame) => frame.seq)).toEqual(
      Array.from({ length: sent + 1 }, (_, at) => at + 1),
    );
    expect(outbox.isDrained).toBe(true);
    expect(outbox.takeProgress()).toBe(true);
    expect(outbox.takeProgress()).toBe(false);
    expect(socket.listenerCount('drain')).toBe(0);
  });

  it('says no over its bound, and frees everything when it is discarded', async () => {
    const socket = new StuckSocket();
    const outbox = outboxOver(socket, 10_000);
    let pushed = 0;
    while (outbox.push(fact(++pushed))) expect(pushed).toBeLessThan(1_000);
    expect(pushed).toBeGreaterThan(50);
    const drained = outbox.drained();
    outbox.discard();
    await drained;
    expect(outbox.isHolding).toBe(false);
    expect(socket.listenerCount('drain')).toBe(0);
  });

  it('takes one frame larger than its bound when nothing waits before it, and no second one', () => {
    const outbox = outboxOver(new StuckSocket(), 10_000);
    const big = new SharedFrame({ type: 'ai_response', timestamp, content: 'x'.repeat(20_000) });
    expect(outbox.push(big)).toBe(true);
    expect(outbox.push(big)).toBe(false);
  });

  it('says no to a frame over its bound behind a little one', () => {
    const outbox = outboxOver(new StuckSocket(), 10_000);
    expect(outbox.push(fact(1))).toBe(true);
    expect(outbox.push(new SharedFrame({ type: 'ai_response', timestamp, content: 'x'.repeat(20_000) }))).toBe(false);
  });
});

describe('writes of one turn', () => {
  it('leave together, and are counted together', async () => {
    const counted: number[] = [];
    const writes = new TickWrites((frames) => counted.push(frames));
    const batches: number[] = [];
    const socket = new Duplex({
      read() {
        this.push(null);
      },
      writev(chunks, done) {
        batches.push(chunks.length);
        done();
      },
    });
    for (const seq of [1, 2, 3]) writes.write(socket, wireOf(fact(seq)));
    expect(batches).toEqual([]);
    await eventually(() => batches.length > 0);
    expect(batches).toEqual([3]);
    expect(counted).toEqual([3]);
  });

  it('leave at once up to one that somebody waits for, and what follows leaves with the turn', async () => {
    const writes = new TickWrites(() => undefined);
    const socket = new StuckSocket();
    const outbox = new Outbox(socket, { writes, bounds: { highWaterBytes: 2_048, outboxBytes: 100_000 } });
    outbox.push(fact(1));
    expect(socket.taken).toHaveLength(0);
    outbox.push(new SharedFrame({ type: 'ai_response', timestamp, content: 'Hello' }, true));
    expect(socket.taken.length).toBeGreaterThan(0);
    outbox.push(fact(2));
    await socket.unstick();
    expect(socket.frames().map(({ content }) => content)).toEqual(['fact 1', 'Hello', 'fact 2']);
    expect(socket.writableCorked).toBe(0);
  });

  it('survive a socket that was destroyed meanwhile', async () => {
    const counted: number[] = [];
    const writes = new TickWrites((frames) => counted.push(frames));
    const [dead, live] = [new StuckSocket(), new StuckSocket()];
    writes.write(dead, wireOf(fact(1)));
    writes.write(live, wireOf(fact(2)));
    dead.destroy();
    await eventually(() => counted.length > 0);
    expect(live.frames().map((frame) => frame.seq)).toEqual([2]);
  });
});
