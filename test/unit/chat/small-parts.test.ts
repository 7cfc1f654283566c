// Small parts of the core: names, keys, slots, what waits, what is awaited, what failed.
import { describe, expect, it } from 'vitest';
import { WireError } from '../../../src/protocol/errors.js';
import { limits } from '../../../src/protocol/limits.js';
import { toWireError } from '../../../src/server/chat/failures.js';
import { Listener } from '../../../src/server/chat/listener.js';
import { OwnSends } from '../../../src/server/chat/own-sends.js';
import { nameFrom } from '../../../src/server/chat/session-name.js';
import { turnIdOf, turnPrefix } from '../../../src/server/chat/turn-key.js';
import { TurnSlots } from '../../../src/server/chat/turn-slots.js';
import { Unanswered } from '../../../src/server/chat/unanswered.js';
import { LlmError, type LlmErrorKind } from '../../../src/server/ports/llm.js';
import { StoreError, type StoreErrorKind } from '../../../src/server/ports/store.js';
import { fakeSocket } from '../../helpers/core.js';

describe('the name of a session', () => {
  it.each([
    ['Plan the trip. Then more', 'Plan the trip.'],
    ['What is 3.14 about?  Tell me', 'What is 3.14 about?'],
    ['first line\nsecond line', 'first line'],
    ['一句话。 另一句', '一句话。'],
    ['no full stop', 'no full stop'],
    ['\n\nlater', 'New chat'],
    ['', 'New chat'],
  ])('of %j is %j', (content, name) => {
    expect(nameFrom(content)).toBe(name);
  });

  it('is cut at a word, or between characters where there is none, and never over its bound', () => {
    const words = nameFrom('word '.repeat(40));
    expect(words).toMatch(/^(word )+word…$/);
    const emoji = nameFrom('👩'.repeat(200));
    expect([...emoji]).toHaveLength(60);
    expect(emoji.endsWith('👩…')).toBe(true);
    for (const name of [words, emoji]) expect([...name].length).toBeLessThanOrEqual(limits.sessionName);
  });
});

describe('the id of a turn', () => {
  it('is made of its key, and within its bound for the longest session and the greatest seq', () => {
    const id = turnIdOf('s'.repeat(limits.sessionId), Number.MAX_SAFE_INTEGER, 999);
    expect(id.startsWith(turnPrefix('s'.repeat(limits.sessionId), Number.MAX_SAFE_INTEGER))).toBe(true);
    expect(id.length).toBeLessThanOrEqual(limits.turnId);
  });
});

describe('slots for answers', () => {
  const never = () => new AbortController().signal;

  it('are given in the order asked for', async () => {
    const slots = new TurnSlots(1);
    const order: number[] = [];
    await slots.take(never());
    const waiting = [1, 2].map(async (number) => {
      await slots.take(never());
      order.push(number);
    });
    expect(slots.taken).toBe(1);
    slots.free();
    await waiting[0];
    expect(order).toEqual([1]);
    slots.free();
    await waiting[1];
    slots.free();
    expect([order, slots.taken]).toEqual([[1, 2], 0]);
  });

  it('one that was stopped in line leaves it, and its place goes to the next', async () => {
    const slots = new TurnSlots(1);
    await slots.take(never());
    const stop = new AbortController();
    const stopped = slots.take(stop.signal);
    const next = slots.take(never());
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ kind: 'aborted' });
    slots.free();
    await next;
    expect(slots.taken).toBe(1);
    await expect(slots.take(stop.signal)).rejects.toMatchObject({ kind: 'aborted' });
  });

  it('one that was stopped just after its turn came has the slot, and must give it back', async () => {
    const slots = new TurnSlots(1);
    await slots.take(never());
    const stop = new AbortController();
    const mine = slots.take(stop.signal);
    slots.free();
    stop.abort();
    await mine;
    slots.free();
    expect(slots.taken).toBe(0);
  });

  it('refuse whoever comes when ten thousand wait', async () => {
    const slots = new TurnSlots(0);
    const stop = new AbortController();
    const { signal } = stop;
    const waiting = Array.from({ length: 10_000 }, () => slots.take(new AbortController().signal));
    await expect(slots.take(signal)).rejects.toMatchObject({ kind: 'unavailable' });
    for (const _ of waiting) slots.free();
    await Promise.all(waiting);
  });
});

