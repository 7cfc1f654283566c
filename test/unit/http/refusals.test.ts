// Station: test. How the HTTP door refuses: one body for each failure, wherever it comes from.
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ErrorCode, errorCodes, WireError } from '../../../src/protocol/errors.js';
import { refuseForNow, refuseLimit } from '../../../src/server/door/refusal.js';
import { StoreError, type StoreErrorKind } from '../../../src/server/ports/store.js';
import { type DoorBench, startDoor } from '../../helpers/http-door-bench.js';

let door: DoorBench;
beforeEach(async () => {
  door = await startDoor({ bodyLimitBytes: 2_048 });
});
afterEach(() => door.close());

const ada = 'user:ada';

describe('M10: a failure over HTTP', () => {
  const expected: Readonly<Record<ErrorCode, readonly [status: number, code: string | undefined]>> = {
    INVALID_TOKEN: [401, 'INVALID_TOKEN'],
    EXPIRED_TOKEN: [401, 'EXPIRED_TOKEN'],
    INSUFFICIENT_PERMISSIONS: [403, 'FORBIDDEN'],
    UNAUTHORIZED: [403, 'FORBIDDEN'],
    INVALID_FORMAT: [400, 'BAD_REQUEST'],
    MISSING_FIELD: [400, 'BAD_REQUEST'],
    INVALID_FILE_TYPE: [400, 'BAD_REQUEST'],
    INVALID_FILE_SIZE: [400, 'BAD_REQUEST'],
    NOT_FOUND: [404, 'NOT_FOUND'],
    LLM_UNAVAILABLE: [503, 'SERVICE_UNAVAILABLE'],
    LLM_TIMEOUT: [503, 'SERVICE_UNAVAILABLE'],
    DATABASE_ERROR: [503, 'SERVICE_UNAVAILABLE'],
    STORAGE_ERROR: [503, 'SERVICE_UNAVAILABLE'],
    SERVICE_ERROR: [500, 'INTERNAL_ERROR'],
    TOO_MANY_REQUESTS: [429, undefined],
    CONNECTION_LIMIT_EXCEEDED: [429, undefined],
    SESSION_HELD: [409, 'CONFLICT'],
    SESSION_ENDED: [409, 'CONFLICT'],
    TURN_INTERRUPTED: [409, 'CONFLICT'],
    SLOW_CONSUMER: [429, undefined],
  };

  it.each(errorCodes)('M10: %s of the core is one body with its status', async (code) => {
    door.chat.failure = new WireError(code, 'What failed, and how to mend it.');
    const { status, body, text } = await door.ask('/sessions', { token: ada });
    expect([status, body.code]).toEqual(expected[code]);
    // One JSON object, and its sentence twice in it: as `error` and as `message`.
    if (status < 500 && status !== 429) expect(text.split('What failed').length - 1).toBe(2);
  });

  const storeKinds: Readonly<Record<StoreErrorKind, readonly [status: number, code: string]>> = {
    unavailable: [503, 'SERVICE_UNAVAILABLE'],
    full: [503, 'SERVICE_UNAVAILABLE'],
    unknown_outcome: [503, 'SERVICE_UNAVAILABLE'],
    busy: [503, 'SERVICE_UNAVAILABLE'],
    closed: [503, 'SERVICE_UNAVAILABLE'],
    invalid: [400, 'BAD_REQUEST'],
    corrupt: [500, 'INTERNAL_ERROR'],
  };

  it.each(Object.entries(storeKinds))('M10: a store that is %s', async (kind, [status, code]) => {
    door.chat.failure = new StoreError(kind as StoreErrorKind, 'driver words', new Error('upstream words'));
    const refused = await door.ask('/sessions', { token: ada });
    expect(refused).toMatchObject({ status, body: { code } });
    expect(refused.text).not.toContain('words');
  });

  it.each([
    new TypeError('the canary flew'),
    'the canary was thrown',
    Object.assign(new Error('the canary'), { statusCode: 418, code: 'TEAPOT' }),
    Object.assign(new Error('the canary'), { statusCode: 400, code: 'FST_ERR_CANARY', validation: ['canary'] }),
  ])('M10: what nobody expected is told without a detail: %s', async (failure) => {
    door.chat.failure = failure;
    const refused = await door.ask('/sessions', { token: ada });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.text).not.toContain('canary');
  });

  it('M10: passes on how long the core says to wait, in seconds and in milliseconds', async () => {
    door.chat.failure = new WireError('TOO_MANY_REQUESTS', 'Slow down.', { retryAfterMs: 1_500 });
    const limited = await door.ask('/sessions', { token: ada });
    expect(limited.headers.get('retry-after')).toBe('2');
    expect(limited.body).toEqual({ error: 'rate_limit_exceeded', message: 'Slow down.', retry_after_ms: 1_500 });
    door.chat.failure = new WireError('SERVICE_ERROR', 'Back soon.', { retryAfterMs: 4_000 });
    const gone = await door.ask('/sessions', { token: ada });
    expect([gone.status, gone.headers.get('retry-after')]).toEqual([503, '4']);
  });
});

