// Station: test. Who gets a socket: every refusal is one HTTP answer, and takes no slot.

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { deferred } from '../../src/common/deferred.js';
import { WireError } from '../../src/protocol/errors.js';
import { type Harness, type HarnessOptions, startDoor } from '../helpers/door-harness.js';
import { createFakeClock } from '../helpers/fake-clock.js';
import { eventually } from '../helpers/poll.js';
import { handshakeOf, type RawSocket } from '../helpers/raw-socket.js';

let harness: Harness;

afterEach(() => harness.stop());

async function start(options: HarnessOptions = {}): Promise<Harness> {
  harness = await startDoor(options);
  return harness;
}

function bodyOf(socket: RawSocket): Record<string, unknown> {
  expect(Buffer.byteLength(socket.body)).toBe(Number(socket.headers['content-length']));
  expect(socket.headers.connection).toBe('close');
  return JSON.parse(socket.body);
}

describe('an upgrade', () => {
  it('opens for a token in the Authorization header, in any case', async () => {
    await start();
    const authorization = `bEaReR ${await harness.token('ada')}`;
    const socket = await harness.raw({ headers: { Authorization: authorization } });
    expect(socket.status).toBe(101);
    expect(await socket.next()).toMatchObject({ content: 'hello' });
    expect(harness.opened[0]?.source.user).toEqual({ id: 'ada', name: 'ada', isAdmin: false });
    expect(harness.door.connections).toBe(1);
    expect(socket.headers['sec-websocket-protocol']).toBeUndefined();
  });

  it('opens for a token in the subprotocol, selects chatbox.v1, and never echoes the token', async () => {
    await start();
    const token = await harness.token('ada');
    const socket = await harness.raw({ headers: { 'Sec-WebSocket-Protocol': `bearer.${token}, chatbox.v1` } });
    expect(socket.status).toBe(101);
    expect(socket.headers['sec-websocket-protocol']).toBe('chatbox.v1');
    const alone = await harness.raw({ headers: { 'Sec-WebSocket-Protocol': `bearer.${token}` } });
    expect(alone.status).toBe(101);
    expect(alone.headers['sec-websocket-protocol']).toBeUndefined();
    expect(JSON.stringify(alone.headers)).not.toContain(token);
  });

  it('opens for a token in the query, unless that is switched off', async () => {
    await start();
    const target = `/chatbox/ws?token=${await harness.token('ada')}&session_id=s1&last_seq=3`;
    expect((await harness.raw({ target })).status).toBe(101);
    expect(harness.opened[0]?.ask).toEqual({ sessionId: 's1', lastSeq: 3 });
    await harness.stop();
    await start({ settings: { allowQueryToken: false } });
    const refused = await harness.raw({ target: `/chatbox/ws?token=${await harness.token('ada')}` });
    expect(refused.status).toBe(401);
  });

  it('gives every connection an id of its own', async () => {
    await start();
    await harness.connect('ada');
    await harness.connect('ada');
    await eventually(() => harness.opened.length === 2);
    expect(new Set(harness.opened.map(({ source }) => source.id)).size).toBe(2);
  });

  it('keeps what the client sends right behind the handshake', async () => {
    await start();
    const socket = connect({ port: harness.port, host: '127.0.0.1' });
    await once(socket, 'connect');
    const early = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
    const Authorization = `Bearer ${await harness.token('ada')}`;
    socket.write(Buffer.concat([Buffer.from(handshakeOf({ headers: { Authorization } })), early]));
    await eventually(() => harness.received.includes('hi'));
    socket.destroy();
  });
});