describe('what waits for a turn', () => {
  it('is known by its place, once, in order, whatever order it is noticed in', () => {
    const waiting = new Unanswered();
    expect(waiting.first).toBeNull();
    for (const seq of [5, 7, 5, 3]) waiting.add(seq);
    const seen = [];
    for (let { first } = waiting; first !== null; { first } = waiting) {
      seen.push(first);
      waiting.takeUp(first);
    }
    expect(seen).toEqual([3, 5, 7]);
  });

  it('is taken up through a place, or altogether', () => {
    const waiting = new Unanswered();
    for (const seq of [2, 4, 6]) waiting.add(seq);
    waiting.takeUp(1);
    expect(waiting.first).toBe(2);
    waiting.takeUp(5);
    expect(waiting.first).toBe(6);
    waiting.clear();
    expect(waiting.first).toBeNull();
  });
});

describe('sends on their way back', () => {
  const [phone, desk] = [new Listener(fakeSocket()), new Listener(fakeSocket())];
  const send = (messageId: string, seat: Listener) => ({ messageId, seat, wantsAck: true });

  it('are taken once, all that have the id', () => {
    const sends = new OwnSends();
    for (const own of [send('a', phone), send('b', phone), send('a', desk)]) sends.add(own);
    expect(sends.take('a').map(({ seat }) => seat)).toEqual([phone, desk]);
    expect(sends.take('a')).toEqual([]);
    expect(sends.take('b')).toHaveLength(1);
    expect(sends.take('unknown')).toEqual([]);
  });

  it('are forgotten for one seat only', () => {
    const sends = new OwnSends();
    sends.add(send('a', phone));
    sends.add(send('a', desk));
    sends.forget('a', desk);
    expect(sends.take('a').map(({ seat }) => seat)).toEqual([phone]);
  });
});

describe('what a person reads of a failure', () => {
  const storeKinds: StoreErrorKind[] = [
    'unavailable',
    'full',
    'unknown_outcome',
    'busy',
    'invalid',
    'corrupt',
    'closed',
  ];
  const llmKinds: LlmErrorKind[] = [
    'connect',
    'first_token',
    'idle',
    'total',
    'cut',
    'rate_limited',
    'auth',
    'rejected',
    'too_long',
    'unavailable',
    'empty',
    'aborted',
  ];

  it.each(storeKinds)(
    'of a store that is %s says so without its words, and when to try again where that helps',
    (kind) => {
      const wire = toWireError(new StoreError(kind, 'SECRET at /var/lib/secret'));
      expect(wire.code).toBe('DATABASE_ERROR');
      expect(wire.message).not.toContain('SECRET');
      expect(wire.message.length).toBeLessThanOrEqual(limits.errorMessage);
      expect(wire.retryAfterMs === undefined).toBe(kind === 'invalid' || kind === 'corrupt');
    },
  );

  it.each(llmKinds)('of a model call that failed as %s says so without its words', (kind) => {
    const wire = toWireError(new LlmError(kind, 'SECRET sk-123', { retryAfterMs: 7 }));
    expect(['LLM_UNAVAILABLE', 'LLM_TIMEOUT', 'TURN_INTERRUPTED']).toContain(wire.code);
    expect(wire.message).not.toContain('SECRET');
    expect(wire.retryAfterMs).toBe(7);
    expect(toWireError(new LlmError(kind, 'x')).retryAfterMs).toBeUndefined();
  });

  it('keeps a wire error, and says nothing of what it does not know', () => {
    const own = new WireError('NOT_FOUND', 'There is no such session.');
    expect(toWireError(own)).toBe(own);
    const unknown = toWireError(new TypeError('SECRET'));
    expect(unknown).toMatchObject({ code: 'SERVICE_ERROR', recoverable: true });
    expect(unknown.message).not.toContain('SECRET');
    expect(unknown.cause).toBeInstanceOf(TypeError);
  });
});
