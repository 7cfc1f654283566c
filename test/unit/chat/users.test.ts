// Reserved ids, and who makes a user's sessions.
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/common/random.js';
import { createLocalBus } from '../../../src/server/bus/local-bus.js';
import type { ChatContext } from '../../../src/server/chat/context.js';
import { Seat } from '../../../src/server/chat/seat.js';
import { TurnSlots } from '../../../src/server/chat/turn-slots.js';
import { Users } from '../../../src/server/chat/users.js';
import { type Store, StoreError } from '../../../src/server/ports/store.js';
import { recordingLog } from '../../helpers/app.js';
import { fakeSocket } from '../../helpers/core.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { createFakeMeter } from '../../helpers/fake-meter.js';
import { createMemoryStore } from '../../helpers/memory-store.js';
import { projectionOf, seedOf } from '../../helpers/store-fixtures.js';

function usersOn(store: Store) {
  const meter = createFakeMeter();
  const context: ChatContext = {
    store,
    bus: createLocalBus(() => undefined),
    models: { models: [], providerOf: () => undefined },
    clock: createFakeClock(),
    random: systemRandom,
    log: recordingLog(),
    meter,
    settings: {
      replicaId: 'r',
      systemPrompt: '',
      sessionTimeoutMs: 1,
      sessionRetentionMs: null,
      historyTokens: 1,
      maxAnswerBytes: 1,
      turnLeaseMs: 1,
      checkpointIntervalMs: 1,
      floorLeaseMs: 30_000,
      floorJoinMs: 60_000,
      maxConcurrentTurns: 1,
      isSoleReplica: true,
    },
    slots: new TurnSlots(1),
    isDraining: false,
    changed: () => undefined,
    flush: async () => undefined,
    settled: () => undefined,
    release: () => undefined,
  };
  return { users: new Users(context), meter };
}

const seatOf = (id: string) => new Seat(fakeSocket({ id }));

describe('reserved ids', () => {
  it('are the same for all sockets of a user, another for another user, and another for a fresh start', () => {
    const { users } = usersOn(createMemoryStore());
    const [phone, desk, bob, fresh] = [seatOf('ada'), seatOf('ada'), seatOf('bob'), seatOf('ada')];
    fresh.isFresh = true;
    for (const seat of [phone, desk, bob, fresh]) users.reserve(seat);
    expect(desk.sessionId).toBe(phone.sessionId);
    expect(new Set([phone.sessionId, bob.sessionId, fresh.sessionId]).size).toBe(3);
    expect(users.sharing(phone)).toEqual([phone, desk]);
    expect(users.sharing(fresh)).toEqual([fresh]);
  });

  it('are given up with the last socket', () => {
    const { users } = usersOn(createMemoryStore());
    const [phone, desk, later] = [seatOf('ada'), seatOf('ada'), seatOf('ada')];
    users.reserve(phone);
    users.reserve(desk);
    users.unreserve(phone);
    users.unreserve(phone);
    expect(users.sharing(phone)).toEqual([phone]);
    users.unreserve(desk);
    users.reserve(later);
    expect(later.sessionId).not.toBe(desk.sessionId);
  });
});

describe('making sessions', () => {
  it('R17: any number of first messages at once make one', async () => {
    const memory = createMemoryStore();
    const replicas = [usersOn(memory), usersOn(memory), usersOn(memory)];
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, at) => {
        const { users } = replicas[at % 3] ?? usersOn(memory);
        return users.activeOrNew('ada', users.newId());
      }),
    );
    expect(memory.sessions.size).toBe(1);
    expect(new Set(made.map(({ session }) => session.id)).size).toBe(1);
    expect(made.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(replicas.flatMap(({ meter }) => meter.calls)).toEqual(['sessionCreated()']);
  });

  it('another one each, when that was asked for, with ordinals in a row', async () => {
    const memory = createMemoryStore();
    const [one, two] = [usersOn(memory).users, usersOn(memory).users];
    await Promise.all([one, two, one, two].map((users, at) => users.another('ada', `id-${at}`, `name ${at}`)));
    const ordinals = [...memory.sessions.values()].map(({ ordinal }) => ordinal);
    expect(ordinals.sort()).toEqual([1, 2, 3, 4]);
    expect(memory.sessions.get('id-2')).toMatchObject({ name: 'name 2', userId: 'ada' });
  });

  it('takes up what an earlier try made whose outcome was unknown', async () => {
    const memory = createMemoryStore();
    let isFirst = true;
    const { users } = usersOn({
      ...memory,
      async createSession(seed) {
        const result = await memory.createSession(seed);
        if (!isFirst) return result;
        isFirst = false;
        throw new StoreError('unknown_outcome', 'nobody knows');
      },
    });
    await expect(users.another('ada', 'mine', '')).rejects.toMatchObject({ kind: 'unknown_outcome' });
    expect((await users.another('ada', 'mine', '')).id).toBe('mine');
    expect(memory.sessions.size).toBe(1);
  });

  it('never takes somebody else’s session for its own, nor one that ended', async () => {
    const memory = createMemoryStore();
    await memory.createSession(seedOf({ id: 'taken', userId: 'bob' }));
    const { users } = usersOn(memory);
    await expect(users.another('ada', 'taken', '')).rejects.toMatchObject({
      code: 'SERVICE_ERROR',
      retryAfterMs: 1_000,
    });
    await memory.createSession(seedOf({ id: 'over', userId: 'ada', ordinal: 1 }));
    await memory.project([{ sessionId: 'over', projection: projectionOf({ endedAt: 5 }) }]);
    await expect(users.activeOrNew('ada', 'over')).rejects.toMatchObject({ code: 'SERVICE_ERROR' });
    expect((await users.activeOrNew('ada', 'new')).session.id).toBe('new');
  });

  it('goes on after one that failed', async () => {
    const memory = createMemoryStore();
    let failures = 1;
    const { users } = usersOn({
      ...memory,
      async activeSession(userId) {
        failures -= 1;
        if (failures >= 0) throw new StoreError('unavailable', 'away');
        return await memory.activeSession(userId);
      },
    });
    const [first, second] = await Promise.allSettled([users.activeOrNew('ada', 'a'), users.activeOrNew('ada', 'b')]);
    expect([first?.status, second?.status]).toEqual(['rejected', 'fulfilled']);
    expect([...memory.sessions.keys()]).toEqual(['b']);
  });
});
