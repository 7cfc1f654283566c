// Station: test/contract/store. Promises about lists and metrics, held against an obvious model. Called by store-contract.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Projection,
  type Session,
  type SessionQuery,
  type Store,
  type StoreError,
  sessionSorts,
} from '../../../src/server/ports/store.js';
import { eventually } from '../../helpers/poll.js';
import { projectionOf, seedOf, testEpochMs } from '../../helpers/store-fixtures.js';
import { countedMetrics, listedIds } from '../../helpers/store-model.js';
import { failureOf, openFresh, type StoreTarget } from './store-target.js';

type Wanted = Omit<typeof anySession extends fc.Arbitrary<infer T> ? T : never, 'user'> & { readonly user: string };

/** Few values each, so that ties are common. */
const anySession = fc.record({
  user: fc.constantFrom('ann', 'bob', 'cy'),
  startMs: fc.nat(20),
  projection: fc.record({
    messageCount: fc.nat(3),
    totalTokens: fc.nat(4),
    responseCount: fc.nat(5),
    responseTotalMs: fc.nat(100),
    responseMaxMs: fc.nat(50),
    adminAssisted: fc.boolean(),
    helpRequested: fc.boolean(),
    activityMs: fc.nat(10),
    lengthMs: fc.option(fc.nat(15), { nil: null }),
  }),
});

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const anyFilter = fc.record({
  userId: maybe(fc.constantFrom('ann', 'bob', 'nobody')),
  status: maybe(fc.constantFrom('active' as const, 'ended' as const)),
  adminAssisted: maybe(fc.boolean()),
  helpRequested: maybe(fc.boolean()),
  startedFrom: maybe(fc.nat(20).map((ms) => testEpochMs + ms)),
  startedTo: maybe(fc.nat(20).map((ms) => testEpochMs + ms)),
  // Ids are `s` and a number.
  idPrefix: maybe(fc.constantFrom('s', 's1', 's57', 's9', 't')),
});

type Opened = Awaited<ReturnType<typeof openFresh<Store>>>;

/** A filter with only what is set: the port's optional fields are left out, not undefined. */
function queryOf(
  filter: Partial<Record<keyof SessionQuery, unknown>>,
  rest: Omit<SessionQuery, keyof typeof filter>,
): SessionQuery {
  const set = Object.entries(filter).filter(([, value]) => value !== undefined);
  return { ...rest, ...Object.fromEntries(set) } as SessionQuery;
}

async function removeSessions({ store, data }: Opened, sessions: readonly Session[]): Promise<void> {
  if (data.empty !== undefined) await data.empty();
  else await Promise.all(sessions.map(({ id }) => store.deleteSession(id)));
}

async function seedSessions({ store, data }: Opened, wanted: readonly Wanted[]) {
  const sessions: Session[] = wanted.map(({ user, startMs, projection: { activityMs, lengthMs, ...counted } }, at) => {
    const startedAt = testEpochMs + startMs;
    const projection: Projection = projectionOf({
      ...counted,
      lastActivityAt: startedAt + activityMs,
      endedAt: lengthMs === null ? null : startedAt + lengthMs,
    });
    // Ids in an order of their own, so that a list by insertion would not pass for one by id.
    const id = `s${(at * 7_919) % 10_007}`;
    return { ...seedOf({ userId: user, ordinal: at + 1, id, startedAt }), shareToken: null, projection };
  });
  if (data.fill !== undefined) {
    await data.fill(sessions);
    return sessions;
  }
  await Promise.all(sessions.map(({ projection: _, shareToken: __, ...seed }) => store.createSession(seed)));
  for (let at = 0; at < sessions.length; at += 500) {
    const part = sessions.slice(at, at + 500);
    await store.project(part.map(({ id, projection }) => ({ sessionId: id, projection })));
  }
  return sessions;
}

