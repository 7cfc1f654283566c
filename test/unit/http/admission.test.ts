// Station: test. Who is let in to which route: limits, networks, proxies, origins, and what is logged of it.
import { afterEach, describe, expect, it } from 'vitest';
import { type DoorBench, startDoor } from '../../helpers/http-door-bench.js';

let door: DoorBench;
afterEach(() => door.close());

const noNetwork = { probeAllowedNetworks: ['203.0.113.0/24'] };
const many = (count: number, once: () => Promise<{ readonly status: number }>) =>
  Promise.all(Array.from({ length: count }, once)).then((all) => all.map(({ status }) => status));

describe('a limit', () => {
  it('stops an admin after 20 changes and 300 reads a minute, apart from each other, and no other admin', async () => {
    door = await startDoor({ adminRequestsPerMinute: 20, adminReadsPerMinute: 300 });
    const live = (who: string) => door.ask('/admin/live', { token: who });
    const end = (who: string) => door.ask('/admin/sessions/none/end', { method: 'POST', token: who });
    expect(new Set(await many(300, () => live('admin:root')))).toEqual(new Set([200]));
    const refused = await live('admin:root');
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ error: 'rate_limit_exceeded' });
    const waitMs = Number(refused.body.retry_after_ms);
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
    expect(refused.headers.get('retry-after')).toBe(String(Math.ceil(waitMs / 1000)));
    expect(await many(20, () => end('admin:root'))).not.toContain(429);
    expect((await end('admin:root')).status).toBe(429);
    expect((await live('admin:other')).status).toBe(200);
    expect(door.meter.calls).toContain('rateLimited(admin)');
    expect(door.meter.calls).toContain('rateLimited(admin_read)');
  });

  it('counts a user and an admin of one id apart, and refusals for the role not at all', async () => {
    door = await startDoor({ adminReadsPerMinute: 1, userRequestsPerMinute: 2 });
    expect(await many(3, () => door.ask('/admin/live', { token: 'user:root' }))).toEqual([403, 403, 403]);
    expect((await many(3, () => door.ask('/sessions', { token: 'user:root' }))).toSorted()).toEqual([200, 200, 429]);
    expect((await door.ask('/admin/live', { token: 'admin:root' })).status).toBe(200);
  });

  it('stops an address after 60 public requests a minute, over all public routes', async () => {
    door = await startDoor({ publicRequestsPerMinute: 60, ...noNetwork });
    expect(new Set(await many(30, () => door.ask('/shared/none')))).toEqual(new Set([404]));
    expect(new Set(await many(30, () => door.ask('/healthz')))).toEqual(new Set([200]));
    for (const path of ['/healthz', '/readyz', '/shared/none', '/openapi.json']) {
      expect((await door.ask(path)).status, path).toBe(429);
    }
    expect((await door.ask('/sessions', { token: 'user:ada' })).status).toBe(200);
  });

  it('does not count probes from allowed networks', async () => {
    door = await startDoor({ publicRequestsPerMinute: 1 });
    expect(new Set(await many(20, () => door.ask('/healthz')))).toEqual(new Set([200]));
    expect(new Set(await many(20, () => door.ask('/readyz')))).toEqual(new Set([200]));
  });
});

describe('R5: X-Forwarded-For', () => {
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

  it('R5: does not give someone who is no proxy another address', async () => {
    door = await startDoor({ publicRequestsPerMinute: 2, ...noNetwork });
    const statuses: number[] = [];
    for (let at = 0; at < 4; at += 1) statuses.push((await door.ask('/shared/x', from(`198.51.100.${at}`))).status);
    expect(statuses).toEqual([404, 404, 429, 429]);
  });

  it('R5: counts from a trusted proxy, each client for itself', async () => {
    door = await startDoor({ publicRequestsPerMinute: 1, trustedProxies: ['127.0.0.0/8'], ...noNetwork });
    expect((await door.ask('/shared/x', from('198.51.100.1'))).status).toBe(404);
    expect((await door.ask('/shared/x', from('198.51.100.2'))).status).toBe(404);
    expect((await door.ask('/shared/x', from('198.51.100.2'))).status).toBe(429);
    // The client may put anything in front; the last address that is no proxy of ours is what counts.
    expect((await door.ask('/shared/x', from('10.9.8.7, 198.51.100.2'))).status).toBe(429);
  });
});

