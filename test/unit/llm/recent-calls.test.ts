// Station: test/unit. What the last calls tell of a provider.
import { describe, expect, it } from 'vitest';
import { createRecentCalls } from '../../../src/server/llm/recent-calls.js';
import { createFakeClock } from '../../helpers/fake-clock.js';

describe('the health of a provider', () => {
  it('is good before the first call, and after two failures', () => {
    const calls = createRecentCalls(createFakeClock());
    expect(calls.health()).toEqual({ ok: true });
    calls.failed('connect');
    calls.failed('connect');
    expect(calls.health()).toEqual({ ok: true });
  });

  it.each(['connect', 'auth', 'unavailable', 'first_token', 'idle', 'total'] as const)(
    'is bad after three failures in a row by %s',
    (kind) => {
      const calls = createRecentCalls(createFakeClock());
      for (let count = 0; count < 3; count += 1) calls.failed(kind);
      expect(calls.health()).toEqual({ ok: false, reason: `the last 3 calls failed (${kind})` });
    },
  );

  it.each(['cut', 'rate_limited', 'rejected', 'too_long', 'empty'] as const)(
    'is good again after %s, since the endpoint was reached',
    (kind) => {
      const calls = createRecentCalls(createFakeClock());
      for (let count = 0; count < 3; count += 1) calls.failed('connect');
      calls.failed(kind);
      expect(calls.health()).toEqual({ ok: true });
    },
  );

  it('is not touched by a question that was withdrawn', () => {
    const calls = createRecentCalls(createFakeClock());
    for (let count = 0; count < 3; count += 1) calls.failed('connect');
    calls.failed('aborted');
    expect(calls.health().ok).toBe(false);
  });

  it('is good again after a success, and a minute after the first of the failures', () => {
    const clock = createFakeClock();
    const calls = createRecentCalls(clock);
    for (let count = 0; count < 3; count += 1) calls.failed('auth');
    clock.advance(60_000);
    expect(calls.health().ok).toBe(false);
    clock.advance(1);
    expect(calls.health().ok).toBe(true);
    for (let count = 0; count < 3; count += 1) calls.failed('auth');
    calls.succeeded();
    expect(calls.health().ok).toBe(true);
  });
});
