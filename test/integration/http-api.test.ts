// The HTTP API through the whole server: real core, real SQLite store, real sockets. Every answer is held against the contract.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../helpers/app.js';
import { type Ask, contractClient } from '../helpers/http-contract.js';
import { eventually } from '../helpers/poll.js';
import { connect } from '../helpers/wire-client.js';

let app: TestApp;
let ask: Ask;
let root: string;
beforeAll(async () => {
  app = await startApp();
  ask = contractClient(app.httpUrl);
  root = await app.token('root', { roles: ['chat_admin'] });
});
afterAll(() => app.stop());

/** Has `userId` say something and waits for the answer; resolves to the session. */
async function talk(userId: string, ...said: readonly string[]): Promise<string> {
  const client = await connect(app, userId, { query: '?new=1' });
  for (const content of said) {
    client.send({ type: 'user_message', content });
    await client.answer();
  }
  const id = client.frames.at(-1)?.session_id ?? '';
  client.close();
  await client.closed;
  return id;
}

describe('a session over HTTP', () => {
  it('goes from made through talked in, renamed, shared and ended to deleted', async () => {
    const token = await app.token('ada');
    const made = await ask('/sessions', { method: 'POST', token, body: { name: 'First' } });
    const id = String(made.body.id);
    expect(made.body).toMatchObject({
      session_id: id,
      user_id: 'ada',
      name: 'First',
      is_active: true,
      message_count: 0,
    });

    const client = await connect(app, 'ada', { query: `?session_id=${id}` });
    client.send({ type: 'user_message', content: 'hello there', message_id: 'm-1' });
    const { text } = await client.answer();
    const { body: history } = await ask(`/sessions/${id}`, { token });
    expect(history).toMatchObject({
      session_id: id,
      name: 'First',
      messages: [
        { sender: 'user', content: 'hello there', type: 'user_message', message_id: 'm-1' },
        {
          sender: 'ai',
          content: text,
          type: 'ai_response',
          metadata: { end: 'complete', length: String(text.length) },
        },
      ],
      truncated: false,
    });

    const renamed = await ask(`/sessions/${id}`, { method: 'PATCH', token, body: { name: 'Second' } });
    expect(renamed.body).toMatchObject({ id, name: 'Second', message_count: 2 });

    const share = () => ask(`/sessions/${id}/share`, { method: 'POST', token });
    const { share_token: shareToken } = (await share()).body;
    expect(shareToken).toMatch(/^[0-9a-f]{32,}$/);
    expect((await share()).body.share_token).toBe(shareToken);
    const shared = await ask(`/shared/${shareToken}`);
    expect(shared.body).toEqual({ session_id: id, name: 'Second', messages: history.messages });
    await ask(`/sessions/${id}/share`, { method: 'DELETE', token });
    expect((await ask(`/shared/${shareToken}`)).status).toBe(404);
    expect((await share()).body.share_token).not.toBe(shareToken);

    const own = async () => ((await ask('/sessions', { token })).body.sessions as Record<string, unknown>[])[0];
    await ask(`/sessions/${id}/end`, { method: 'POST', token });
    const ended = await eventually(async () => ((await own())?.is_active === false ? own() : null));
    expect(ended).toMatchObject({ id, name: 'Second', is_active: false, end_time: expect.any(String) });
    await ask(`/sessions/${id}/end`, { method: 'POST', token });
    expect((await own())?.end_time).toBe(ended.end_time);

    expect((await ask(`/sessions/${id}`, { method: 'DELETE', token })).body).toEqual({ status: 'deleted' });
    expect((await ask(`/sessions/${id}`, { token })).status).toBe(404);
    expect((await ask('/sessions', { token })).body).toMatchObject({ sessions: [], count: 0 });
    client.close();
  });

  it('of someone else is not found, whatever is asked of it, and stays as it was', async () => {
    const id = await talk('grace', 'mine');
    const token = await app.token('mallory');
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/end'],
      ['POST', '/share'],
      ['DELETE', '/share'],
    ] as const) {
      const refused = await ask(`/sessions/${id}${path}`, {
        method,
        token,
        ...(method === 'PATCH' ? { body: { name: 'x' } } : {}),
      });
      expect(refused.status, `${method} ${path}`).toBe(404);
    }
    const { body } = await ask(`/sessions/${id}`, { token: await app.token('grace') });
    expect(body).toMatchObject({ name: 'mine', messages: [{ content: 'mine' }, { sender: 'ai' }] });
  });

  it('pages its history backwards without a gap', async () => {
    const id = await talk('pat', 'one', 'two', 'three', 'four');
    const token = await app.token('pat');
    const whole = (await ask(`/sessions/${id}`, { token })).body.messages as { seq: number }[];
    const paged: { seq: number }[] = [];
    let query = '?limit=3';
    for (let isMore = true; isMore; query = `?limit=3&before=${paged[0]?.seq}`) {
      const { body } = await ask(`/sessions/${id}${query}`, { token });
      paged.unshift(...(body.messages as { seq: number }[]));
      isMore = body.truncated === true;
    }
    expect(paged).toEqual(whole);
    expect(whole).toHaveLength(8);
  });

  it('lists page by page by its cursor, and refuses one that it did not give', async () => {
    const token = await app.token('lee');
    for (const name of ['a', 'b', 'c', 'd', 'e']) await ask('/sessions', { method: 'POST', token, body: { name } });
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await ask(`/sessions?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, {
        token,
      });
      names.push(...(body.sessions as { name: string }[]).map(({ name }) => name));
      cursor = body.next_cursor as string | null;
    }
    expect(names.toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await ask('/sessions?cursor=nonsense', { token })).status).toBe(400);
  });
});

describe('an admin', () => {
  it('sees a session in lists, with its messages, as a file and in the numbers, and ends it', async () => {
    const before = (await ask('/admin/metrics', { token: root })).body as { total_sessions: number };
    const id = await talk('cleo', '=1+1', 'two\nlines');
    const rows = async (query: string) =>
      (await ask(`/admin/users/cleo/sessions${query}`, { token: root })).body.sessions as Record<string, unknown>[];
    await eventually(async () => (await rows(''))[0]?.message_count === 4);
    expect((await rows('?status=active'))[0]).toMatchObject({ id, user_id: 'cleo', is_active: true });
    expect(await rows('?status=ended')).toEqual([]);
    expect(await rows('?admin_assisted=true')).toEqual([]);

    const read = await ask(`/admin/sessions/${id}`, { token: root });
    const jsonl = await ask(`/admin/sessions/${id}/export`, { token: root });
    expect(
      jsonl.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(read.body.messages);
    const csv = await ask(`/admin/sessions/${id}/export?format=csv`, { token: root });
    expect(csv.text).toContain(",'=1+1,");
    expect(csv.text).toContain('"two\nlines"');
    expect((await ask(`/admin/sessions/${id}/export?format=md`, { token: root })).text).toContain('> =1+1');

    expect((await ask(`/admin/sessions/${id}/end`, { method: 'POST', token: root })).body).toEqual({ status: 'ended' });
    await eventually(async () => (await rows('?status=ended'))[0]?.id === id);
    const after = (await ask('/admin/metrics', { token: root })).body as { total_sessions: number };
    expect(after.total_sessions).toBe(before.total_sessions + 1);
    expect((await ask('/admin/metrics?start_time=2020-01-01&end_time=2020-01-02', { token: root })).body).toMatchObject(
      {
        total_sessions: 0,
        avg_concurrent: 0,
        metrics: { TotalSessions: 0 },
        time_range: { start: '2020-01-01T00:00:00.000Z', end: '2020-01-02T23:59:59.999Z' },
      },
    );
  });

  it('sees connections come and go', async () => {
    const live = async () => Number((await ask('/admin/live', { token: root })).body.connections);
    const before = await live();
    const client = await connect(app, 'dora');
    expect(await live()).toBe(before + 1);
    client.close();
    await eventually(async () => (await live()) === before);
  });
});

describe('machines', () => {
  it('find health, readiness, metrics and the contract', async () => {
    expect((await ask('/healthz')).body).toMatchObject({ status: 'healthy' });
    expect((await ask('/readyz')).body).toMatchObject({
      status: 'ready',
      checks: { sqlite: { status: 'ready' }, llm: { status: 'ready' } },
    });
    const { text } = await ask('/metrics/prometheus');
    for (const name of [
      'chatbox_active_sessions_total',
      'chatbox_messages_received_total',
      'chatbox_llm_requests_total',
    ]) {
      expect(text).toMatch(new RegExp(`^${name}(\\{[^}]*\\})? \\d`, 'm'));
    }
    expect((await ask('/openapi.json')).body.openapi).toBe('3.1.0');
  });

  it('learn over HTTP why an upgrade is refused, in the order of the upgrade', async () => {
    expect((await ask('/ws')).status).toBe(401);
    expect((await ask('/ws', { token: 'nonsense' })).status).toBe(401);
    expect((await ask(`/ws?token=${await app.token('ada')}`)).status).toBe(400);
    expect((await ask('/ws', { token: await app.token('ada') })).body).toMatchObject({ code: 'BAD_REQUEST' });
  });
});