async function pagesOf(store: Store, query: SessionQuery): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  for (;;) {
    // A later clock must not disturb the pages.
    const now = cursor === undefined ? query.now : query.now + 1_000;
    const page = await store.listSessions(cursor === undefined ? query : { ...query, cursor, now });
    expect(page.sessions.length).toBeLessThanOrEqual(query.limit);
    ids.push(...page.sessions.map(({ id }) => id));
    if (page.next === null) return ids;
    expect(page.sessions).toHaveLength(query.limit);
    cursor = page.next;
  }
}

const now = testEpochMs + 60;
const runs = { numRuns: 6 } as const;

export function listContract(target: StoreTarget): void {
  describe('lists of sessions', () => {
    it('H1: every sort in both orders, with any filter, gives the order of its name, page by page and by offset', async () => {
      const opened = await openFresh(target);
      const { store } = opened;
      await fc.assert(
        fc.asyncProperty(
          fc.array(anySession, { minLength: 30, maxLength: 40 }),
          fc.array(anyFilter, { minLength: 4, maxLength: 4 }),
          fc.integer({ min: 1, max: 9 }),
          fc.nat(8),
          async (wanted, filters, limit, offset) => {
            const sessions = await seedSessions(opened, wanted);
            const check = async (query: SessionQuery) => {
              const all = listedIds(sessions, query);
              expect(await pagesOf(store, query), JSON.stringify(query)).toEqual(all);
              const skipped = await store.listSessions({ ...query, offset });
              expect(skipped.sessions.map(({ id }) => id)).toEqual(all.slice(offset, offset + limit));
            };
            for (const filter of [{}, ...filters]) {
              const queries = sessionSorts.flatMap((sortBy) =>
                (['asc', 'desc'] as const).map((sortOrder) => queryOf(filter, { sortBy, sortOrder, limit, now })),
              );
              await Promise.all(queries.map(check));
            }
            await removeSessions(opened, sessions);
          },
        ),
        runs,
      );
      // A server that looks up nothing but _id by index scans for each page.
    }, 180_000);

    it('shows each session whole', async () => {
      const opened = await openFresh(target);
      const { store } = opened;
      const [session] = await seedSessions(opened, fc.sample(anySession, { numRuns: 1, seed: 1 }));
      const page = await store.listSessions({ sortBy: 'start_time', sortOrder: 'asc', limit: 10, now });
      expect(page).toEqual({ sessions: [session], next: null });
    });

    it('goes on after the last page was seen while sessions come and go', async () => {
      const { store } = await openFresh(target);
      for (const ordinal of [1, 2, 3, 4])
        await store.createSession(seedOf({ ordinal, startedAt: testEpochMs + ordinal }));
      const query = { sortBy: 'start_time', sortOrder: 'asc', limit: 2, now } as const;
      const first = await store.listSessions(query);
      await store.deleteSession('ann-2');
      await store.createSession(seedOf({ ordinal: 5, startedAt: testEpochMs }));
      const second = await store.listSessions({ ...query, cursor: first.next ?? '' });
      expect(second.sessions.map(({ id }) => id)).toEqual(['ann-3', 'ann-4']);
      expect(second.next).toBeNull();
    });

    it('takes the beginning of an id by its characters, whatever they are: never as a pattern', async () => {
      const { store } = await openFresh(target);
      const ids = [
        '%',
        '_',
        '*',
        '.*',
        '^a',
        'a',
        'A',
        'a\ud7ff',
        'a\ue000',
        'a\u{10ffff}',
        'a\u{10ffff}b',
        'b',
        'é',
        '$where',
      ];
      for (const [at, id] of ids.entries()) await store.createSession(seedOf({ ordinal: at + 1, id }));
      const query = { sortBy: 'start_time', sortOrder: 'asc', limit: 100, now } as const;
      for (const idPrefix of [...ids, 'a\u{10ffff}b', '\u{10ffff}', 'c']) {
        const { sessions } = await store.listSessions({ ...query, idPrefix });
        const expected = ids.filter((id) => id.startsWith(idPrefix));
        expect(sessions.map(({ id }) => id).sort(), JSON.stringify(idPrefix)).toEqual(expected.sort());
      }
    });

    it('refuses a cursor of another query, one that is none, and limits out of bounds', async () => {
      const { store } = await openFresh(target);
      for (const ordinal of [1, 2]) await store.createSession(seedOf({ ordinal }));
      const query = { sortBy: 'start_time', sortOrder: 'asc', limit: 1, now } as const;
      const { next } = await store.listSessions(query);
      const cursor = next ?? '';
      expect(cursor).toMatch(/^[\w-]+$/);
      const refused: SessionQuery[] = [
        { ...query, cursor, sortOrder: 'desc' },
        { ...query, cursor, sortBy: 'duration' },
        { ...query, cursor, userId: 'ann' },
        { ...query, cursor, idPrefix: 'ann' },
        { ...query, idPrefix: '' },
        { ...query, cursor: 'bm9uZQ' },
        { ...query, cursor: '' },
        { ...query, cursor: cursor.slice(0, -3) },
        { ...query, limit: 0 },
        { ...query, limit: 1_001 },
        { ...query, limit: 1.5 },
        { ...query, offset: -1 },
      ];
      for (const bad of refused) {
        const error = (await failureOf(store.listSessions(bad))) as StoreError;
        expect([error.name, error.kind], JSON.stringify(bad)).toEqual(['StoreError', 'invalid']);
      }
      expect((await store.listSessions({ ...query, cursor, limit: 1_000 })).sessions).toHaveLength(1);
    });
  });

  describe('metrics', () => {
    it('counts what started in the window and what runs beside one another in it, as the definition says', async () => {
      const opened = await openFresh(target);
      const { store } = opened;
      const instant = fc.integer({ min: -5, max: 70 }).map((ms) => testEpochMs + ms);
      await fc.assert(
        fc.asyncProperty(
          fc.array(anySession, { maxLength: 40 }),
          fc.array(fc.tuple(instant, instant), { minLength: 8, maxLength: 8 }),
          async (wanted, windows) => {
            const sessions = await seedSessions(opened, wanted);
            for (const [from, to] of windows) {
              const window = { from, to, now };
              const { averageConcurrent, ...exact } = await store.metrics(window);
              const counted = countedMetrics(sessions, window);
              expect({ ...exact, averageConcurrent: 0 }, JSON.stringify(window)).toEqual({
                ...counted,
                averageConcurrent: 0,
              });
              expect(averageConcurrent).toBeCloseTo(counted.averageConcurrent, 9);
            }
            await removeSessions(opened, sessions);
          },
        ),
        { numRuns: 25 },
      );
    });

    it('M2: counts each of 2,500 sessions in the window', async () => {
      const opened = await openFresh(target);
      const { store } = opened;
      const projection = {
        messageCount: 1,
        totalTokens: 3,
        responseCount: 2,
        responseTotalMs: 10,
        responseMaxMs: 7,
        adminAssisted: true,
        helpRequested: false,
        activityMs: 1,
        lengthMs: 10,
      };
      await seedSessions(
        opened,
        Array.from({ length: 2_500 }, (_, at) => ({ user: `user-${at % 50}`, startMs: at % 20, projection })),
      );
      // A database that still makes its indexes may need more than the 5 s of one call.
      const metrics = await eventually(() => store.metrics({ from: testEpochMs, to: testEpochMs + 30, now }), {
        timeoutMs: 30_000,
        what: 'the metrics',
      });
      expect(metrics).toEqual({
        totalSessions: 2_500,
        activeSessions: 0,
        adminAssisted: 2_500,
        totalTokens: 7_500,
        responseCount: 5_000,
        responseTotalMs: 25_000,
        responseMaxMs: 7,
        averageConcurrent: 25_000 / 30,
        maxConcurrent: 1_250,
      });
    }, 60_000);
  });
}
