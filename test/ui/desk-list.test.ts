// Station: test/ui. The list of `chatbox takeover` on a server with more sessions than it shows: nobody who waits for help falls out of it.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { DeskController } from '../../src/cli/ui/desk-controller.js';
import { type DeskClientPort, DeskWork } from '../../src/cli/ui/desk-work.js';
import { DeskClient } from '../../src/client/desk-client.js';
import { initialDesk } from '../../src/client/desk-snapshot.js';
import { deskTimeline } from '../../src/client/settings.js';
import { initialSnapshot } from '../../src/client/snapshot.js';
import { systemClock } from '../../src/common/clock.js';
import { type Deferred, deferred } from '../../src/common/deferred.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { eventually } from '../helpers/poll.js';
import { projectionOf, seedOf } from '../helpers/store-fixtures.js';

let app: TestApp;
let client: DeskClient;
let controller: DeskController;
let asked: number;

beforeEach(async () => {
  app = await startApp();
  client = new DeskClient({
    server: app.httpUrl,
    token: await app.token('root', { roles: ['admin'] }),
    WebSocket,
    fetch: (...request) => {
      asked += 1;
      return fetch(...request);
    },
  });
  controller = new DeskController({ client, clock: systemClock, replies: [] });
  asked = 0;
});
afterEach(async () => {
  controller.stop();
  client.close();
  await app.stop();
});

/** Active sessions, the first of which spoke longest ago and waits for help. */
async function fill(count: number): Promise<void> {
  const now = Date.now();
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const [id, startedAt] = [`s${n}`, now - 600_000 + n * 100];
      await app.store.createSession(seedOf({ id, userId: `user-${n}`, startedAt }));
      await app.store.append(id, 1, { kind: 'help', at: startedAt, place: 1 });
      const projection = projectionOf({ seq: 1, lastActivityAt: startedAt, helpRequested: n === 0 || n === count - 1 });
      await app.store.project([{ sessionId: id, projection }]);
    }),
  );
}

const pressed = { ctrl: false, meta: false, shift: false } as never;

it('of 600 active sessions the one that waits longest for help is first in the picker, and found by the filter', async () => {
  await fill(600);
  controller.start();
  await eventually(() => controller.listed.length > 0, { timeoutMs: 10_000 });
  expect(controller.listed.slice(0, 3).map(({ id }) => id)).toEqual(['s0', 's599', 's598']);
  expect(new Set(controller.listed.map(({ id }) => id)).size).toBe(controller.listed.length);
  expect(controller.listed).toHaveLength(501);
  expect(controller.state.isListCut).toBe(true);
  expect(asked).toBe(2);
  controller.press('/user-0', pressed);
  expect(controller.listed.map(({ id }) => id)).toEqual(['s0']);
});

it('of fewer sessions than it shows it asks once, and says of none that it is left out', async () => {
  await fill(3);
  controller.start();
  await eventually(() => controller.listed.length > 0);
  expect(controller.listed.map(({ id }) => id)).toEqual(['s0', 's2', 's1']);
  expect([controller.state.isListCut, asked]).toEqual([false, 1]);
});

it('says at the top of a full conversation where its older messages are, and nothing before that', () => {
  const entry = { kind: 'notice', seq: 1, what: 'ended', subject: '', timestamp: '' } as const;
  const chat = { ...initialSnapshot, timeline: new Array(deskTimeline).fill(entry) };
  const session = { sessionId: 'one', ownerId: null, role: 'watcher', lease: { kind: 'none' }, chat } as const;
  const work = (other: typeof session) => {
    const snapshot = { ...initialDesk, sessions: new Map([['one', other]]) };
    const port = { snapshot, subscribe: () => () => undefined } as unknown as DeskClientPort;
    return new DeskWork(port, systemClock);
  };
  const full = work(session);
  full.scroll('one', 10);
  full.scrolledTo('one', 10);
  expect(full.state.remark).toBe('');
  full.scrolledTo('one', 4);
  expect(full.state.remark).toBe('Older messages do not fit here: chatbox sessions export one');
  const short = work({ ...session, chat: { ...chat, timeline: [entry] } });
  short.scroll('one', 10);
  short.scrolledTo('one', 0);
  expect(short.state.remark).toBe('');
});

it('reads an older page when its window comes near the oldest line, and one at a time', async () => {
  const entry = { kind: 'notice', seq: 1, what: 'ended', subject: '', timestamp: '' } as const;
  const chat = { ...initialSnapshot, hasOlder: true, timeline: new Array(1_000).fill(entry) };
  const session = { sessionId: 'one', ownerId: null, role: 'watcher', lease: { kind: 'none' }, chat } as const;
  const pages: Deferred<number>[] = [];
  const port = {
    snapshot: { ...initialDesk, sessions: new Map([['one', session]]) },
    subscribe: () => () => undefined,
    loadOlder: () => {
      const page = deferred<number>();
      pages.push(page);
      return page.promise;
    },
  } as unknown as DeskClientPort;
  const work = new DeskWork(port, systemClock);
  work.scroll('one', 10);
  expect(pages).toHaveLength(0);
  for (let press = 0; press < 90; press += 1) work.scroll('one', 10);
  expect(pages).toHaveLength(1);
  work.scroll('one', -10);
  pages[0]?.reject(new Error('the server is away'));
  await eventually(() => work.state.remark !== '');
  expect(pages).toHaveLength(1);
  work.scroll('one', 10);
  expect(pages).toHaveLength(2);
});