describe('a refusal', () => {
  it.each([
    ['no token', 401, {}, '/chatbox/ws', 'UNAUTHORIZED'],
    ['a bad token', 401, { Authorization: 'Bearer nonsense' }, '/chatbox/ws', 'INVALID_TOKEN'],
    ['no bearer token', 401, { Authorization: 'Basic dTpw' }, '/chatbox/ws', 'INVALID_TOKEN'],
    ['another path', 404, {}, '/chatbox/other', 'NOT_FOUND'],
    ['another prefix', 404, {}, '/ws', 'NOT_FOUND'],
    ['no key', 400, { 'Sec-WebSocket-Key': null }, '/chatbox/ws', 'BAD_REQUEST'],
    ['a short key', 400, { 'Sec-WebSocket-Key': 'c2hvcnQ=' }, '/chatbox/ws', 'BAD_REQUEST'],
    ['another upgrade', 400, { Upgrade: 'h2c' }, '/chatbox/ws', 'BAD_REQUEST'],
    ['version 8', 426, { 'Sec-WebSocket-Version': '8' }, '/chatbox/ws', 'BAD_REQUEST'],
    ['no version', 426, { 'Sec-WebSocket-Version': null }, '/chatbox/ws', 'BAD_REQUEST'],
  ])('for %s is HTTP %i with a JSON body', async (_what, status, headers, target, code) => {
    await start();
    const socket = await harness.raw({ target, headers });
    expect(socket.status).toBe(status);
    const body = bodyOf(socket);
    expect(body).toMatchObject({ code });
    expect(body.message).toBe(body.error);
    if (status === 426) expect(socket.headers['sec-websocket-version']).toBe('13');
    if (status === 401) expect(socket.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(harness.door.connections).toBe(0);
  });

  it('for another scheme than Bearer says which one is expected', async () => {
    await start();
    const socket = await harness.raw({ headers: { Authorization: 'Basic dTpw' } });
    expect(bodyOf(socket).message).toMatch(/a Bearer token is expected/);
  });

  it('is 405 for another method', async () => {
    await start();
    expect((await harness.raw({ method: 'POST' })).status).toBe(405);
  });

  it('is 400 for a subprotocol list that is none', async () => {
    await start();
    const socket = await harness.connect('ada', { headers: { 'Sec-WebSocket-Protocol': 'chatbox.v1, chatbox.v1' } });
    expect(socket.status).toBe(400);
    expect(bodyOf(socket)).toMatchObject({ code: 'BAD_REQUEST' });
    expect(harness.door.connections).toBe(0);
    expect((await harness.connect('ada')).status).toBe(101);
  });

  it('is 401 for a bad header even when the query has a good token', async () => {
    await start();
    const target = `/chatbox/ws?token=${await harness.token('ada')}`;
    expect((await harness.raw({ target, headers: { Authorization: 'Bearer bad' } })).status).toBe(401);
  });

  it('is 401 EXPIRED_TOKEN for a token that was good once', async () => {
    const clock = createFakeClock();
    await start({ clock });
    const token = await harness.token('ada', { forMs: 1_000 });
    clock.advance(1_000);
    const socket = await harness.raw({ headers: { Authorization: `Bearer ${token}` } });
    expect(socket.status).toBe(401);
    expect(bodyOf(socket)).toMatchObject({ code: 'EXPIRED_TOKEN' });
  });

  it('is 403 for an origin that is not on the list, and only for that', async () => {
    await start({ settings: { allowedOrigins: ['https://chat.example'] } });
    for (const Origin of ['https://evil.example', 'https://chat.example.evil', 'http://chat.example', 'null', '']) {
      expect((await harness.connect('ada', { headers: { Origin } })).status).toBe(403);
    }
    expect((await harness.connect('ada', { headers: { Origin: 'https://chat.example' } })).status).toBe(101);
    expect((await harness.connect('ada')).status).toBe(101);
  });

  it('does not happen for any origin where there is no list', async () => {
    await start();
    for (const Origin of ['https://anywhere.example', 'null']) {
      expect((await harness.connect('ada', { headers: { Origin } })).status).toBe(101);
    }
  });

  it('is 503 with Retry-After while the server drains', async () => {
    await start({ settings: { refusedRetryMs: 4_200 } });
    const open = await harness.connect('ada');
    harness.door.drain();
    const socket = await harness.connect('ada');
    expect(socket.status).toBe(503);
    expect(socket.headers['retry-after']).toBe('5');
    expect(bodyOf(socket)).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    open.send('still here');
    await eventually(() => harness.received.includes('still here'));
  });

  it('is 503 when the token cannot be checked in time, and comes at the deadline', async () => {
    const clock = createFakeClock();
    const never = deferred<never>();
    await start({ clock, settings: { preAuthMs: 700 }, verifier: { verify: () => never.promise } });
    const answer = harness.raw({ headers: { Authorization: 'Bearer slow' } });
    await eventually(() => clock.pending >= 2);
    await clock.advanceAsync(699);
    clock.advance(1);
    expect((await answer).status).toBe(503);
    expect(harness.door.connections).toBe(0);
  });

  it('is 503 while the keys cannot be had, with the wait that the verifier names', async () => {
    await start({
      verifier: {
        verify: () => Promise.reject(new WireError('SERVICE_ERROR', 'no keys', { retryAfterMs: 30_000 })),
      },
    });
    const socket = await harness.raw({ headers: { Authorization: 'Bearer any' } });
    expect(socket.status).toBe(503);
    expect(socket.headers['retry-after']).toBe('30');
  });

  it('is 503 when a verifier fails in a way that nobody foresaw', async () => {
    await start({ verifier: { verify: () => Promise.reject(new TypeError('a fault')) } });
    expect((await harness.raw({ headers: { Authorization: 'Bearer any' } })).status).toBe(503);
  });

  it('is 503 when too many tokens are being checked at once', async () => {
    const gate = deferred<never>();
    await start({ settings: { maxUpgradesInProgress: 2 }, verifier: { verify: () => gate.promise } });
    const waiting = [1, 2].map(() => harness.raw({ headers: { Authorization: 'Bearer x' } }));
    await eventually(async () => {
      const socket = await harness.raw({ headers: { Authorization: null } });
      return socket.status === 503;
    });
    gate.reject(new WireError('INVALID_TOKEN', 'no'));
    for (const socket of await Promise.all(waiting)) expect(socket.status).toBe(401);
    expect((await harness.raw({ headers: {} })).status).toBe(401);
  });

  it('reaches a client that sends more behind its handshake', async () => {
    await start();
    const socket = connect({ port: harness.port, host: '127.0.0.1' });
    await once(socket, 'connect');
    let answer = '';
    socket.on('data', (bytes) => {
      answer += bytes.toString();
    });
    socket.write(handshakeOf({ headers: {} }) + 'x'.repeat(100_000));
    await eventually(() => answer.includes('UNAUTHORIZED'));
    socket.destroy();
  });
});

describe('while a token is being checked', () => {
  const claims = {
    user: { id: 'ada', name: 'ada', isAdmin: false },
    roles: ['user'],
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    issuedAtMs: null,
  };
  const caps = { perUser: 9, perAddress: 1, total: 9 };

  /** A door whose verifier answers only when it is let. */
  async function startGated() {
    const gate = deferred<typeof claims>();
    let checks = 0;
    await start({
      settings: { caps },
      verifier: {
        verify: () => {
          checks += 1;
          return gate.promise;
        },
      },
    });
    return { open: () => gate.resolve(claims), checking: (count: number) => eventually(() => checks === count) };
  }
  const withToken = { headers: { Authorization: 'Bearer any' } };

  it('R21: a client may hang up, and leaves no slot taken', async () => {
    const gate = await startGated();
    const socket = connect({ port: harness.port, host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.write(handshakeOf(withToken));
    await gate.checking(1);
    socket.resetAndDestroy();
    await eventually(async () => (await connections()) === 0);
    gate.open();
    expect((await harness.raw(withToken)).status).toBe(101);
    expect(harness.door.connections).toBe(1);
  });

  it('the server may begin to drain, and refuses then', async () => {
    const gate = await startGated();
    const answer = harness.raw(withToken);
    await gate.checking(1);
    harness.door.drain();
    gate.open();
    expect((await answer).status).toBe(503);
  });

  it('the last slot may be taken by another, and is not given twice', async () => {
    const gate = await startGated();
    const answers = [harness.raw(withToken), harness.raw(withToken)];
    await gate.checking(2);
    gate.open();
    expect((await Promise.all(answers)).map(({ status }) => status).sort()).toEqual([101, 429]);
    expect(harness.door.connections).toBe(1);
  });

  function connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      harness.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }
});

describe('a plain GET that asks why', () => {
  async function ask(path: string, headers: Record<string, string> = {}) {
    return await fetch(`http://127.0.0.1:${harness.port}${path}`, { headers });
  }

  it('gets the answer of the upgrade, and 400 when only the upgrade headers are missing', async () => {
    await start({ settings: { allowedOrigins: ['https://chat.example'] } });
    const Authorization = `Bearer ${await harness.token('ada')}`;
    expect((await ask('/chatbox/ws')).status).toBe(401);
    expect((await ask('/chatbox/ws', { Authorization, Origin: 'https://evil.example' })).status).toBe(403);
    const good = await ask('/chatbox/ws', { Authorization });
    expect(good.status).toBe(400);
    expect(await good.json()).toMatchObject({ code: 'BAD_REQUEST' });
    harness.door.drain();
    expect((await ask('/chatbox/ws', { Authorization })).status).toBe(503);
  });

  it('R21: takes no slot, and neither does any other refusal', async () => {
    await start({ settings: { caps: { perUser: 1, perAddress: 1, total: 1 }, allowedOrigins: ['https://a.example'] } });
    const Authorization = `Bearer ${await harness.token('ada')}`;
    for (let at = 0; at < 20; at += 1) {
      expect((await ask('/chatbox/ws', { Authorization })).status).toBe(400);
      expect((await harness.connect('ada', { headers: { Origin: 'https://evil.example' } })).status).toBe(403);
      expect((await harness.connect('ada', { headers: { 'Sec-WebSocket-Version': '7' } })).status).toBe(426);
      expect((await harness.connect('ada', { headers: { 'Sec-WebSocket-Protocol': ',' } })).status).toBe(400);
    }
    expect((await harness.connect('ada')).status).toBe(101);
    expect((await ask('/chatbox/ws', { Authorization })).status).toBe(429);
  });
});

describe('R7: a token', () => {
  it('reaches no log and no answer, wherever it stood and whatever came of it', async () => {
    const clock = createFakeClock();
    await start({ clock, settings: { caps: { perUser: 1, perAddress: 100, total: 100 } } });
    const token = await harness.token('ada');
    const answers: RawSocket[] = [];
    for (const bad of ['', 'x']) {
      answers.push(await harness.raw({ target: `/chatbox/ws?token=${token}${bad}` }));
      answers.push(await harness.raw({ headers: { 'Sec-WebSocket-Protocol': `chatbox.v1, bearer.${token}${bad}` } }));
      answers.push(await harness.raw({ headers: { Authorization: `Bearer ${token}${bad}` } }));
      answers.push(await harness.raw({ target: `/elsewhere?token=${token}${bad}` }));
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([101, 429, 404, 401]));
    clock.advance(1_000);
    expect(harness.logs.map((line) => JSON.parse(line))).toContainEqual({
      event: 'upgrades_refused',
      facts: { status: 404, count: 2 },
    });
    for (const answer of answers) expect(JSON.stringify(answer.headers) + answer.body).not.toContain(token);
    expect(harness.logs.join('\n')).not.toContain(token);
  });
});
