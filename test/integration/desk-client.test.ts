// Station: test/integration. An admin's client against a whole server: several sessions over one connection, and what it does when that is lost.
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { DeskClient } from '../../src/client/desk-client.js';
import type { DeskSession } from '../../src/client/desk-snapshot.js';
import type { ClientSettings } from '../../src/client/settings.js';
import type { TestApp } from '../helpers/app.js';
import { appStores } from '../helpers/app-stores.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { connectAdmin, isOf, isStatus, join, logOf, said, say } from '../helpers/takeover.js';
import { connect } from '../helpers/wire-client.js';

const stores = await appStores();

describe.each(stores.map((store) => [store.name, store] as const))('on %s', (name, store) => {
  // Long enough that a test server which scans for everything can be asked again before it is over.
  const leaseMs = name === 'SQLite' ? 1_200 : 4_000;
  let app: TestApp;
  let model: GatedModel;
  beforeEach(async () => {
    model = gatedModel();
    app = await store.start({
      providers: [model.provider],
      settings: (all) => ({ ...all, chat: { ...all.chat, floorLeaseMs: leaseMs } }),
    });
  });
  afterEach(() => app.stop());

  /** Sockets of the client under test, newest last. */
  const opened: WebSocket[] = [];
  class WatchedSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      opened.push(this);
    }
  }

  async function deskOf(userId: string, name: string, bounds: Partial<ClientSettings> = {}): Promise<DeskClient> {
    const token = await app.token(userId, { roles: ['admin'], name });
    const settings = { backoffBaseMs: 20, backoffCapMs: 50, ...bounds };
    const desk = new DeskClient({ server: app.httpUrl, token, WebSocket: WatchedSocket, settings });
    onTestFinished(() => desk.close());
    desk.connect();
    await eventually(() => desk.snapshot.connection.kind === 'open');
    return desk;
  }

  function at(desk: DeskClient, sessionId: string): DeskSession {
    const session = desk.snapshot.sessions.get(sessionId);
    if (session === undefined) throw new Error('the session is not at the desk');
    return session;
  }

  const words = ({ chat }: DeskSession): string[] =>
    chat.timeline.map((entry) => (entry.kind === 'message' ? `${entry.sender}: ${entry.content}` : entry.what));

  describe('an admin’s client', () => {
    it('H6: holds two sessions over one connection, each with its own conversation, role and lease', async () => {
      const users = await Promise.all(['ada', 'bob'].map((id) => connect(app, id)));
      const sessions = await Promise.all(users.map((user) => say(user, 'hello')));
      const desk = await deskOf('bea', 'Bea');
      for (const [number, session] of sessions.entries()) {
        await desk.join(session);
        expect(at(desk, session)).toMatchObject({
          role: 'holder',
          ownerId: ['ada', 'bob'][number],
          lease: { kind: 'held', leaseMs },
        });
        await desk.loadOlder(session);
        await desk.say(session, `to ${number}`);
        await users[number]?.until('the words', ({ content }) => content === `to ${number}`);
        await say(users[number] as never, `from ${number}`);
        await eventually(() =>
          expect(words(at(desk, session))).toEqual([
            'user: hello',
            'admin_join',
            `admin: to ${number}`,
            `user: from ${number}`,
          ]),
        );
        expect(at(desk, session).chat.pending).toEqual([]);
      }
      expect(opened.filter(({ readyState }) => readyState === WebSocket.OPEN)).toHaveLength(1);
      users[0]?.send({ type: 'typing_indicator' });
      await eventually(() => at(desk, sessions[0] ?? '').chat.typingAtMs !== null);
      expect(at(desk, sessions[1] ?? '').chat.typingAtMs).toBeNull();
      expect(desk.typing(sessions[1] ?? '')).toBe(true);
      await users[1]?.until('typing', isOf('typing_indicator'));
    });

    it('reads older messages until its timeline is full, and then asks for none that it would drop', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      await join(await connectAdmin(app, 'cleo'), session);
      for (const text of ['two', 'three', 'four', 'five', 'six', 'seven']) await say(ada, text);
      const desk = await deskOf('bea', 'Bea', { maxTimeline: 5 });
      await desk.watch(session);
      expect(await desk.loadOlder(session, 3)).toBe(3);
      expect(at(desk, session).chat.hasOlder).toBe(true);
      expect(await desk.loadOlder(session, 3)).toBe(3);
      const newest = ['three', 'four', 'five', 'six', 'seven'].map((text) => `user: ${text}`);
      expect(words(at(desk, session))).toEqual(newest);
      expect(at(desk, session).chat.hasOlder).toBe(false);
      expect(await desk.loadOlder(session, 3)).toBe(0);
      expect(words(at(desk, session))).toEqual(newest);
    });

    it('leaves with a note, whispers, watches on, and is out in the end', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      (await model.question(0)).end();
      const desk = await deskOf('bea', 'Bea');
      await desk.watch(session);
      expect(at(desk, session)).toMatchObject({ role: 'watcher', lease: { kind: 'none' } });
      expect(await desk.whisper(session, 'be kind')).toBe(1);
      await desk.join(session);
      await desk.leave(session, 'a note');
      expect(at(desk, session)).toMatchObject({
        role: 'watcher',
        lease: { kind: 'none' },
        chat: { floor: { holder: 'ai' } },
      });
      await say(ada, 'two');
      await eventually(() => words(at(desk, session)).includes('user: two'));
      await desk.leave(session);
      expect(at(desk, session).role).toBe('out');
      desk.forget(session);
      expect(desk.snapshot.sessions.size).toBe(0);
      expect((await app.store.asides(session, 10)).map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
        'whisper: be kind',
        'note: a note',
      ]);
    });

    it('is refused what another holds, takes it by force, and says who took it from it', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const [bea, cleo] = [await deskOf('bea', 'Bea'), await deskOf('cleo', 'Cleo')];
      await bea.join(session);
      await expect(cleo.join(session)).rejects.toMatchObject({
        code: 'SESSION_HELD',
        message: expect.stringContaining('Bea holds'),
      });
      expect(at(cleo, session).role).toBe('out');
      await expect(cleo.say(session, 'x')).rejects.toMatchObject({ code: 'SESSION_HELD' });
      await cleo.join(session, { force: true });
      await eventually(() =>
        expect(at(bea, session)).toMatchObject({ role: 'out', lease: { kind: 'lost', to: 'Cleo' } }),
      );
      await expect(bea.join('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(bea.whisper('nowhere', 'x')).rejects.toMatchObject({ code: 'invalid' });
    });

    it('comes back by itself into every session that it was in, with what it missed and what it had not sent', async () => {
      const [ada, bob] = [await connect(app, 'ada'), await connect(app, 'bob')];
      const [held, watched] = [await say(ada, 'one'), await say(bob, 'two')];
      const desk = await deskOf('bea', 'Bea');
      await desk.join(held);
      await desk.watch(watched);
      opened.at(-1)?.terminate();
      await ada.until('away', isStatus('admin_away'));
      await eventually(() => expect(at(desk, held).lease.kind).toBe('running_out'));
      const sent = desk.say(held, 'said while away');
      await say(ada, 'missed');
      // It may be back before that was said.
      await eventually(() => expect(ada.frames.some(isStatus('admin_back'))).toBe(true));
      await sent;
      await eventually(() => expect(said(ada)).toEqual(['admin: said while away']));
      await eventually(() => expect(at(desk, held)).toMatchObject({ role: 'holder', lease: { kind: 'held' } }));
      await eventually(() =>
        expect(words(at(desk, held)).sort()).toEqual(['admin: said while away', 'admin_join', 'user: missed']),
      );
      await say(bob, 'read along');
      await eventually(() => expect(words(at(desk, watched))).toContain('user: read along'));
      expect(ada.frames.filter(isOf('admin_join'))).toHaveLength(1);
      expect(said(ada)).toEqual(['admin: said while away']);
    });

    it('that comes back too late does not take the session anew, and says that the lease is lost', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      const desk = await deskOf('bea', 'Bea');
      await desk.join(session);
      desk.close();
      expect(at(desk, session).lease.kind).toBe('running_out');
      const lost = await ada.until('left', isOf('admin_leave'));
      expect(lost.metadata).toMatchObject({ reason: 'connection_lost', admin_name: 'Bea' });
      desk.connect();
      await eventually(() =>
        expect(at(desk, session)).toMatchObject({ role: 'out', lease: { kind: 'lost', to: null } }),
      );
      await expect(desk.say(session, 'late')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
      expect(at(desk, session).chat.pending).toMatchObject([{ status: 'failed', content: 'late' }]);
      expect(await logOf(app, session)).toContain('floor 2: ai lapsed');
      await desk.join(session);
      const failed = at(desk, session).chat.pending[0]?.messageId ?? '';
      await desk.sayAgain(session, failed);
      await ada.until('the words', ({ content }) => content === 'late');
    });

    it('hears calls for help, and lists who waits and who holds', async () => {
      const desk = await deskOf('bea', 'Bea');
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      ada.send({ type: 'help_request' });
      await eventually(() =>
        expect(desk.snapshot.helpCalls).toMatchObject([{ sessionId: session, userId: 'ada', queuePlace: 1 }]),
      );
      const { sessions } = await desk.listSessions({ helpRequested: true, status: 'active', sortBy: 'last_activity' });
      expect(sessions).toMatchObject([
        { id: session, userId: 'ada', isHelpRequested: true, heldBy: null, name: 'one' },
      ]);
      await desk.join(session);
      expect(desk.snapshot.helpCalls).toEqual([]);
      expect((await desk.listSessions()).sessions).toMatchObject([{ heldBy: 'Bea', isHelpRequested: false }]);
      const eve = new DeskClient({ server: app.httpUrl, token: await app.token('eve'), WebSocket: WatchedSocket });
      onTestFinished(() => eve.close());
      eve.connect();
      await expect(eve.join(session)).rejects.toMatchObject({ code: 'INSUFFICIENT_PERMISSIONS' });
      await expect(eve.listSessions()).rejects.toMatchObject({ status: 403 });
      expect(eve.snapshot.alerts).toEqual([]);
    });

    it('lets the lease lapse of a socket that never comes back, while another admin only has to wait', async () => {
      const ada = await connect(app, 'ada');
      const session = await say(ada, 'one');
      await app.http('bea', 'POST', `/admin/takeover/${session}`, undefined, ['admin']);
      const bea = await connectAdmin(app, 'bea', `?session_id=${session}`);
      bea.socket.terminate();
      await ada.until('left', isOf('admin_leave'));
      await join(await connectAdmin(app, 'cleo'), session);
    });
  });
});
