// A frame becomes one handler call, and whatever is thrown exactly one error frame.
import { describe, expect, it } from 'vitest';
import { WireError } from '../../../src/protocol/errors.js';
import { createDispatcher } from '../../../src/server/dispatch/dispatcher.js';
import { LlmError } from '../../../src/server/ports/llm.js';
import { StoreError } from '../../../src/server/ports/store.js';
import { recordingLog } from '../../helpers/app.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { createFakeMeter } from '../../helpers/fake-meter.js';
import { dispatched, type FakeSource, fakeSource, scriptedChat } from '../../helpers/fake-source.js';
import { brokenBounds } from '../../helpers/frame-bounds.js';

function made(limits = { messagesPerMinute: 1_000, actionsPerMinute: 1_000 }) {
  const chat = scriptedChat();
  const log = recordingLog();
  const meter = createFakeMeter();
  const dispatcher = createDispatcher(limits, { chat, clock: createFakeClock(), log, meter });
  const send = (source: FakeSource, frame: unknown) =>
    dispatched(dispatcher, source, Buffer.isBuffer(frame) ? frame : Buffer.from(JSON.stringify(frame)));
  return { chat, log, meter, dispatcher, send };
}

const hello = { type: 'user_message', content: 'hello', message_id: 'm' };

describe('M10: a frame that fails', () => {
  const causes: [string, unknown, Record<string, unknown>][] = [
    [
      'a wire error',
      new WireError('NOT_FOUND', 'There is none.'),
      { code: 'NOT_FOUND', message: 'There is none.', recoverable: true },
    ],
    [
      'a store that is away',
      new StoreError('unavailable', 'SECRET'),
      { code: 'DATABASE_ERROR', recoverable: true, retry_after: 2_000 },
    ],
    ['a model that fails', new LlmError('first_token', 'SECRET'), { code: 'LLM_TIMEOUT', recoverable: true }],
    ['a bug', new TypeError('SECRET'), { code: 'SERVICE_ERROR', recoverable: true }],
    ['something thrown that is no error', 'SECRET', { code: 'SERVICE_ERROR', recoverable: true }],
  ];
  it.each(causes)(
    'for %s gets exactly one error frame, with its message id and without detail',
    async (_, cause, error) => {
      const { chat, meter, send } = made();
      const source = fakeSource();
      chat.failure = cause;
      await send(source, hello);
      expect(source.frames).toMatchObject([{ type: 'error', session_id: 'session-1', message_id: 'm', error }]);
      expect(JSON.stringify(source.frames)).not.toContain('SECRET');
      expect(brokenBounds(source.frames[0] ?? { type: 'pong', timestamp: '' })).toEqual([]);
      expect(source.closedWith).toBeNull();
      expect(meter.calls).toEqual(['frameReceived()', `frameFailed(${error.code})`]);
    },
  );

  it('R22: is told to its socket alone', async () => {
    const { send } = made();
    const [mine, other] = [fakeSource(), fakeSource()];
    await send(mine, { type: 'nonsense' });
    expect([mine.frames.length, other.frames.length]).toEqual([1, 0]);
  });

  it('for an unknown reason is logged, for a known one it is not', async () => {
    const { chat, log, send } = made();
    chat.failure = new TypeError('what went wrong');
    await send(fakeSource(), hello);
    expect(log.lines).toMatchObject([{ level: 'error', event: 'frame_failed', error: chat.failure }]);
    chat.failure = new WireError('NOT_FOUND', 'x');
    await send(fakeSource(), hello);
    expect(log.lines).toHaveLength(1);
    chat.failure = new StoreError('full', 'x');
    await send(fakeSource(), hello);
    expect(log.lines).toMatchObject([{}, { level: 'warn', facts: { code: 'DATABASE_ERROR' } }]);
  });

  it('for good closes its socket after the frame', async () => {
    const { chat, send } = made();
    const source = fakeSource();
    chat.failure = new WireError('UNAUTHORIZED', 'No.', { recoverable: false });
    await send(source, hello);
    expect(source.frames).toMatchObject([{ error: { code: 'UNAUTHORIZED', recoverable: false } }]);
    expect(source.closedWith).toBe(1008);
  });

  it.each([
    ['no UTF-8', Buffer.from([0xff, 0xfe, 0x7b]), 'INVALID_FORMAT'],
    ['no JSON', Buffer.from('{"type":'), 'INVALID_FORMAT'],
    ['nothing', Buffer.alloc(0), 'INVALID_FORMAT'],
    ['an array', [], 'INVALID_FORMAT'],
    ['null', null, 'INVALID_FORMAT'],
    ['a string', 'user_message', 'INVALID_FORMAT'],
    ['no type', { content: 'x' }, 'MISSING_FIELD'],
    ['an empty type', { type: '' }, 'MISSING_FIELD'],
    ['a type that is null', { type: null }, 'MISSING_FIELD'],
    ['a type that is a number', { type: 5 }, 'INVALID_FORMAT'],
    ['an unknown type', { type: 'constructor' }, 'INVALID_FORMAT'],
    ['a type of the other direction', { type: 'message_ack' }, 'INVALID_FORMAT'],
    ['no content', { type: 'user_message' }, 'MISSING_FIELD'],
    ['content of white space', { type: 'user_message', content: ' \u0000 ' }, 'MISSING_FIELD'],
    ['content that is an object', { type: 'user_message', content: {} }, 'INVALID_FORMAT'],
    ['too much content', { type: 'user_message', content: 'x'.repeat(10_001) }, 'INVALID_FORMAT'],
    ['a session id that is too long', { type: 'ping', session_id: 'x'.repeat(129) }, 'INVALID_FORMAT'],
    ['a resume without a place', { type: 'resume', session_id: 's' }, 'MISSING_FIELD'],
    [
      'a resume from a place before the first',
      { type: 'resume', session_id: 's', metadata: { last_seq: -1 } },
      'INVALID_FORMAT',
    ],
  ])('with %s gets one clear error, and the core hears nothing', async (_, frame, code) => {
    const { chat, send } = made();
    const source = fakeSource();
    await send(source, frame);
    expect(source.frames).toMatchObject([{ type: 'error', error: { code, recoverable: true } }]);
    expect(chat.calls).toEqual([]);
  });

  it('with a message id that is none gets an error without it', async () => {
    const { send } = made();
    for (const id of [5, '', 'x'.repeat(129), null]) {
      const source = fakeSource();
      await send(source, { type: 'user_message', content: {}, message_id: id });
      expect(source.frames[0]).not.toHaveProperty('message_id');
    }
  });
});

