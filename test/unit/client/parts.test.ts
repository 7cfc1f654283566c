// Station: test/unit/client. The small pure parts: URLs, frames off the wire, comebacks, refusals, history.
import { describe, expect, it } from 'vitest';
import { ChatError } from '../../../src/client/chat-error.js';
import { afterClose, afterRefusal, delayBefore } from '../../../src/client/comeback.js';
import { httpUrl, socketUrl } from '../../../src/client/endpoint.js';
import { fetchHistory, fetchSessions } from '../../../src/client/history.js';
import { equip } from '../../../src/client/options.js';
import { parseFrame } from '../../../src/client/parse-frame.js';
import { platformWebSocket } from '../../../src/client/platform.js';
import { whyRefused } from '../../../src/client/refusal.js';
import type { RequestContext } from '../../../src/client/request.js';
import { defaultSettings } from '../../../src/client/settings.js';
import { createFakeClock } from '../../helpers/fake-clock.js';

const nowhere = { sessionId: null, isNew: false, lastSeq: null, turnId: null, index: 0 };

describe('URLs', () => {
  it('keep the prefix and carry the position, never a token', () => {
    expect(socketUrl('https://chat.example/chatbox/', nowhere)).toBe('wss://chat.example/chatbox/ws');
    const position = { sessionId: 's 1', isNew: false, lastSeq: 4, turnId: 't:1', index: 12 };
    expect(socketUrl('http://h:1/a/b?token=x#y', position)).toBe(
      'ws://h:1/a/b/ws?session_id=s+1&last_seq=4&turn_id=t%3A1&index=12',
    );
    expect(socketUrl('http://h/p', { ...nowhere, isNew: true })).toBe('ws://h/p/ws?new=1');
  });

  it('escape what stands in a path and leave absent parameters out', () => {
    expect(httpUrl('wss://h/p', ['sessions', 'a/../b'], { before: 3, limit: undefined })).toBe(
      'https://h/p/sessions/a%2F..%2Fb?before=3',
    );
  });
});

describe('text off the wire', () => {
  it.each(['', '{', '[]', 'null', '1', '{"type":1}', '{}'])('that is no frame is none: %s', (text) => {
    expect(parseFrame(text)).toBeNull();
  });

  it('that is not text is none', () => {
    expect(parseFrame(new ArrayBuffer(2))).toBeNull();
  });

  it('loses fields of the wrong kind and keeps the others', () => {
    const text = JSON.stringify({
      type: 'x',
      seq: 1.5,
      index: 'a',
      content: 7,
      metadata: { a: 1 },
      models: [{}],
      error: 'no',
      sender: 'ai',
    });
    expect(parseFrame(text)).toEqual({ type: 'x', sender: 'ai' });
  });
});

describe('after a close', () => {
  const closed = (code: number) => afterClose({ kind: 'closed', code, isReady: true }, 700);

  it.each([1000, 1001, 1006, 1012, 1013, 4000, 4408, 4499])('%i comes back when it was told', (code) => {
    expect(closed(code)).toMatchObject({ kind: 'again', hintMs: 700, needsFreshToken: false });
  });

  it('4401 comes back with another token only, at once', () => {
    expect(closed(4401)).toMatchObject({ kind: 'again', hintMs: null, needsFreshToken: true });
  });

  it.each([1002, 1008, 1009, 4500, 4503, 4999])('%i stays away', (code) => {
    expect(closed(code)).toMatchObject({ kind: 'stop', reason: 'forbidden' });
  });

  it('comes back from silence', () => {
    expect(afterClose({ kind: 'silent', isReady: true }, null)).toMatchObject({ kind: 'again' });
  });

  it('waits the hint and a jitter that grows to its cap', () => {
    const most = { bytes: (length: number) => new Uint8Array(length), fraction: () => 1 };
    const delays = [0, 1, 2, 20].map((attempt) => delayBefore(attempt, null, defaultSettings, most));
    expect(delays).toEqual([500, 1_000, 2_000, 30_000]);
    expect(delayBefore(0, 1_500, defaultSettings, most)).toBe(2_000);
    expect(delayBefore(0, 86_400_000, defaultSettings, most)).toBe(300_500);
  });
});

function answering(status: number, body: unknown, headers: Record<string, string> = {}): RequestContext {
  return {
    server: 'http://h/p',
    clock: createFakeClock(),
    requestTimeoutMs: 50,
    fetch: async () => ({ status, headers: { get: (name) => headers[name] ?? null }, json: async () => body }),
  };
}