describe('a token', () => {
  it.each([
    [undefined, 'UNAUTHORIZED'],
    ['Bearer nonsense', 'INVALID_TOKEN'],
    ['Bearer expired', 'EXPIRED_TOKEN'],
    ['Basic dXNlcjphZGE=', 'INVALID_TOKEN'],
    ['Bearer', 'INVALID_TOKEN'],
  ])('as %j is refused with %s and a challenge', async (authorization, code) => {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const refused = await door.ask('/sessions', { headers });
    expect(refused).toMatchObject({ status: 401, body: { code } });
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('is taken with any case of its scheme', async () => {
    expect((await door.ask('/sessions', { headers: { authorization: 'bEARER user:ada' } })).status).toBe(200);
  });

  it('in a query counts nowhere but at the socket', async () => {
    expect((await door.ask('/sessions?token=user:ada')).status).toBe(401);
  });

  it('is looked at before a byte of the body', async () => {
    const refused = await door.ask('/sessions', { method: 'POST', body: 'x'.repeat(5_000) });
    expect(refused.status).toBe(401);
  });
});

describe('a request that fits no route', () => {
  it.each([
    ['GET', '/nothing'],
    ['GET', '/sessions/s1/nothing'],
    ['POST', '/uploads'],
    ['GET', '/files/f1'],
    ['GET', '/Sessions'],
    ['DELETE', '/'],
  ])('%s %s is 404 as JSON', async (method, path) => {
    expect(await door.ask(path, { method, token: ada })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('outside the prefix is 404', async () => {
    const response = await fetch(`http://127.0.0.1:${door.port}/sessions`);
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'NOT_FOUND' }]);
  });

  it.each([
    ['PUT', '/sessions/s1', 'GET, PATCH, DELETE'],
    ['POST', '/healthz', 'GET'],
    ['PATCH', '/sessions', 'GET, POST'],
    ['OPTIONS', '/sessions', 'GET, POST'],
  ])('%s %s is 405 and says what it takes', async (method, path, allow) => {
    const refused = await door.ask(path, { method, token: ada });
    expect(refused).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } });
    expect(refused.headers.get('allow')).toBe(allow);
  });

  it.each(['/sessions/%ZZ', '/sessions/%E0%A4%A'])('%s is 400', async (path) => {
    expect(await door.ask(path, { token: ada })).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
  });

  it('M5: takes ids of 128 characters and refuses longer ones, also percent-encoded', async () => {
    const read = async (id: string) => (await door.ask(`/sessions/${encodeURIComponent(id)}`, { token: ada })).status;
    expect(await read('s'.repeat(128))).toBe(404);
    expect(await read('😀'.repeat(128))).toBe(404);
    expect(await read('s'.repeat(129))).toBe(400);
    expect(await read('s'.repeat(4_000))).toBe(404);
  });
});

describe('a body', () => {
  const post = (body: string, type: string | null = 'application/json') =>
    door.ask('/sessions', { method: 'POST', token: ada, body, headers: type === null ? {} : { 'content-type': type } });

  it.each(['{', '{"name":}', '"', '\u0000'])('that is no JSON (%j) is 400 and is not quoted', async (body) => {
    const refused = await post(`${body}canary`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
    expect(refused.text).not.toContain('canary');
  });

  it('that is not UTF-8 is 400', async () => {
    const response = await fetch(`http://127.0.0.1:${door.port}/chatbox/sessions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada}`, 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'BAD_REQUEST' }]);
  });

  it('over the limit is 413', async () => {
    const refused = await post(JSON.stringify({ name: 'x'.repeat(3_000) }));
    expect(refused).toMatchObject({ status: 413, body: { code: 'PAYLOAD_TOO_LARGE' } });
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'nonsense', 'application/jsonx'])(
    'as %s is 415',
    async (type) => {
      expect(await post('{"name":"x"}', type)).toMatchObject({ status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } });
    },
  );

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/merge-patch+json'])(
    'as %s is read',
    async (type) => {
      expect(await post('{"name":"x"}', type)).toMatchObject({ status: 201, body: { name: 'x' } });
    },
  );

  it('cannot reach a prototype', async () => {
    const made = await post('{"name":"x","__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}');
    expect(made.status).toBe(201);
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  });
});

describe('a plain GET of the socket', () => {
  it('is told what an upgrade would be', async () => {
    await door.close();
    for (const [refusal, status] of [
      [refuseLimit('Too many connections.', 5_000), 429],
      [refuseForNow('The server is restarting.', 2_000), 503],
    ] as const) {
      door = await startDoor({}, { refuseUpgrade: async () => refusal });
      const refused = await door.ask('/ws');
      expect([refused.status, refused.body, refused.headers.get('retry-after')]).toEqual([
        status,
        refusal.body,
        refusal.headers['Retry-After'],
      ]);
      if (status !== 503) await door.close();
    }
  });

  it('is 400 where an upgrade would be let in', async () => {
    expect(await door.ask(`/ws?token=${'x'.repeat(9_000)}`)).toMatchObject({
      status: 400,
      body: { code: 'BAD_REQUEST' },
    });
  });
});

describe('bytes that are no HTTP', () => {
  const raw = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(door.port, '127.0.0.1', () => socket.write(bytes));
      let answer = '';
      socket.setEncoding('utf8').on('data', (text: string) => {
        answer += text;
      });
      socket
        .on('end', () => socket.end())
        .on('close', () => resolve(answer))
        .on('error', reject);
    });
  const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

  it('get one answer in JSON and are hung up on', async () => {
    const answer = await raw('nonsense\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(bodyOf(answer)).toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('are refused where headers are too large', async () => {
    const answer = await raw(`GET /chatbox/healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(bodyOf(answer)).toMatchObject({ code: 'HEADERS_TOO_LARGE' });
  });
});

describe('headers of an answer', () => {
  it('keep it out of caches and out of frames, and name no software', async () => {
    const { headers } = await door.ask('/sessions', { token: ada });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
