// Station: test. How long an HTTP connection may take, and that none of it holds for a socket that was upgraded (finding H2).
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { deferred } from '../../../src/common/deferred.js';
import { createOpsDoor } from '../../../src/server/door/http/ops-door.js';
import { httpDoorDefaults } from '../../../src/server/door/http/settings.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { createFakeMeter } from '../../helpers/fake-meter.js';
import { type DoorBench, startDoor } from '../../helpers/http-door-bench.js';

let door: DoorBench;
afterEach(() => door.close());

const soon = { headersTimeoutMs: 300, requestTimeoutMs: 300, keepAliveTimeoutMs: 300, stallTimeoutMs: 1_000 };

/** What a connection is sent until it is hung up on. */
function untilHungUp(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

describe('a slow client', () => {
  it.each([
    ['headers', 'GET /chatbox/healthz HTTP/1.1\r\nHost: x\r\n'],
    [
      'body',
      'POST /chatbox/sessions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer user:ada\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    ],
  ])('that never ends its %s is answered 408 and hung up on', async (_, bytes) => {
    door = await startDoor(soon);
    const socket = connect(door.port, '127.0.0.1', () => socket.write(bytes));
    const answer = await untilHungUp(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toContain('"code":"REQUEST_TIMEOUT"');
  });

  it('that sends nothing more after an answer is hung up on', async () => {
    door = await startDoor(soon);
    const socket = connect(door.port, '127.0.0.1', () =>
      socket.write('GET /chatbox/healthz HTTP/1.1\r\nHost: x\r\n\r\n'),
    );
    expect(await untilHungUp(socket)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  });
});

describe('H2: an upgraded socket', () => {
  it('H2: outlives every HTTP time-out, silent and with a request of another connection in between', async () => {
    const second = { headersTimeoutMs: 1_000, requestTimeoutMs: 1_000, keepAliveTimeoutMs: 500, stallTimeoutMs: 500 };
    door = await startDoor(second);
    const server = new WebSocketServer({ noServer: true });
    const upgraded = deferred<WebSocket>();
    door.app.server.on('upgrade', (request, socket, head) => {
      server.handleUpgrade(request, socket, head, (ws) => upgraded.resolve(ws));
    });
    const client = new WebSocket(`ws://127.0.0.1:${door.port}/chatbox/ws`);
    const served = await upgraded.promise;
    served.on('message', (data) => served.send(data));
    // A connection that times out for the want of headers proves that the time has passed and that time-outs are looked at.
    for (let round = 0; round < 2; round += 1) {
      const slow = connect(door.port, '127.0.0.1', () => slow.write('GET / HTTP/1.1\r\n'));
      await untilHungUp(slow);
    }
    const echoed = deferred<string>();
    client.on('message', (data) => echoed.resolve(String(data)));
    client.on('close', (code) => echoed.reject(new Error(`closed with ${code}`)));
    client.send('still here');
    expect(await echoed.promise).toBe('still here');
    const closed = new Promise((resolve) => served.once('close', resolve));
    client.removeAllListeners('close').terminate();
    await closed;
  });
});

describe('the door for operators', () => {
  it('answers probes and metrics on a port of its own, without limit or prefix, and nothing else', async () => {
    door = await startDoor();
    const nothing = () => undefined;
    const ops = createOpsDoor(httpDoorDefaults, {
      readiness: { report: async () => ({ status: 'not ready', timestamp: '2026-01-01T00:00:00Z', checks: {} }) },
      metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'chatbox_test 1\n' },
      clock: createFakeClock(),
      meter: createFakeMeter(),
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    });
    try {
      const get = async (url: string) => {
        const { statusCode, body } = await ops.inject({ method: 'GET', url });
        return [statusCode, body];
      };
      expect(await get('/metrics')).toEqual([200, 'chatbox_test 1\n']);
      expect(await get('/metrics/prometheus')).toEqual([200, 'chatbox_test 1\n']);
      expect(await get('/healthz')).toEqual([200, '{"status":"healthy","timestamp":"2026-01-01T00:00:00.000Z"}']);
      expect(await get('/readyz')).toEqual([
        503,
        '{"status":"not ready","timestamp":"2026-01-01T00:00:00Z","checks":{}}',
      ]);
      expect(await get('/sessions')).toMatchObject([404, expect.stringContaining('"code":"NOT_FOUND"')]);
    } finally {
      await ops.close();
    }
  });
});