describe('a frame that is understood', () => {
  it.each([
    [
      { ...hello, content: ' hello ', metadata: { n: 1 } },
      ['say', { content: 'hello', sessionId: undefined, messageId: 'm', modelId: undefined, metadata: { n: '1' } }],
    ],
    [
      { type: 'file_upload', file_id: 'f', file_url: 'https://files.example.com/f' },
      ['shareFile', { content: '', fileId: 'f', fileUrl: 'https://files.example.com/f' }],
    ],
    [{ type: 'model_select', model_id: 'echo', session_id: 's' }, ['selectModel', 's', 'echo']],
    [{ type: 'help_request' }, ['requestHelp', undefined]],
    [{ type: 'cancel', turn_id: 't' }, ['cancel', undefined, 't']],
    [{ type: 'retry', session_id: '' }, ['retry', undefined]],
    [{ type: 'typing_indicator', session_id: null }, ['typing', undefined]],
    [
      { type: 'resume', session_id: 's', metadata: { last_seq: '4', turn_id: 't', index: 2 } },
      ['resume', { sessionId: 's', lastSeq: 4, turnId: 't', index: 2 }],
    ],
  ])('%j becomes one call of the core', async (frame, call) => {
    const { chat, send } = made();
    const source = fakeSource();
    await send(source, frame);
    expect(chat.calls).toEqual([call]);
    expect(source.frames).toEqual([]);
  });

  it('ping is answered, with its id', async () => {
    const { send } = made();
    const source = fakeSource();
    await send(source, { type: 'ping', message_id: 'p' });
    expect(source.frames).toMatchObject([{ type: 'pong', message_id: 'p', session_id: 'session-1' }]);
  });

  it('token_refresh reaches the socket, and the token no error', async () => {
    const { send } = made();
    const source = fakeSource();
    await send(source, { type: 'token_refresh', metadata: { token: 'abc.def' } });
    expect(source.tokens).toEqual(['abc.def']);
    await send(source, { type: 'token_refresh', metadata: { token: 'SECRET'.repeat(2_000) } });
    expect(source.frames).toMatchObject([{ error: { code: 'INVALID_FORMAT' } }]);
    expect(JSON.stringify(source.frames)).not.toContain('SECRET');
  });

  it('R27: what is not offered is said: voice', async () => {
    const { send } = made();
    const source = fakeSource();
    await send(source, { type: 'voice_message', file_id: 'f', file_url: 'https://files.example.com/f' });
    expect(source.frames).toMatchObject([{ error: { code: 'SERVICE_ERROR' } }]);
  });

  it('what an admin asks reaches the core with its fields, words for yes and numbers among them', async () => {
    const { chat, send } = made();
    const admin = fakeSource({ isAdmin: true });
    const at = { session_id: 's', message_id: 'm' };
    await send(admin, {
      type: 'admin_join',
      ...at,
      metadata: { force: 'true', last_seq: '4', turn_id: 't', index: 2 },
    });
    await send(admin, { type: 'admin_join', ...at, metadata: { force: false, rejoin: true, other: 'x' } });
    await send(admin, { type: 'admin_join', ...at, metadata: null });
    await send(admin, { type: 'admin_watch', ...at, metadata: { last_seq: 0 } });
    await send(admin, { type: 'admin_message', ...at, content: ' hi ' });
    await send(admin, { type: 'admin_whisper', content: 'be brief' });
    await send(admin, { type: 'admin_leave' });
    const named = { sessionId: 's', messageId: 'm' };
    expect(admin.frames).toEqual([]);
    expect(chat.calls).toEqual([
      ['join', { ...named, force: true, lastSeq: 4, turnId: 't', index: 2 }],
      ['join', { ...named, force: false, rejoin: true }],
      ['join', named],
      ['watch', { ...named, lastSeq: 0 }],
      ['sayAsAdmin', { ...named, content: 'hi', modelId: undefined, metadata: undefined }],
      ['whisper', { sessionId: undefined, messageId: undefined, content: 'be brief' }],
      ['leave', { sessionId: undefined, messageId: undefined, note: undefined }],
    ]);
  });

  it('an admin frame that lacks its session or its words, or is not of its form, is one error', async () => {
    const { chat, send } = made();
    const admin = fakeSource({ isAdmin: true });
    const frames = [
      { type: 'admin_join' },
      { type: 'admin_watch', session_id: ' ' },
      { type: 'admin_message', session_id: 's' },
      { type: 'admin_whisper', session_id: 's', content: '  ' },
      { type: 'admin_join', session_id: 's', metadata: { force: 'perhaps' } },
      { type: 'admin_join', session_id: 's', metadata: { last_seq: -1 } },
      { type: 'admin_join', session_id: 's'.repeat(129) },
      { type: 'admin_leave', content: 'x'.repeat(10_001) },
      { type: 'admin_whisper', session_id: 's', content: 'x'.repeat(10_001) },
    ];
    for (const frame of frames) await send(admin, frame);
    expect(admin.frames.map(({ error }) => error?.code)).toEqual([
      ...Array(4).fill('MISSING_FIELD'),
      ...Array(5).fill('INVALID_FORMAT'),
    ]);
    expect(chat.calls).toEqual([]);
  });
});