describe('R6: metrics', () => {
  const metrics = (headers: Record<string, string> = {}) => door.ask('/metrics/prometheus', { headers });

  it('R6: are for allowed networks, token or not', async () => {
    door = await startDoor();
    const allowed = await metrics();
    expect([allowed.status, allowed.text]).toEqual([200, 'chatbox_test 1\n']);
    expect(allowed.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    await door.close();
    door = await startDoor({ metricsAllowedNetworks: ['203.0.113.0/24'] });
    expect(await metrics({ authorization: 'Bearer admin:root' })).toMatchObject({
      status: 403,
      body: { code: 'FORBIDDEN' },
    });
  });

  it('R6: cannot be reached through a proxy by claiming an allowed address, nor by one who is no proxy', async () => {
    door = await startDoor({ trustedProxies: ['127.0.0.1'] });
    expect((await metrics({ 'x-forwarded-for': '198.51.100.7' })).status).toBe(403);
    expect((await metrics({ 'x-forwarded-for': '10.1.2.3, 198.51.100.7' })).status).toBe(403);
    expect((await metrics({ 'x-forwarded-for': '10.1.2.3' })).status).toBe(200);
    await door.close();
    door = await startDoor({ metricsAllowedNetworks: ['10.0.0.0/8'] });
    expect((await metrics({ 'x-forwarded-for': '10.1.2.3' })).status).toBe(403);
  });
});

describe('an origin', () => {
  const origin = 'https://chat.example.com';

  it('that is listed may ask, with credentials, what the contract says', async () => {
    door = await startDoor({ corsOrigins: [origin, 'https://other.example.com'] });
    const preflight = await door.ask('/sessions', {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PATCH' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-credentials')).toBe('true');
    expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, POST, PUT, PATCH, DELETE, OPTIONS');
    expect(preflight.headers.get('access-control-allow-headers')).toBe('Origin, Content-Type, Accept, Authorization');
    const asked = await door.ask('/sessions', { token: 'user:ada', headers: { origin } });
    expect(asked.headers.get('access-control-allow-origin')).toBe(origin);
    expect(asked.headers.get('vary')).toContain('Origin');
    const refused = await door.ask('/sessions', { headers: { origin } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
  });

  it.each(['https://evil.example.com', 'https://chat.example.com.evil.com', 'http://chat.example.com', 'null'])(
    'that is not listed (%s) gets no CORS header, neither for a preflight nor for a request',
    async (stranger) => {
      door = await startDoor({ corsOrigins: [origin] });
      for (const asked of [{}, { method: 'OPTIONS', headers: { 'access-control-request-method': 'GET' } }]) {
        const { headers } = await door.ask('/sessions', { token: 'user:ada', ...asked, headers: { origin: stranger } });
        expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
        // What a cache keeps of this answer must not be given to an origin that is listed.
        expect(headers.get('vary')).toContain('Origin');
      }
    },
  );

  it('gets no CORS header where there is no list', async () => {
    door = await startDoor();
    const { headers } = await door.ask('/sessions', { token: 'user:ada', headers: { origin } });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('R7: what is logged of a request', () => {
  it('R7: is its route, never its path or query, whether it works, fails or fits nothing', async () => {
    door = await startDoor();
    const secret = 'canary-token-0123456789';
    door.chat.add('s1', 'ada');
    await door.ask(`/ws?token=${secret}`);
    await door.ask(`/sessions?token=${secret}`, { token: 'user:ada' });
    await door.ask(`/shared/${secret}`);
    await door.ask(`/${secret}?${secret}`);
    await door.ask(`/sessions/%ZZ${secret}`);
    await door.ask('/sessions/s1', { token: secret });
    door.chat.failure = new Error('unexpected');
    await door.ask(`/sessions/s1?token=${secret}`, { token: 'user:ada' });
    const lines = door.logged.map(({ level, event, facts }) => ({ level, event, ...facts }));
    expect(JSON.stringify(lines)).not.toContain('canary');
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'http_request', route: '/shared/:token', status: 404 }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ event: 'http_request', route: 'unmatched', status: 404 }));
    expect(door.logged).toContainEqual({
      level: 'error',
      event: 'http_request_failed',
      facts: { route: '/sessions/:id', method: 'GET', status: 500 },
      error: door.chat.failure,
    });
  });

  it('goes to the meter by route and method', async () => {
    door = await startDoor({ pathPrefix: '' });
    await door.ask('/healthz');
    await door.ask('/healthz', { method: 'HEAD' });
    await door.ask('/nothing');
    const timed = door.meter.calls
      .filter((call) => call.startsWith('httpRequest'))
      .map((call) => call.replace(/, [\d.e-]+\)$/, ')'));
    expect(timed).toEqual(['httpRequest(/healthz, GET)', 'httpRequest(/healthz, HEAD)', 'httpRequest(unmatched, GET)']);
  });
});
