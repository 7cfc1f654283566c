// Station: test. What the routes for users answer, on a core in memory.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DoorBench, startDoor } from '../../helpers/http-door-bench.js';

let door: DoorBench;
beforeEach(async () => {
  door = await startDoor();
});
afterEach(() => door.close());

const ada = 'user:ada';

describe('a list of own sessions', () => {
  it('shows every field of the contract, and the share token to its owner', async () => {
    door.chat.add('s1', 'ada', ['hello', 'hi'], {
      endedAt: Date.UTC(2026, 0, 2, 3, 5, 35, 900),
      responseCount: 3,
      responseTotalMs: 1_000,
      responseMaxMs: 512.4,
      totalTokens: 99,
      adminAssisted: true,
      assistingAdminName: 'Grace',
      helpRequested: true,
      modelId: 'echo',
    });
    const { body } = await door.ask('/sessions/s1/share', { method: 'POST', token: ada });
    const list = await door.ask('/sessions', { token: ada });
    expect(list.body).toEqual({
      sessions: [
        {
          id: 's1',
          session_id: 's1',
          user_id: 'ada',
          name: 'Session s1',
          last_activity: '2026-01-02T03:05:05.000Z',
          message_count: 2,
          admin_assisted: true,
          start_time: '2026-01-02T03:04:05.000Z',
          end_time: '2026-01-02T03:05:35.900Z',
          is_active: false,
          duration: 90,
          total_tokens: 99,
          max_response_time: 512,
          avg_response_time: 333,
          assisting_admin_name: 'Grace',
          help_requested: true,
          model_id: 'echo',
          share_token: body.share_token,
        },
      ],
      user_id: 'ada',
      count: 1,
      limit: 100,
      truncated: false,
      next_cursor: null,
    });
  });

  it('leaves out what a session does not have', async () => {
    door.chat.add('s1', 'ada');
    const { body } = await door.ask('/sessions', { token: ada });
    const [session] = body.sessions as Record<string, unknown>[];
    expect(session).toMatchObject({ is_active: true, avg_response_time: 0 });
    for (const field of ['end_time', 'assisting_admin_name', 'model_id', 'share_token']) {
      expect(session).not.toHaveProperty(field);
    }
  });

  it('goes on at its cursor until the end', async () => {
    for (let at = 0; at < 5; at += 1) door.chat.add(`s${at}`, 'ada');
    const first = await door.ask('/sessions?limit=3', { token: ada });
    expect(first.body).toMatchObject({ count: 3, limit: 3, truncated: true, next_cursor: '3' });
    const second = await door.ask('/sessions?limit=3&cursor=3', { token: ada });
    expect(second.body).toMatchObject({ count: 2, truncated: false, next_cursor: null });
  });
});

