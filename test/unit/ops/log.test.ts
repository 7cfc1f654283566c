// Station: test. The log: its lines, and that nothing secret gets into one.
import { describe, expect, it } from 'vitest';
import { WireError } from '../../../src/protocol/errors.js';
import { createLog, type LogLevel } from '../../../src/server/ops/log.js';
import { LlmError } from '../../../src/server/ports/llm.js';
import { StoreError } from '../../../src/server/ports/store.js';
import { createFakeClock } from '../../helpers/fake-clock.js';

function recorded(level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLog({
    level,
    clock: createFakeClock(),
    base: { replica: 'r1' },
    destination: { write: (line) => lines.push(line) },
  });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') };
}

describe('a line', () => {
  it('is one JSON object with level, time of the clock, base, event and facts', () => {
    const { log, lines } = recorded();
    log.info('session_ended', { sessionId: 's1', seq: 7, isIdle: true, reason: null, left: undefined });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: '2026-01-01T00:00:00.000Z',
      replica: 'r1',
      event: 'session_ended',
      sessionId: 's1',
      seq: 7,
      isIdle: true,
      reason: null,
    });
  });

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
    ['fatal', []],
    ['silent', []],
  ] as const)('is written from level %s on', (level, written) => {
    const { log, lines } = recorded(level);
    log.debug('x');
    log.info('x');
    log.warn('x');
    log.error('x');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(written);
  });

  it('does not grow with what it is given', () => {
    const { log, last } = recorded();
    log.info('x', { long: 'a'.repeat(100_000) });
    expect(last().long).toBe(`${'a'.repeat(1_000)}…`);
  });

  it('cannot be ended early by a fact', () => {
    const { log, lines } = recorded();
    log.info('x', { name: 'a\n{"level":"error","event":"forged"}' });
    expect(lines.join('').trimEnd().split('\n')).toHaveLength(1);
  });
});

const canary = 'canary-7f3a';
/** A token, a key and a URL that hold the canary. */
const jwt = `eyJhbGciOiJIUzI1NiJ9.${canary}.signature`;

/** An error whose message quotes what it choked on, as those of libraries do. */
function upstream(): Error {
  const error = new SyntaxError(`Unexpected token in ${canary}\n    at ${canary} (evil.js:1:1)`);
  return Object.assign(error, { code: canary, status: 400, body: canary, headers: { authorization: canary } });
}

describe('an error in a line', () => {
  it('of ours is its name, kind or code, and message', () => {
    const { log, last } = recorded();
    log.error('x', {}, new StoreError('full', 'the store has no room'));
    expect(last().error).toEqual({ name: 'StoreError', kind: 'full', message: 'the store has no room' });
    log.error('x', {}, new LlmError('idle', 'nothing came for 20 s'));
    expect(last().error).toEqual({ name: 'LlmError', kind: 'idle', message: 'nothing came for 20 s' });
    log.warn('x', {}, new WireError('NOT_FOUND', 'There is no such session.'));
    expect(last().error).toEqual({ name: 'WireError', code: 'NOT_FOUND', message: 'There is no such session.' });
  });

  it('that nobody expected is its name, code and where it came from', () => {
    const { log, last } = recorded();
    log.error('x', {}, Object.assign(new TypeError('quotes something'), { code: 'ERR_INVALID_ARG_TYPE' }));
    expect(last().error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(last().error.stack[0]).toMatch(/^at .*log\.test\.ts/);
    expect(last().error).not.toHaveProperty('message');
    log.error('x', {}, Object.assign(new Error('m'), { code: 11_000, name: 'not a name!' }));
    expect(last().error).toMatchObject({ name: 'Error', code: 11_000 });
  });

  it('that is no error is what kind of thing was thrown', () => {
    const { log, last } = recorded();
    for (const [thrown, name] of [
      [canary, 'thrown string'],
      [null, 'thrown null'],
      [{ secret: canary }, 'thrown object'],
    ] as const) {
      log.error('x', {}, thrown);
      expect(last().error).toEqual({ name });
    }
  });

  it('shows causes, but not for ever', () => {
    const { log, last } = recorded();
    const deep = new Error('1', { cause: new Error('2', { cause: new Error('3', { cause: new Error('4') }) }) });
    log.error('x', {}, deep);
    expect(last().error.cause.cause).toMatchObject({ name: 'Error' });
    expect(last().error.cause.cause).not.toHaveProperty('cause');
    const circle = new Error('circle');
    circle.cause = circle;
    log.error('x', {}, circle);
    expect(last().error.cause.cause.name).toBe('Error');
  });

  it.each([
    ['of a library', () => upstream()],
    ['of a model', () => new LlmError('rejected', 'the provider refused the question', { cause: upstream() })],
    ['of the store', () => new StoreError('unavailable', 'the store is away', upstream())],
    ['for the wire', () => new WireError('SERVICE_ERROR', 'Something went wrong.', { cause: upstream() })],
    ['with a token in it', () => new WireError('INVALID_TOKEN', `bad token ${jwt}`)],
    ['without a stack', () => Object.assign(upstream(), { stack: undefined })],
    ['with another stack', () => Object.assign(upstream(), { stack: `${canary}\nno frames` })],
  ])('keeps the words of others out: %s', (_, make) => {
    const { log, lines } = recorded();
    log.warn('x', { sessionId: 's1' }, make());
    log.error('x', undefined, make());
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain(canary);
  });
});

describe('a secret in a fact', () => {
  it.each([
    'token',
    'authorization',
    'content',
    'text',
    'body',
    'password',
    'secret',
    'apiKey',
    'key',
    'query',
    'shareToken',
  ])('named %s is removed', (name) => {
    const { log, lines, last } = recorded();
    log.info('x', { [name]: canary, other: 'kept' });
    expect(lines.join('')).not.toContain(canary);
    expect(last().other).toBe('kept');
  });

  it.each([
    jwt,
    `Bearer ${canary}`,
    `bearer  ${canary}`,
    `sk-${canary}`,
    `mongodb://user:${canary}@db.example.com/chat`,
    `https://files.example.com/f1?X-Signature=${canary}`,
    `wss://chat.example.com/ws?token=${canary}&x=1`,
    `https://x.example.com/#${canary}`,
  ])('R7: by its looks is removed: %s', (value) => {
    const { log, lines } = recorded();
    log.info('x', { about: `before ${value} after` });
    expect(lines.join('')).not.toContain(canary);
    expect(lines.join('')).toContain('before ');
  });

  it('that is none is kept', () => {
    const { log, last } = recorded();
    const facts = { url: 'https://api.example.com/v1', name: 'ada@example.com', route: '/sessions/:id', keyId: 'k1' };
    log.info('x', facts);
    expect(last()).toMatchObject(facts);
  });
});
