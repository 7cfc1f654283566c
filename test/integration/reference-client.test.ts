// A client of the reference system: it knows only the (ref) part of the wire contract. No message ids, no seq, no acks, its token in the query.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startApp, type TestApp } from '../helpers/app.js';
import { eventually } from '../helpers/poll.js';

let app: TestApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(async () => {
  await app.stop();
});

interface RefFrame {
  type: string;
  session_id?: string;
  content?: string;
  models?: { id: string; name: string }[];
  metadata?: Record<string, string>;
  error?: { code: string; message: string; recoverable: boolean };
}

/** The reference's web page, as far as its protocol goes. */
class ReferencePage {
  readonly socket: WebSocket;
  models: { id: string; name: string }[] = [];
  isTyping = false;
  bubbles: string[] = [];
  notices: string[] = [];
  sessionId: string;

  constructor(url: string, token: string) {
    this.sessionId = `session_${Date.now()}_made_by_the_page`;
    this.socket = new WebSocket(`${url}?token=${encodeURIComponent(token)}`);
    this.socket.on('message', (data) => this.#show(JSON.parse(String(data))));
  }

  say(content: string): void {
    this.isTyping = true;
    this.socket.send(
      JSON.stringify({
        type: 'user_message',
        session_id: this.sessionId,
        content,
        sender: 'user',
        timestamp: new Date().toISOString(),
        model_id: this.models[0]?.id ?? '',
        file_id: '',
        metadata: null,
      }),
    );
  }

  #show(frame: RefFrame): void {
    switch (frame.type) {
      case 'connection_status':
        this.models = frame.models ?? this.models;
        return;
      case 'loading':
        this.isTyping = true;
        return;
      case 'ai_response':
        if (frame.metadata?.streaming !== 'true') return;
        if (!this.isTyping) this.bubbles.push('');
        if (this.bubbles.length === 0 || frame.metadata.first === 'true') this.bubbles.push('');
        this.bubbles[this.bubbles.length - 1] += frame.content ?? '';
        if (frame.metadata.done === 'true') this.isTyping = false;
        return;
      case 'error':
        this.isTyping = false;
        this.notices.push(frame.error?.code ?? '');
        return;
      default:
        this.notices.push(frame.type);
    }
  }
}

describe('a client that speaks only the reference’s part of the protocol', () => {
  it('holds a conversation, with a session id of its own making', async () => {
    const page = new ReferencePage(app.wsUrl, await app.token('ref-user'));
    await eventually(() => page.models.length > 0, { what: 'the list of models' });
    expect(page.models).toEqual([{ id: 'echo', name: 'Echo' }]);
    page.bubbles.push('');
    page.say('first question');
    await eventually(() => !page.isTyping && page.bubbles[0] !== '');
    expect(page.bubbles[0]).toContain('first question');
    page.bubbles.push('');
    page.say('second question');
    await eventually(() => !page.isTyping && page.bubbles[1] !== '');
    expect(page.bubbles[1]).toContain('second question');
    expect(page.notices).toEqual([]);
    const { body } = await app.http('ref-user', 'GET', '/sessions');
    expect(body).toMatchObject({ count: 1, user_id: 'ref-user', sessions: [{ message_count: 4, is_active: true }] });
    const id = (body.sessions as { id: string }[])[0]?.id;
    const history = await app.http('ref-user', 'GET', `/sessions/${id}`);
    expect(history.body.messages).toMatchObject([
      { sender: 'user', content: 'first question' },
      { sender: 'ai', content: page.bubbles[0] },
      { sender: 'user', content: 'second question' },
      { sender: 'ai', content: page.bubbles[1] },
    ]);
    page.socket.terminate();
  });

  it('sees typing end when something goes wrong, and goes on', async () => {
    const page = new ReferencePage(app.wsUrl, await app.token('ref-user'));
    await eventually(() => page.models.length > 0);
    page.bubbles.push('');
    page.say('/echo fail=unavailable');
    await eventually(() => page.notices.length > 0);
    expect(page.notices).toEqual(['LLM_UNAVAILABLE']);
    expect(page.isTyping).toBe(false);
    page.say('and now?');
    await eventually(() => !page.isTyping && (page.bubbles.at(-1) ?? '').includes('and now?'));
    page.socket.terminate();
  });

  it('is told of an admin’s lists in the reference’s fields', async () => {
    const page = new ReferencePage(app.wsUrl, await app.token('ref-user'));
    await eventually(() => page.models.length > 0);
    page.bubbles.push('');
    page.say('hello');
    await eventually(() => !page.isTyping && page.bubbles[0] !== '');
    const { body } = await app.http('root', 'GET', '/admin/sessions?sort_by=message_count&sort_order=asc', undefined, [
      'chat_admin',
    ]);
    expect(body).toMatchObject({ count: 1, limit: 100, offset: 0 });
    expect(Object.keys((body.sessions as object[])[0] ?? {})).toEqual(
      expect.arrayContaining([
        'id',
        'session_id',
        'user_id',
        'name',
        'last_activity',
        'message_count',
        'admin_assisted',
        'start_time',
        'is_active',
        'duration',
        'total_tokens',
        'max_response_time',
        'avg_response_time',
      ]),
    );
    const metrics = await app.http('root', 'GET', '/admin/metrics', undefined, ['admin']);
    expect(metrics.body).toMatchObject({
      metrics: { TotalSessions: 1, ActiveSessions: 1, AdminAssistedCount: 0 },
      total_sessions: 1,
      max_concurrent: 1,
    });
    page.socket.terminate();
  });
});
