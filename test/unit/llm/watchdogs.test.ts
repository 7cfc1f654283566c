// Station: test/unit. The deadlines around a provider, on a clock of the test's own.
import { describe, expect, it } from 'vitest';
import { type Deferred, deferred } from '../../../src/common/deferred.js';
import { withWatchdogs } from '../../../src/server/llm/watchdogs.js';
import { type Completion, LlmError, type LlmProvider, type LlmRequest } from '../../../src/server/ports/llm.js';
import { createFakeClock, type FakeClock } from '../../helpers/fake-clock.js';

const limits = { firstTokenMs: 30_000, idleMs: 20_000, totalMs: 120_000 };
const request: LlmRequest = { modelId: 'm', messages: [{ role: 'user', content: 'hello' }] };
const whole: Completion = { finish: 'stop', usage: null };

interface Inner {
  readonly provider: LlmProvider;
  /** Of the last question. */
  say(piece: string): void;
  signal(): AbortSignal;
  readonly end: Deferred<Completion>;
  asked: number;
  closed: boolean;
  isOk: boolean;
}

/** A provider that the test plays; it ignores its signal. */
function played(): Inner {
  let onText: (piece: string) => void = () => undefined;
  let last = new AbortController().signal;
  const inner: Inner = {
    say: (piece) => onText(piece),
    signal: () => last,
    end: deferred<Completion>(),
    asked: 0,
    closed: false,
    isOk: true,
    provider: {
      name: 'played',
      models: [{ id: 'm', name: 'M' }],
      ask(_request, hear, signal) {
        onText = hear;
        last = signal;
        inner.asked += 1;
        return inner.end.promise;
      },
      health: () => (inner.isOk ? { ok: true } : { ok: false, reason: 'unplugged' }),
      close: async () => {
        inner.closed = true;
      },
    },
  };
  return inner;
}

function start(inner: Inner, clock: FakeClock, signal = new AbortController().signal) {
  const heard: string[] = [];
  const watched = withWatchdogs(inner.provider, limits, clock);
  const outcome = watched.ask(request, (piece) => heard.push(piece), signal).catch((error: unknown) => error);
  return { heard, outcome, watched };
}

