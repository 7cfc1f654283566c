// Station: test/k8s. A WebSocket that says nothing outlives the idle time-out of a proxy, because the server pings it.
import { expect, it } from 'vitest';
import { publish } from '../helpers/nginx.js';
import { eventually } from '../helpers/poll.js';
import { mayRun, programOf } from '../helpers/required.js';
import { connect } from '../helpers/wire-client.js';

const nginx = programOf('nginx', '/usr/sbin/nginx');
const may = mayRun('nginx', nginx !== null, 'nginx is not installed');
const quietMs = 120_000;

it.skipIf(!may)(
  'H2: two minutes without a word behind nginx with 30 s of patience, and the socket still answers',
  async () => {
    const server = await publish(nginx ?? '', {}, 30);
    const client = await connect(server, 'ada');
    const before = client.frames.length;
    let pings = 0;
    let code: number | null = null;
    client.socket.on('ping', () => (pings += 1));
    void client.closed.then((closed) => (code = closed));
    const startedAt = performance.now();
    await eventually(() => code !== null || performance.now() - startedAt > quietMs, {
      timeoutMs: quietMs + 30_000,
      everyMs: 500,
      what: 'two quiet minutes',
    });
    expect(code).toBeNull();
    expect(pings).toBeGreaterThanOrEqual(4);
    expect(client.frames.length).toBe(before);
    client.send({ type: 'user_message', content: 'Still there?' });
    expect((await client.answer()).text).toContain('Still there?');
    client.close();
  },
);
