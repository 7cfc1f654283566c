// The findings that a store can bring back, through the whole server on each store: H1 sorts, M2 metrics, M3 fields, M4 activity over a restart, R28 a store that is away.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AppSettings } from '../../src/server/app-settings.js';
import { type Session, type SessionSort, sessionSorts } from '../../src/server/ports/store.js';
import type { TestApp, TestAppOptions } from '../helpers/app.js';
import { type AppDatabase, appStores } from '../helpers/app-stores.js';
import { failingStore, noFaults } from '../helpers/failing-store.js';
import { gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { projectionOf, seedOf } from '../helpers/store-fixtures.js';
import { connectAdmin, isOf, isStatus, join, reply, say } from '../helpers/takeover.js';
import { connect } from '../helpers/wire-client.js';

const stores = await appStores();
const hourMs = 3_600_000;
const deadlineMs = 60_000;

function sessionOf(seed: Parameters<typeof seedOf>[0], projection: Parameters<typeof projectionOf>[0]): Session {
  const born = seedOf(seed);
  return { ...born, projection: projectionOf({ name: born.name, ...projection }), shareToken: null };
}

/** Six ended sessions that each sort puts into an order of its own. */
function inManyOrders(now: number): readonly Session[] {
  const begin = now - 2 * hourMs;
  return [3, 0, 5, 1, 4, 2].map((place, at) =>
    sessionOf(
      { id: `s${at}`, userId: `user-${[2, 4, 0, 5, 3, 1][at]}`, startedAt: begin + at * 10_000 },
      {
        lastActivityAt: begin + 100_000 + ([4, 1, 3, 5, 0, 2][at] ?? 0) * 1_000,
        endedAt: begin + 200_000 + place * 13_000,
        messageCount: [5, 3, 1, 0, 2, 4][at] ?? 0,
        totalTokens: [1, 5, 2, 4, 0, 3][at] ?? 0,
      },
    ),
  );
}

const keyOf: Readonly<Record<SessionSort, (session: Session) => number | string>> = {
  start_time: ({ startedAt }) => startedAt,
  end_time: ({ projection }) => projection.endedAt ?? 0,
  message_count: ({ projection }) => projection.messageCount,
  total_tokens: ({ projection }) => projection.totalTokens,
  user_id: ({ userId }) => userId,
  last_activity: ({ projection }) => projection.lastActivityAt,
  duration: ({ startedAt, projection }) => (projection.endedAt ?? 0) - startedAt,
};

describe.each(stores.map((store) => [store.name, store] as const))('on %s', (_, store) => {
  async function fresh(): Promise<AppDatabase> {
    const database = await store.database();
    onTestFinished(() => database.remove());
    return database;
  }

  async function serve(database: AppDatabase, options: Omit<TestAppOptions, 'openStore' | 'dataDir'> = {}) {
    const app = await database.start(options);
    let isStopped = false;
    const stop = async (): Promise<void> => {
      if (isStopped) return;
      isStopped = true;
      await app.stop();
    };
    onTestFinished(stop);
    return { app, stop };
  }

  const ask = async (app: TestApp, path: string) => app.http('root', 'GET', path, undefined, ['admin']);

  it(
    'H1: every sort of the admin list is its own, in both orders, by cursor and by offset; any other is a 400 that names them',
    async () => {
      const database = await fresh();
      const { app } = await serve(database);
      const sessions = inManyOrders(Date.now());
      await database.fill(sessions);
      const list = async (query: string) => {
        const { body } = await ask(app, `/admin/sessions?${query}`);
        const rows = body.sessions as { session_id: string }[];
        return { ids: rows.map(({ session_id: id }) => id), next: body.next_cursor as string | null };
      };
      const orders = new Set<string>();
      for (const sort of sessionSorts) {
        const ids = [...sessions].sort((a, b) => (keyOf[sort](a) < keyOf[sort](b) ? -1 : 1)).map(({ id }) => id);
        orders.add(ids.join());
        expect((await list(`sort_by=${sort}&sort_order=asc`)).ids, sort).toEqual(ids);
        expect((await list(`sort_by=${sort}&sort_order=desc`)).ids, sort).toEqual(ids.toReversed());
        const paged: string[] = [];
        for (let cursor: string | null = ''; cursor !== null; ) {
          const next = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
          const page = await list(`sort_by=${sort}&sort_order=asc&limit=4${next}`);
          const skipped = await list(`sort_by=${sort}&sort_order=asc&limit=4&offset=${paged.length}`);
          expect(skipped.ids, sort).toEqual(page.ids);
          paged.push(...page.ids);
          cursor = page.next;
        }
        expect(paged, sort).toEqual(ids);
      }
      // Were one of them to fall back to another, it would show.
      expect(orders.size).toBe(sessionSorts.length);
      const refused = await ask(app, '/admin/sessions?sort_by=name');
      expect(refused.status).toBe(400);
      for (const sort of sessionSorts) expect(JSON.stringify(refused.body)).toContain(sort);
    },
    deadlineMs,
  );

  it(
    'M2: metrics count each of 2,500 sessions in the window',
    async () => {
      const database = await fresh();
      const { app } = await serve(database);
      const begin = Date.now() - hourMs;
      const counted = { messageCount: 2, totalTokens: 3, responseCount: 2, responseTotalMs: 20, responseMaxMs: 17 };
      const sessions = Array.from({ length: 2_500 }, (_, at) =>
        sessionOf(
          { userId: `user-${at % 50}`, ordinal: 1 + Math.floor(at / 50), startedAt: begin + at },
          { ...counted, adminAssisted: at % 5 === 0, endedAt: begin + 60_000 },
        ),
      );
      await database.fill(sessions);
      const iso = (ms: number) => encodeURIComponent(new Date(ms).toISOString());
      const query = `start_time=${iso(begin)}&end_time=${iso(begin + hourMs / 2)}`;
      // A database that still makes its indexes may need more than the 5 s of one call.
      const { body } = await eventually(
        async () => {
          const answer = await ask(app, `/admin/metrics?${query}`);
          return answer.status === 503 ? null : answer;
        },
        { timeoutMs: 30_000, what: 'the metrics' },
      );
      expect(body).toMatchObject({
        total_sessions: 2_500,
        total_tokens: 7_500,
        admin_assisted_count: 500,
        avg_response_time: 10,
        max_response_time: 17,
        max_concurrent: 2_500,
        metrics: { TotalSessions: 2_500, TotalTokens: 7_500, AdminAssistedCount: 500 },
      });
    },
    deadlineMs,
  );

  it(
    'M3: nothing that a whole conversation leaves behind has a field that is not declared',
    async () => {
      const database = await fresh();
      const model = gatedModel(['gated', 'other']);
      const { app, stop } = await serve(database, { providers: [model.provider] });
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one', { metadata: { $where: 'a.b' } });
      const answer = await model.question(0);
      answer.say('yes');
      answer.end();
      await ada.until('the answer', ({ seq }) => seq === 2);
      ada.send({ type: 'file_upload', file_id: 'f', file_url: 'https://files.example.com/f', message_id: 'f' });
      await ada.until('the ack', ({ type, message_id: id }) => type === 'message_ack' && id === 'f');
      ada.send({ type: 'model_select', model_id: 'other' });
      ada.send({ type: 'help_request' });
      await ada.until('confirmed', isStatus('help_requested'));
      const bea = await connectAdmin(app);
      await join(bea, session);
      await reply(bea, session, 'a person');
      bea.send({ type: 'admin_leave', session_id: session, content: 'be kind' });
      await ada.until('left', isOf('admin_leave'));
      await app.http('ada', 'PATCH', `/sessions/${session}`, { name: 'renamed' });
      await app.http('ada', 'POST', `/sessions/${session}/share`);
      await say(ada, 'two');
      (await model.question(1)).say('half of it');
      await app.http('ada', 'POST', `/sessions/${session}/end`);
      await stop();
      const { kinds, undeclared } = await database.fields();
      expect(undeclared).toEqual([]);
      const entries = ['message', 'floor', 'model', 'help', 'rename', 'end'].map((kind) => `entry ${kind}`);
      expect([...kinds]).toEqual(expect.arrayContaining(['sessions', 'turns', 'asides', ...entries]));
    },
    deadlineMs,
  );

  it(
    'M4: a session stays active over a restart when it was used lately, however long ago it began',
    async () => {
      const settings = (all: AppSettings) => ({ ...all, chat: { ...all.chat, sessionTimeoutMs: 2_000 } });
      const database = await fresh();
      const first = await serve(database, { settings });
      const startedAt = Date.now() - hourMs;
      const born = { ordinal: 1, startedAt, name: '', modelId: null };
      await first.app.store.createSession({ id: 'old', userId: 'ada', ...born });
      await first.app.store.createSession({ id: 'idle', userId: 'bob', ...born });
      const ada = await connect(first.app, 'ada');
      expect(ada.sessionId()).toBe('old');
      ada.send({ type: 'user_message', content: 'hi' });
      await ada.answer();
      await first.stop();
      const second = await serve(database, { settings });
      const idle = await eventually(
        async () => {
          const session = await second.app.store.session('idle');
          return session?.projection.endedAt === null ? null : session;
        },
        { timeoutMs: 8_000, what: 'the idle session to end' },
      );
      expect(idle.projection.lastActivityAt).toBe(startedAt);
      expect((await connect(second.app, 'ada')).sessionId()).toBe('old');
    },
    deadlineMs,
  );

  it(
    'R28: nothing is acked or answered as if it were stored, and the session goes on when the store is back',
    async () => {
      const faults = noFaults();
      const model = gatedModel();
      const { app } = await serve(await fresh(), {
        providers: [model.provider],
        wrapStore: (each) => failingStore(each, faults),
      });
      const ada = await connect(app, 'ada');
      faults.before.add('append');
      ada.send({ type: 'user_message', content: 'lost?', message_id: 'm' });
      const error = await ada.until('error', ({ type }) => type === 'error');
      expect(error).toMatchObject({ error: { code: 'DATABASE_ERROR', recoverable: true }, message_id: 'm' });
      expect(model.questions).toHaveLength(0);
      faults.before.clear();
      ada.send({ type: 'user_message', content: 'lost?', message_id: 'm' });
      const ack = await ada.until('ack', ({ type }) => type === 'message_ack');
      expect(ack.seq).toBe(1);
      const question = await model.question(0);
      question.say('no');
      question.end();
      await ada.answer();
      const { body } = await app.http('ada', 'GET', `/sessions/${ack.session_id}`);
      expect(body.messages).toMatchObject([{ content: 'lost?' }, { content: 'no' }]);
    },
    deadlineMs,
  );
});
