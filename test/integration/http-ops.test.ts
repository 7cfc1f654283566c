// What operators see of a whole server: readiness through an outage and a shutdown, their own port, sockets that outlive HTTP's time-outs.
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { recordingLog, startApp, type TestApp } from '../helpers/app.js';
import { failingStore, noFaults } from '../helpers/failing-store.js';
import { type Ask, contractClient } from '../helpers/http-contract.js';
import { eventually } from '../helpers/poll.js';
import { connect } from '../helpers/wire-client.js';

let app: TestApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function start(options: Parameters<typeof startApp>[0]): Promise<{ running: TestApp; ask: Ask }> {
  app = await startApp(options);
  return { running: app, ask: contractClient(app.httpUrl) };
}

describe('readiness', () => {
  it.each([
    [false, 200],
    [true, 503],
  ])(
    'with a store required: %s, is %d while the store is away, and says so either way',
    async (readyRequiresStore, status) => {
      const faults = noFaults();
      const { running, ask } = await start({
        wrapStore: (store) => failingStore(store, faults),
        settings: (defaults) => ({ ...defaults, readyRequiresStore }),
      });
      expect(await ask('/readyz')).toMatchObject({ status: 200, body: { checks: { sqlite: { status: 'ready' } } } });
      for (const operation of ['ping', 'project', 'listSessions'] as const) faults.before.add(operation);
      const away = await eventually(async () => {
        const found = await ask('/readyz');
        return JSON.stringify(found.body).includes('"sqlite":{"status":"not ready"') ? found : null;
      });
      expect(away.status).toBe(status);
      expect(away.body).toMatchObject({
        checks: { sqlite: { reason: 'the store is unavailable' }, llm: { status: 'ready' } },
      });

      const refused = await ask('/sessions', { token: await running.token('ada') });
      expect(refused).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
      expect(refused.text).not.toContain('made to fail');

      faults.before.clear();
      await eventually(async () => (await ask('/readyz')).text.includes('"sqlite":{"status":"ready"}'));
      expect((await ask('/sessions', { token: await running.token('ada') })).status).toBe(200);
    },
  );

  it('ends before the server does', async () => {
    const { running, ask } = await start({
      settings: (defaults) => ({ ...defaults, shutdown: { ...defaults.shutdown, drainDelayMs: 500 } }),
    });
    expect((await ask('/readyz')).status).toBe(200);
    const stopped = running.app.stop();
    expect(await ask('/readyz')).toMatchObject({ status: 503, body: { status: 'not ready' } });
    expect((await ask('/sessions', { token: await running.token('ada') })).status).toBe(200);
    await stopped;
  });
});

describe('R6: the port for operators', () => {
  it('R6: has metrics and probes, while the public port may refuse metrics to all', async () => {
    const { running, ask } = await start({
      settings: (defaults) => ({
        ...defaults,
        ops: { host: '127.0.0.1', port: 0 },
        http: { ...defaults.http, metricsAllowedNetworks: [] },
      }),
    });
    expect((await ask('/metrics/prometheus')).status).toBe(403);
    const get = async (path: string) => {
      const response = await fetch(`${running.opsUrl}${path}`);
      return [response.status, await response.text()] as const;
    };
    expect(await get('/metrics')).toMatchObject([
      200,
      expect.stringContaining('chatbox_http_request_duration_seconds'),
    ]);
    expect(await get('/readyz')).toMatchObject([200, expect.stringContaining('"status":"ready"')]);
    expect(await get('/healthz')).toMatchObject([200, expect.stringContaining('"healthy"')]);
    expect(await get('/chatbox/sessions')).toMatchObject([404, expect.stringContaining('NOT_FOUND')]);
  });
});

describe('H2: a conversation', () => {
  it('H2: goes on over a socket that is older than every HTTP time-out', async () => {
    const { running } = await start({
      settings: (defaults) => ({
        ...defaults,
        http: {
          ...defaults.http,
          headersTimeoutMs: 1_000,
          requestTimeoutMs: 1_000,
          keepAliveTimeoutMs: 500,
          stallTimeoutMs: 500,
        },
      }),
    });
    const client = await connect(running, 'ada');
    // A connection that never ends its headers is cut by the time-out: so it has passed, and it is looked at.
    for (let round = 0; round < 2; round += 1) {
      await new Promise<void>((resolve, reject) => {
        const slow = connectTcp(running.port, '127.0.0.1', () => slow.write('GET / HTTP/1.1\r\n'));
        slow.resume().on('close', resolve).on('error', reject);
      });
    }
    client.send({ type: 'user_message', content: 'still here' });
    expect((await client.answer()).text).not.toBe('');
    client.close();
  });
});

describe('R7: a token in a query', () => {
  it('R7: is in no line of the log and in no metric, whatever becomes of the request', async () => {
    const log = recordingLog();
    const { running, ask } = await start({ log });
    const token = await running.token('ada');
    const client = await connect(running, 'ada', { query: `?token=${token}` });
    client.close();
    await client.closed;
    for (const path of ['/ws', '/sessions', '/nothing', '/healthz']) await ask(`${path}?token=${token}`);
    await ask(`/shared/${token.slice(0, 100)}`);
    const written = `${JSON.stringify(log.lines)}${(await ask('/metrics/prometheus')).text}`;
    expect(log.lines.length).toBeGreaterThan(0);
    for (const part of token.split('.')) expect(written).not.toContain(part);
  });
});
