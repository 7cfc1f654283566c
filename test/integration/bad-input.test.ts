import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inboundSchemas } from '../../src/protocol/inbound.js';
import { limits } from '../../src/protocol/limits.js';
import { outboundSchema } from '../../src/protocol/outbound.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { connect } from '../helpers/wire-client.js';

let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(async () => {
  await app.stop();
});

const user = (fields: Record<string, unknown>) => JSON.stringify({ type: 'user_message', content: 'x', ...fields });

describe('bad input', () => {
  const cases: [string, string | Buffer, string][] = [
    ['not JSON', '{nope', 'INVALID_FORMAT'],
    ['an array', '[1,2]', 'INVALID_FORMAT'],
    ['a string', '"hello"', 'INVALID_FORMAT'],
    ['null', 'null', 'INVALID_FORMAT'],
    ['empty', '', 'INVALID_FORMAT'],
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 'INVALID_FORMAT'],
    ['no type', '{"content":"x"}', 'MISSING_FIELD'],
    ['a type that is none', '{"type":7}', 'INVALID_FORMAT'],
    ['an unknown type', '{"type":"ai_response"}', 'INVALID_FORMAT'],
    ['a type of Object.prototype', '{"type":"constructor"}', 'INVALID_FORMAT'],
    ['no content', '{"type":"user_message"}', 'MISSING_FIELD'],
    ['content that is no string', user({ content: 7 }), 'INVALID_FORMAT'],
    ['content over its bound', user({ content: 'é'.repeat(limits.content + 1) }), 'INVALID_FORMAT'],
    ['an emoji too many', user({ content: '👩'.repeat(limits.content + 1) }), 'INVALID_FORMAT'],
    ['a session id over its bound', user({ session_id: 's'.repeat(limits.sessionId + 1) }), 'INVALID_FORMAT'],
    ['a message id over its bound', user({ message_id: 'm'.repeat(limits.messageId + 1) }), 'INVALID_FORMAT'],
    ['a model id over its bound', user({ model_id: 'm'.repeat(limits.modelId + 1) }), 'INVALID_FORMAT'],
    [
      'too many metadata keys',
      user({
        metadata: Object.fromEntries(Array.from({ length: limits.metadataKeys + 1 }, (_, at) => [`k${at}`, 'v'])),
      }),
      'INVALID_FORMAT',
    ],
    [
      'a metadata key over its bound',
      user({ metadata: { ['k'.repeat(limits.metadataKey + 1)]: 'v' } }),
      'INVALID_FORMAT',
    ],
    [
      'a metadata value over its bound',
      user({ metadata: { k: 'v'.repeat(limits.metadataValue + 1) } }),
      'INVALID_FORMAT',
    ],
    ['metadata that is nested', user({ metadata: { k: { deep: 1 } } }), 'INVALID_FORMAT'],
    ['a file without a URL', '{"type":"file_upload","file_id":"f"}', 'MISSING_FIELD'],
    ['a last_seq below zero', '{"type":"resume","session_id":"s","metadata":{"last_seq":-1}}', 'INVALID_FORMAT'],
  ];

  it('gets one clear error each; the socket lives and other sockets notice nothing', async () => {
    const witness = await connect(app, 'ada');
    const clumsy = await connect(app, 'ada');
    for (const [what, data, code] of cases) {
      clumsy.sendRaw(data);
      const frame = await clumsy.until(what, ({ type }) => type === 'error');
      expect(frame.error?.code, what).toBe(code);
      expect(frame.error?.recoverable, what).toBe(true);
      expect(frame.error?.message.length, what).toBeGreaterThan(10);
      expect(frame.error?.message, what).not.toMatch(/Invalid input|expected|>=/);
    }
    clumsy.send({ type: 'ping' });
    await clumsy.until('pong', ({ type }) => type === 'pong');
    expect(clumsy.frames.filter(({ type }) => type === 'error')).toHaveLength(cases.length);
    expect(witness.frames).toHaveLength(1);
  });

  it('M10: an error reaches the client once, for each code that a frame can cause', async () => {
    const ada = await connect(app, 'ada');
    const causes: Record<string, object> = {
      INVALID_FORMAT: { type: 'nope' },
      MISSING_FIELD: { type: 'user_message' },
      NOT_FOUND: { type: 'retry' },
      INSUFFICIENT_PERMISSIONS: { type: 'admin_watch' },
      INVALID_TOKEN: { type: 'token_refresh', metadata: { token: 'bad' } },
      SERVICE_ERROR: { type: 'voice_message', file_id: 'f', file_url: 'https://files.example.com/f' },
    };
    for (const [code, frame] of Object.entries(causes)) {
      const before = ada.frames.length;
      ada.send(frame as Record<string, unknown>);
      ada.send({ type: 'ping' });
      await ada.until('pong', ({ type }) => type === 'pong');
      const since = ada.frames.slice(before);
      expect(since.map(({ type, error }) => error?.code ?? type)).toEqual([code, 'pong']);
    }
  });

  it('takes a binary frame that holds UTF-8 JSON like a text frame', async () => {
    const ada = await connect(app, 'ada');
    ada.sendRaw(Buffer.from(user({ content: 'binary', message_id: 'b' })));
    await ada.until('ack', ({ type, message_id }) => type === 'message_ack' && message_id === 'b');
  });

  it('closes with 1009 over a mebibyte, and the other device goes on', async () => {
    const witness = await connect(app, 'ada');
    const ada = await connect(app, 'ada');
    ada.sendRaw(Buffer.alloc(limits.frameBytes + 1, 0x20));
    expect(await ada.closed).toBe(1009);
    witness.send({ type: 'ping' });
    await witness.until('pong', ({ type }) => type === 'pong');
  });

  it('L1: refuses file URLs that are not https, carry credentials or name a private host', async () => {
    const ada = await connect(app, 'ada');
    const hostile = [
      'http://files.example.com/f',
      'ftp://files.example.com/f',
      'javascript:alert(1)',
      'https://user:pass@files.example.com/f',
      'https://localhost/f',
      'https://sub.localhost/f',
      'https://127.0.0.1/f',
      'https://2130706433/f',
      'https://0x7f.1/f',
      'https://10.1.2.3/f',
      'https://169.254.169.254/latest/meta-data',
      'https://192.168.1.1/f',
      'https://[::1]/f',
      'https://[::ffff:10.0.0.1]/f',
      'https://[fd00::1]/f',
      'https://[fe80::1]/f',
      'https://intranet/f',
      'not a url',
    ];
    for (const url of hostile) {
      ada.send({ type: 'file_upload', file_id: 'f', file_url: url });
      const frame = await ada.until(url, ({ type }) => type === 'error' || type === 'message_ack');
      expect(frame.error?.code, url).toBe('INVALID_FORMAT');
      expect(frame.error?.message, url).not.toContain(url);
    }
    ada.send({ type: 'file_upload', file_id: 'f', file_url: 'https://files.example.com/f?sig=1', message_id: 'good' });
    await ada.until('ack', ({ type }) => type === 'message_ack');
  });

  it('ten thousand random frames leave no unhandled rejection and flat memory', { timeout: 120_000 }, async () => {
    await app.stop();
    const model = gatedModel();
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    app = await startApp({ providers: [model.provider] });
    const seed = Date.now() % 2 ** 31;
    process.stdout.write(`fuzz seed ${seed}\n`);
    const ada = await connect(app, 'ada');
    const bob = await connect(app, 'bob');
    bob.send({ type: 'user_message', content: 'mine', message_id: 'mine' });
    await bob.until('ack', ({ type }) => type === 'message_ack');

    const ids = fc.constantFrom('', 'made-up', ada.sessionId(), bob.sessionId(), 's'.repeat(200));
    const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer(), fc.boolean(), fc.constant(null));
    const frame = fc.record(
      {
        type: fc.oneof(
          fc.constantFrom(...Object.keys(inboundSchemas).filter((type) => type !== 'user_message')),
          fc.constant('user_message'),
          fc.string(),
        ),
        session_id: fc.oneof(ids, value),
        content: fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), value),
        message_id: fc.oneof(fc.uuid(), value),
        model_id: fc.oneof(fc.constant('gated'), value),
        file_id: value,
        file_url: fc.oneof(fc.webUrl({ validSchemes: ['https'] }), value),
        turn_id: value,
        metadata: fc.oneof(
          fc.dictionary(fc.string(), value, { maxKeys: 40 }),
          fc.record({ last_seq: fc.integer() }),
          value,
        ),
        sender: value,
      },
      { requiredKeys: [] },
    );
    const sample = fc.sample(
      fc.oneof(
        { weight: 8, arbitrary: frame.map((fields) => JSON.stringify(fields)) },
        { weight: 1, arbitrary: fc.json() },
        { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      ),
      { seed, numRuns: 10_000 },
    );

    const memory: number[] = [];
    for (let at = 0; at < sample.length; at += 500) {
      for (const text of sample.slice(at, at + 500)) ada.sendRaw(text);
      const before = ada.frames.filter(({ type }) => type === 'pong').length;
      ada.send({ type: 'ping' });
      await eventually(() => ada.frames.filter(({ type }) => type === 'pong').length > before, {
        timeoutMs: 30_000,
        what: `the pong after ${at + 500} frames`,
      });
      memory.push(process.memoryUsage().heapUsed);
    }
    for (const sent of ada.frames) {
      const parsed = outboundSchema.safeParse(sent);
      expect(parsed.success, JSON.stringify(parsed.error?.issues)).toBe(true);
    }
    expect(unhandled).toEqual([]);
    expect(bob.frames.filter(({ type }) => type === 'error')).toEqual([]);
    const { body } = await app.http('bob', 'GET', `/sessions/${bob.sessionId()}`);
    expect(body.messages).toHaveLength(1);
    // The test keeps every frame that came; the server keeps none. 10,000 frames of a few hundred bytes are the test's own.
    expect(Math.min(...memory.slice(-4)) - Math.min(...memory.slice(0, 4))).toBeLessThan(64 * 1_048_576);
    process.off('unhandledRejection', note);
  });
});
