// Station: test. What the routes for admins answer and ask of the core, on a core in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sessionSorts } from '../../../src/protocol/session-sorts.js';
import { type DoorBench, startDoor } from '../../helpers/http-door-bench.js';

let door: DoorBench;
beforeEach(async () => {
  door = await startDoor();
});
afterEach(() => door.close());

const root = 'admin:root';
const day = 86_400_000;
const list = (query: string) => door.ask(`/admin/sessions${query}`, { token: root });
const lastQuery = () => door.chat.listed.at(-1);

describe('H1: the sort of a list', () => {
  it.each(sessionSorts)('H1: %s reaches the store in both orders', async (sort) => {
    for (const order of ['asc', 'desc'] as const) {
      expect((await list(`?sort_by=${sort}&sort_order=${order}`)).status).toBe(200);
      expect(lastQuery()).toMatchObject({ sortBy: sort, sortOrder: order });
    }
  });

  it('H1: is the start, newest first, untold or empty', async () => {
    for (const query of ['', '?sort_by=&sort_order=']) {
      await list(query);
      expect(lastQuery()).toMatchObject({ sortBy: 'start_time', sortOrder: 'desc' });
    }
  });

  it.each(['timestamp', 'START_TIME', '__proto__', 'start_time,end_time'])(
    'H1: %s is refused, naming the allowed ones',
    async (sort) => {
      const refused = await list(`?sort_by=${sort}`);
      expect(refused.status).toBe(400);
      for (const allowed of sessionSorts) expect(refused.body.message).toContain(allowed);
      expect(door.chat.listed).toEqual([]);
    },
  );
});

describe('a list of sessions', () => {
  it('hands every filter to the store', async () => {
    await list('?user_id=ada&status=ended&admin_assisted=true&help_requested=false&limit=7&offset=14');
    expect(lastQuery()).toEqual({
      userId: 'ada',
      status: 'ended',
      adminAssisted: true,
      helpRequested: false,
      sortBy: 'start_time',
      sortOrder: 'desc',
      limit: 7,
      offset: 14,
      now: door.clock.now(),
    });
  });

  it.each([
    ['0', 100],
    ['-3', 100],
    ['1001', 100],
    ['many', 100],
    ['2.5', 100],
    ['', 100],
    ['1', 1],
    ['1000', 1_000],
  ])('takes a limit of %j as %d', async (limit, taken) => {
    const { body } = await list(`?limit=${limit}`);
    expect([body.limit, lastQuery()?.limit]).toEqual([taken, taken]);
  });

  it.each([
    ['-1', 0],
    ['x', 0],
    ['', 0],
    ['12', 12],
  ])('takes an offset of %j as %d', async (offset, taken) => {
    const { body } = await list(`?offset=${offset}`);
    expect([body.offset, lastQuery()?.offset]).toEqual([taken, taken]);
  });

  it('goes by the cursor where there is one', async () => {
    for (const id of ['a', 'b']) door.chat.add(id, 'ada');
    expect((await list('?limit=1')).body).toMatchObject({ count: 1, next_cursor: 'more' });
    await list('?cursor=more&offset=5');
    expect(lastQuery()).toMatchObject({ cursor: 'more' });
    expect(lastQuery()).not.toHaveProperty('offset');
  });

  it('shows no share token that is not the own', async () => {
    door.chat.add('s1', 'ada');
    await door.ask('/sessions/s1/share', { method: 'POST', token: 'user:ada' });
    const { body } = await list('');
    expect((body.sessions as object[])[0]).not.toHaveProperty('share_token');
  });

  it('of one user has the same shape, whatever user the query names', async () => {
    const { body } = await door.ask('/admin/users/ada%20l/sessions?user_id=grace&status=active', { token: root });
    expect(body).toMatchObject({ sessions: [], count: 0, limit: 100, offset: 0, next_cursor: null });
    expect(lastQuery()).toMatchObject({ userId: 'ada l', status: 'active' });
  });

  it('takes a user id of 255 characters and none of 256', async () => {
    expect((await list(`?user_id=${encodeURIComponent('é'.repeat(255))}`)).status).toBe(200);
    expect((await list(`?user_id=${'e'.repeat(256)}`)).status).toBe(400);
    const path = (id: string) => door.ask(`/admin/users/${encodeURIComponent(id)}/sessions`, { token: root });
    expect((await path('😀'.repeat(255))).status).toBe(200);
    expect((await path('e'.repeat(256))).status).toBe(400);
  });
});

describe('R30: what does not fit', () => {
  it.each([
    ['status=open', 'status must be one of active, ended.'],
    ['sort_order=up', 'sort_order must be one of desc, asc.'],
    ['admin_assisted=maybe', 'admin_assisted must be true or false.'],
    ['start_time_from=yesterday', 'start_time_from must be a time'],
    ['start_time_from=2026-02-30', 'start_time_from must be a time'],
    ['start_time_to=2026-01-01T25:00:00Z', 'start_time_to must be a time'],
    ['start_time_to=2026-02-30T10:00:00Z', 'start_time_to must be a time'],
    ['end_time=1767225600', 'end_time must be a time'],
    ['start_time=2026-01-02&end_time=2026-01-01', 'start_time_to must not be before start_time_from.'],
    ['start_time_from=2026-01-02&start_time_to=2026-01-01T23:59:59Z', 'start_time_to must not be before'],
    ['start_time_from=2026-01-02&start_time_from=2026-01-01', 'start_time_from must be'],
  ])('R30: %s is a 400 that says what is allowed', async (query, sentence) => {
    for (const path of ['/admin/sessions', '/admin/users/ada/sessions']) {
      const refused = await door.ask(`${path}?${query}`, { token: root });
      expect(refused).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
      expect(refused.body.message).toContain(sentence);
    }
    expect(door.chat.listed).toEqual([]);
  });

  it.each(['start_time=2026-01-02&end_time=2026-01-01', 'start_time_from=x', 'start_time_from=2036-01-01'])(
    'R30: metrics refuse %s',
    async (query) => {
      const refused = await door.ask(`/admin/metrics?${query}`, { token: root });
      expect(refused).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
      expect(door.chat.windows).toEqual([]);
    },
  );

  it('R30: a window of one moment is a window', async () => {
    expect((await list('?start_time=2026-01-02T10:00:00Z&end_time=2026-01-02T10:00:00Z')).status).toBe(200);
  });
});