describe('a session of its owner', () => {
  it('is made with a name', async () => {
    const made = await door.ask('/sessions', { method: 'POST', token: ada, body: { name: '  Holidays ' } });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ user_id: 'ada', name: 'Holidays', is_active: true });
  });

  it.each([undefined, 'application/json', 'text/plain', 'nonsense', 'multipart/form-data; boundary=x'])(
    'is made of an empty body of type %s',
    async (type) => {
      const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
      const made = await door.ask('/sessions', { method: 'POST', token: ada, headers, body: '' });
      expect(made.status).toBe(201);
    },
  );

  it('is renamed', async () => {
    door.chat.add('s1', 'ada');
    const renamed = await door.ask('/sessions/s1', { method: 'PATCH', token: ada, body: { name: '😀'.repeat(100) } });
    expect(renamed.body).toMatchObject({ name: '😀'.repeat(100) });
  });

  it.each([
    [{ name: '' }, 'name is required.'],
    [{ name: '😀'.repeat(101) }, 'name must have at most 100 characters.'],
    [{}, 'name is required.'],
    [{ name: 7 }, 'name must be of type string.'],
    [[], 'The request body must be of type object.'],
  ])('is not renamed by %j', async (body, sentence) => {
    door.chat.add('s1', 'ada');
    const refused = await door.ask('/sessions/s1', { method: 'PATCH', token: ada, body });
    expect(refused).toMatchObject({ status: 400, body: { error: sentence, code: 'BAD_REQUEST', message: sentence } });
  });

  it('is not renamed without a body', async () => {
    door.chat.add('s1', 'ada');
    const refused = await door.ask('/sessions/s1', { method: 'PATCH', token: ada });
    expect(refused).toMatchObject({ status: 400, body: { error: 'The request body is required.' } });
  });

  it('ends, and again the same way, with its end unmoved and whatever type its empty body has', async () => {
    door.chat.add('s1', 'ada');
    for (const type of ['application/json', 'x']) {
      const ended = await door.ask('/sessions/s1/end', {
        method: 'POST',
        token: ada,
        headers: { 'content-type': type },
      });
      expect(ended).toMatchObject({ status: 200, body: { status: 'ended' } });
    }
    expect(door.chat.sessions.get('s1')?.session.projection.endedAt).not.toBeNull();
  });

  it('ignores what is sent to a route that reads no body, also what is no JSON', async () => {
    door.chat.add('s1', 'ada');
    const headers = { 'content-type': 'application/json' };
    const ended = await door.ask('/sessions/s1/end', { method: 'POST', token: ada, headers, body: '{not json' });
    expect(ended.status).toBe(200);
  });

  it('is deleted once', async () => {
    door.chat.add('s1', 'ada');
    expect(await door.ask('/sessions/s1', { method: 'DELETE', token: ada })).toMatchObject({
      body: { status: 'deleted' },
    });
    expect((await door.ask('/sessions/s1', { method: 'DELETE', token: ada })).status).toBe(404);
  });

  it('is shared under one token until it is revoked', async () => {
    door.chat.add('s1', 'ada', ['hello', 'hi']);
    const share = () => door.ask('/sessions/s1/share', { method: 'POST', token: ada });
    const first = await share();
    expect((await share()).body).toEqual(first.body);
    expect(first.body.share_token).toMatch(/^[0-9a-f]{32,}$/);
    const shared = await door.ask(`/shared/${first.body.share_token}`);
    expect(shared.body).toMatchObject({ session_id: 's1', name: 'Session s1', messages: [{ seq: 1 }, { seq: 2 }] });
    expect(shared.body).not.toHaveProperty('user_id');
    await door.ask('/sessions/s1/share', { method: 'DELETE', token: ada });
    expect((await door.ask(`/shared/${first.body.share_token}`)).status).toBe(404);
  });
});

describe('a conversation', () => {
  it('is read oldest first, with what is known of each message', async () => {
    door.chat.add('s1', 'ada', ['hello', 'hi'], { modelId: 'echo' });
    const { body } = await door.ask('/sessions/s1', { token: ada });
    expect(body).toEqual({
      session_id: 's1',
      name: 'Session s1',
      model_id: 'echo',
      messages: [
        {
          content: 'hello',
          timestamp: '2026-01-02T03:04:06.000Z',
          sender: 'user',
          message_id: 'message-1',
          seq: 1,
          type: 'user_message',
        },
        {
          content: 'hi',
          timestamp: '2026-01-02T03:04:07.000Z',
          sender: 'ai',
          metadata: {
            end: 'interrupted',
            interrupted: 'true',
            length: '2',
            prompt_tokens: '5',
            completion_tokens: '7',
            total_tokens: '12',
          },
          message_id: 'message-2',
          seq: 2,
          type: 'ai_response',
          model_id: 'echo',
          turn_id: 'turn-2',
        },
      ],
      truncated: false,
    });
  });

  it('pages backwards', async () => {
    door.chat.add('s1', 'ada', ['a', 'b', 'c', 'd', 'e']);
    const seqs = ({ body }: { body: Record<string, unknown> }) =>
      (body.messages as { seq: number }[]).map(({ seq }) => seq);
    const newest = await door.ask('/sessions/s1?limit=2', { token: ada });
    expect([seqs(newest), newest.body.truncated]).toEqual([[4, 5], true]);
    const oldest = await door.ask('/sessions/s1?limit=3&before=4', { token: ada });
    expect([seqs(oldest), oldest.body.truncated]).toEqual([[1, 2, 3], false]);
  });

  it.each(['0', '-1', 'x', '1.5'])('is not read before %s', async (before) => {
    door.chat.add('s1', 'ada');
    const refused = await door.ask(`/sessions/s1?before=${before}`, { token: ada });
    expect(refused.status).toBe(400);
    expect(refused.body.message).toMatch(/^before must be/);
  });

  it('of someone else is not found, by any route, exactly as one that does not exist', async () => {
    door.chat.add('hers', 'grace', ['secret']);
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/end'],
      ['POST', '/share'],
      ['DELETE', '/share'],
    ] as const) {
      const asked = { method, token: ada, ...(method === 'PATCH' ? { body: { name: 'x' } } : {}) };
      const hers = await door.ask(`/sessions/hers${path}`, asked);
      const nobodys = await door.ask(`/sessions/nobodys${path}`, asked);
      expect(hers.status, `${method} ${path}`).toBe(404);
      expect(hers.body).toEqual(nobodys.body);
    }
  });
});