describe('the watchdogs around a provider', () => {
  it('R12: cut a provider that does not begin, and abort its request', async () => {
    const clock = createFakeClock();
    const inner = played();
    const { outcome } = start(inner, clock);
    clock.advance(29_999);
    expect(inner.signal().aborted).toBe(false);
    clock.advance(1);
    expect(await outcome).toMatchObject({ name: 'LlmError', kind: 'first_token' });
    expect(inner.signal().aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('R12: cut a provider that stops in mid-answer, counted from its last piece', async () => {
    const clock = createFakeClock();
    const inner = played();
    const { outcome, heard } = start(inner, clock);
    clock.advance(29_000);
    inner.say('a');
    clock.advance(19_000);
    inner.say('b');
    clock.advance(19_999);
    expect(inner.signal().aborted).toBe(false);
    clock.advance(1);
    expect(await outcome).toMatchObject({ kind: 'idle' });
    expect(heard).toEqual(['a', 'b']);
  });

  it('R12: cut an answer that goes on for too long, however lively', async () => {
    const clock = createFakeClock();
    const inner = played();
    const { outcome } = start(inner, clock);
    for (let second = 1; second < 120; second += 1) {
      clock.advance(1_000);
      inner.say('.');
    }
    expect(inner.signal().aborted).toBe(false);
    clock.advance(1_000);
    expect(await outcome).toMatchObject({ kind: 'total' });
  });

  it('take an empty piece for none', async () => {
    const clock = createFakeClock();
    const inner = played();
    const { outcome, heard } = start(inner, clock);
    clock.advance(20_000);
    inner.say('');
    clock.advance(10_000);
    expect(await outcome).toMatchObject({ kind: 'first_token' });
    expect(heard).toEqual([]);
  });

  it('let nothing through once a watchdog has bitten, though the provider talks on and ends', async () => {
    const clock = createFakeClock();
    const inner = played();
    const { outcome, heard } = start(inner, clock);
    inner.say('a');
    clock.advance(20_000);
    inner.say('b');
    inner.end.resolve(whole);
    expect(await outcome).toMatchObject({ kind: 'idle' });
    expect(heard).toEqual(['a']);
  });

  it('reject as aborted when the caller withdraws, though the provider ignores it', async () => {
    const clock = createFakeClock();
    const inner = played();
    const caller = new AbortController();
    const { outcome, heard } = start(inner, clock, caller.signal);
    inner.say('a');
    caller.abort();
    inner.say('b');
    expect(await outcome).toMatchObject({ kind: 'aborted' });
    expect(heard).toEqual(['a']);
    expect(inner.signal().aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('ask nothing for a caller who has withdrawn already', async () => {
    const inner = played();
    const { outcome } = start(inner, createFakeClock(), AbortSignal.abort());
    expect(await outcome).toMatchObject({ kind: 'aborted' });
    expect(inner.asked).toBe(0);
  });

  it('pass on the answer, and leave no timer and no listener behind', async () => {
    const clock = createFakeClock();
    const inner = played();
    const caller = new AbortController();
    const { outcome, heard } = start(inner, clock, caller.signal);
    inner.say('a');
    inner.end.resolve(whole);
    expect(await outcome).toEqual(whole);
    inner.say('late');
    caller.abort();
    expect(heard).toEqual(['a']);
    expect(inner.signal().aborted).toBe(false);
    expect(clock.pending).toBe(0);
  });

  it('set no timer for a piece', async () => {
    const clock = createFakeClock();
    const inner = played();
    const { outcome } = start(inner, clock);
    for (let count = 0; count < 1_000; count += 1) inner.say('.');
    expect(clock.pending).toBe(1);
    inner.end.resolve(whole);
    await outcome;
  });

  it('pass on an LlmError as it is', async () => {
    const inner = played();
    const { outcome } = start(inner, createFakeClock());
    const limited = new LlmError('rate_limited', 'Slow down.', { retryAfterMs: 7 });
    inner.end.reject(limited);
    expect(await outcome).toBe(limited);
  });

  it('turn a foreign error into unavailable, without its text', async () => {
    const inner = played();
    const { outcome } = start(inner, createFakeClock());
    inner.end.reject(new TypeError('the key is sk-canary'));
    const error = await outcome;
    expect(error).toMatchObject({ kind: 'unavailable', cause: { name: 'TypeError' } });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('canary');
  });

  it('turn a provider that throws at once, or throws what is no error, into one that rejects', async () => {
    const inner = played();
    const watched = withWatchdogs(
      {
        ...inner.provider,
        ask() {
          throw 'odd';
        },
      },
      limits,
      createFakeClock(),
    );
    await expect(watched.ask(request, () => undefined, new AbortController().signal)).rejects.toMatchObject({
      kind: 'unavailable',
      cause: { name: 'string' },
    });
  });

  it('say that a provider is unwell after three stalls in a row, which it does not see itself', async () => {
    const clock = createFakeClock();
    const inner = played();
    const watched = withWatchdogs(inner.provider, { ...limits, firstTokenMs: 1_000 }, clock);
    for (let count = 0; count < 3; count += 1) {
      expect(watched.health()).toEqual({ ok: true });
      const outcome = watched.ask(request, () => undefined, new AbortController().signal).catch((e: unknown) => e);
      clock.advance(1_000);
      await outcome;
    }
    expect(watched.health()).toEqual({ ok: false, reason: 'the last 3 calls failed (first_token)' });
    inner.end.resolve(whole);
    await watched.ask(request, () => undefined, new AbortController().signal);
    expect(watched.health()).toEqual({ ok: true });
  });

  it('keep the name, the models, the health and the end of the provider', async () => {
    const inner = played();
    const watched = withWatchdogs(inner.provider, limits, createFakeClock());
    expect([watched.name, watched.models]).toEqual(['played', [{ id: 'm', name: 'M' }]]);
    inner.isOk = false;
    expect(watched.health()).toEqual({ ok: false, reason: 'unplugged' });
    await watched.close();
    expect(inner.closed).toBe(true);
  });
});