describe('a window', () => {
  it.each([
    ['2026-01-02', Date.UTC(2026, 0, 2), Date.UTC(2026, 0, 3) - 1],
    ['2024-02-29', Date.UTC(2024, 1, 29), Date.UTC(2024, 2, 1) - 1],
    ['2026-01-02T03:04:05Z', Date.UTC(2026, 0, 2, 3, 4, 5), Date.UTC(2026, 0, 2, 3, 4, 5)],
    ['2026-01-02t03:04:05.678z', Date.UTC(2026, 0, 2, 3, 4, 5, 678), Date.UTC(2026, 0, 2, 3, 4, 5, 678)],
    ['2026-01-02T03:04:05%2B02:00', Date.UTC(2026, 0, 2, 1, 4, 5), Date.UTC(2026, 0, 2, 1, 4, 5)],
    ['2026-01-02T03:04:05+02:00', Date.UTC(2026, 0, 2, 1, 4, 5), Date.UTC(2026, 0, 2, 1, 4, 5)],
    ['2026-01-02T03:04:05.123456789-01:30', Date.UTC(2026, 0, 2, 4, 34, 5, 123), Date.UTC(2026, 0, 2, 4, 34, 5, 123)],
  ])('from and to %s', async (time, from, to) => {
    await list(`?start_time_from=${time}&start_time_to=${time}`);
    expect(lastQuery()).toMatchObject({ startedFrom: from, startedTo: to });
    await list(`?start_time=${time}&end_time=${time}`);
    expect(lastQuery()).toMatchObject({ startedFrom: from, startedTo: to });
  });

  it('goes by its proper names where the aliases are given too', async () => {
    await list('?start_time_from=2026-01-02&start_time=2020-01-01&start_time_to=2026-01-03&end_time=2019-01-01');
    expect(lastQuery()).toMatchObject({ startedFrom: Date.UTC(2026, 0, 2), startedTo: Date.UTC(2026, 0, 4) - 1 });
  });
});

describe('metrics', () => {
  it("M2: pass on the store's totals under both kinds of names, for the last 24 hours untold", async () => {
    const { body } = await door.ask('/admin/metrics', { token: root });
    const ours = {
      active_sessions: 3,
      total_sessions: 7,
      admin_assisted_count: 2,
      total_tokens: 1_234,
      avg_response_time: 501,
      max_response_time: 900,
      avg_concurrent: 1.25,
      max_concurrent: 5,
    };
    const now = door.clock.now();
    expect(body).toEqual({
      metrics: {
        TotalSessions: 7,
        ActiveSessions: 3,
        TotalTokens: 1_234,
        AvgResponseTime: 501,
        MaxResponseTime: 900,
        AdminAssistedCount: 2,
        ...ours,
      },
      time_range: { start: new Date(now - day).toISOString(), end: new Date(now).toISOString() },
      ...ours,
    });
    expect(door.chat.windows).toEqual([{ from: now - day, to: now }]);
  });

  it('look a day back from the end, where only that is given', async () => {
    await door.ask('/admin/metrics?end_time=2025-12-31T12:00:00Z', { token: root });
    const to = Date.UTC(2025, 11, 31, 12);
    expect(door.chat.windows).toEqual([{ from: to - day, to }]);
  });
});

describe('an admin', () => {
  it("reads and ends anyone's session", async () => {
    door.chat.add('s1', 'ada', ['hello']);
    const read = await door.ask('/admin/sessions/s1', { token: root });
    expect(read.body).toMatchObject({ session_id: 's1', model_id: '', messages: [{ content: 'hello' }] });
    const ended = await door.ask('/admin/sessions/s1/end', { method: 'POST', token: root });
    expect(ended.body).toEqual({ status: 'ended' });
    expect((await door.ask('/admin/sessions/none', { token: root })).status).toBe(404);
  });

  it('sees what goes on now', async () => {
    const { body } = await door.ask('/admin/live', { token: root });
    expect(body).toEqual({
      connections: 4,
      sessions: 3,
      answering: 1,
      waiting_for_help: 2,
      tokens: 500,
      timestamp: new Date(door.clock.now()).toISOString(),
    });
  });

  it('is asked for by every route below /admin', async () => {
    for (const path of [
      '/sessions',
      '/sessions/s1',
      '/sessions/s1/export',
      '/users/ada/sessions',
      '/live',
      '/metrics',
    ]) {
      expect(await door.ask(`/admin${path}`, { token: 'user:ada' }), path).toMatchObject({
        status: 403,
        body: { code: 'FORBIDDEN' },
      });
      expect((await door.ask(`/admin${path}`)).status, path).toBe(401);
    }
  });

  it('finds no takeover here yet', async () => {
    const asked = await door.ask('/admin/takeover/s1', { method: 'POST', token: root });
    expect(asked).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });
});