describe('a socket', () => {
  it('that could not be attached is told why and closed, to come back later', async () => {
    const { chat, dispatcher } = made();
    const source = fakeSource();
    chat.failure = new StoreError('unavailable', 'SECRET');
    await dispatcher.opened(source, {});
    expect(source.frames).toMatchObject([
      { error: { code: 'DATABASE_ERROR', recoverable: false, retry_after: 2_000 } },
    ]);
    expect(source.closedWith).toBe(1013);
  });

  it('is attached when it opens and detached when it closes', async () => {
    const { chat, dispatcher } = made();
    const source = fakeSource();
    await dispatcher.opened(source, { sessionId: 's' });
    dispatcher.closed(source);
    expect(chat.calls).toEqual([['attach', { sessionId: 's' }], ['detach']]);
  });
});

describe('the rate limit', () => {
  it('is one for all devices of a user, says when to come back, and is told before the frame is looked at', async () => {
    const { chat, meter, send } = made({ messagesPerMinute: 2, actionsPerMinute: 1 });
    const [phone, desk, bob] = [fakeSource(), fakeSource(), fakeSource({ id: 'bob' })];
    await send(phone, hello);
    await send(desk, hello);
    await send(desk, { type: 'user_message', message_id: 'third' });
    const [error] = desk.frames;
    expect(error).toMatchObject({ message_id: 'third', error: { code: 'TOO_MANY_REQUESTS', recoverable: true } });
    expect(error?.error?.retry_after).toBeGreaterThan(0);
    expect(error?.error?.retry_after).toBeLessThanOrEqual(60_000);
    await send(bob, hello);
    await send(phone, { type: 'retry' });
    await send(phone, { type: 'help_request' });
    expect(phone.frames).toMatchObject([{ error: { code: 'TOO_MANY_REQUESTS' } }]);
    expect(chat.calls.map(([name]) => name)).toEqual(['say', 'say', 'say', 'retry']);
    expect(meter.calls.filter((call) => call.startsWith('rateLimited'))).toEqual([
      'rateLimited(messages)',
      'rateLimited(actions)',
    ]);
  });

  it('never keeps a user from stopping an answer, typing or pinging', async () => {
    const { chat, send } = made({ messagesPerMinute: 1, actionsPerMinute: 1 });
    const source = fakeSource();
    for (let count = 0; count < 50; count += 1) {
      for (const type of ['cancel', 'typing_indicator', 'ping']) await send(source, { type });
    }
    expect(source.of('error')).toEqual([]);
    expect(chat.calls).toHaveLength(100);
  });
});