describe('a refused upgrade, asked about over HTTP', () => {
  it.each([
    [401, { error: 'expired' }, { kind: 'token', message: 'expired' }],
    [
      403,
      { error: 'no', message: 'this origin is not allowed' },
      { kind: 'forbidden', message: 'this origin is not allowed' },
    ],
    [429, { message: 'too many' }, { kind: 'passing', message: 'too many', retryAfterMs: 3_000 }],
    [503, null, { kind: 'passing', message: 'The server answered with status 503.', retryAfterMs: 3_000 }],
    [400, {}, { kind: 'passing', message: 'The connection was cut before it was open.' }],
    [404, {}, { kind: 'passing', message: 'There is no chat under this address: is the path prefix right?' }],
    [500, {}, { kind: 'passing', message: 'The server answered with status 500.' }],
  ])('%i', async (status, body, refusal) => {
    expect(await whyRefused(answering(status, body, { 'retry-after': '3' }), 't')).toMatchObject(refusal);
  });

  it('that nobody answers is passing', async () => {
    const context = { ...answering(0, null), fetch: () => Promise.reject(new Error('refused')) };
    expect(await whyRefused(context, 't')).toMatchObject({ kind: 'passing', message: "The server can't be reached." });
  });

  it('becomes a comeback', () => {
    expect(afterRefusal({ kind: 'token', message: 'm' })).toMatchObject({ kind: 'again', needsFreshToken: true });
    expect(afterRefusal({ kind: 'forbidden', message: 'm' })).toMatchObject({
      kind: 'stop',
      reason: 'forbidden',
      message: 'm',
    });
    expect(afterRefusal({ kind: 'passing', message: 'm', retryAfterMs: 9 })).toMatchObject({
      kind: 'again',
      hintMs: 9,
    });
  });
});

describe('history over HTTP', () => {
  it('reads messages with how they ended, and passes over rows it can not place', async () => {
    const page = await fetchHistory(
      answering(200, {
        name: 'Taxes',
        model_id: 'echo',
        truncated: true,
        messages: [
          { seq: 1, content: 'hi', sender: 'user', timestamp: 'x', message_id: 'm1' },
          { seq: 3, content: 'ho', sender: 'ai', timestamp: 'y', type: 'ai_response', metadata: { end: 'cancelled' } },
          { content: 'no place' },
          7,
        ],
      }),
      't',
      's',
      {},
    );
    expect(page).toMatchObject({ name: 'Taxes', modelId: 'echo', isTruncated: true });
    expect(page.messages.map(({ seq, sender, end }) => [seq, sender, end])).toEqual([
      [1, 'user', null],
      [3, 'ai', 'cancelled'],
    ]);
  });

  it('lists sessions, and reads an answer without any as empty', async () => {
    const rows = [{ id: 'a', name: 'A', is_active: true, message_count: 2, last_activity: 'z' }, {}, null];
    const { sessions, nextCursor } = await fetchSessions(answering(200, { sessions: rows, next_cursor: 'c' }), 't');
    expect(sessions).toEqual([{ id: 'a', name: 'A', isActive: true, messageCount: 2, lastActivity: 'z' }]);
    expect(nextCursor).toBe('c');
    expect(await fetchSessions(answering(200, {}), 't')).toEqual({ sessions: [], nextCursor: null });
    expect((await fetchHistory(answering(200, {}), 't', 's', {})).messages).toEqual([]);
  });

  it('rejects with the status, the sentence and when to come back', async () => {
    const refused = await fetchSessions(answering(429, { message: 'slow' }, { 'retry-after': '2' }), 't').catch(
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'refused', status: 429, message: 'slow', retryAfterMs: 2_000 });
  });

  it('gives up at its deadline', async () => {
    const clock = createFakeClock();
    const hanging: RequestContext = {
      ...answering(0, null),
      clock,
      fetch: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    };
    const asked = fetchSessions(hanging, 't').catch((error: unknown) => error);
    await clock.advanceAsync(50);
    expect(await asked).toMatchObject({
      code: 'unreachable',
      message: "The server can't be reached: no answer within 50 ms.",
    });
  });
});

describe('a client', () => {
  it('can not be made without a WebSocket or for something that is no URL', () => {
    const given = { server: 'not a url', token: 't', WebSocket: class {} as never };
    expect(() => equip(given)).toThrow(ChatError);
    const without = { server: 'http://h/p', token: 't' };
    if (platformWebSocket() === null) expect(() => equip(without)).toThrow(/no WebSocket/);
    else expect(equip(without).server).toBe('http://h/p');
  });
});
