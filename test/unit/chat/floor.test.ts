// Station: test/unit/chat. The floor and its lease on a clock that the test moves: renewal, lapse, what a crash leaves, what a late holder may do.
import { describe, expect, it } from 'vitest';
import type { User } from '../../../src/server/ports/participant.js';
import { type Core, type CoreOptions, type FakeSocket, fakeSocket, makeCore, slowBus } from '../../helpers/core.js';
import { failingStore, noFaults } from '../../helpers/failing-store.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { gatedModel } from '../../helpers/gated-model.js';
import { createMemoryStore } from '../../helpers/memory-store.js';

const bea: User = { id: 'bea', name: 'Bea', isAdmin: true };
const leaseMs = 30_000;
const marginMs = 5_000;

const joinRequest = (sessionId: string, more: object = {}) => ({ sessionId, messageId: undefined, ...more });

/** A core that sweeps, with a session of Ada's that the model has answered. */
async function begun(options: CoreOptions = {}) {
  const core = makeCore(options);
  await core.chat.start();
  const ada = await core.enter('ada');
  await core.say(ada, 'one');
  (await core.model.question(0)).end();
  await core.clock.advanceAsync(10);
  const session = ada.of('message_ack')[0]?.session_id ?? '';
  return { core, ada, session };
}

async function adminOf(core: Core, user: Partial<User> = {}): Promise<FakeSocket> {
  const socket = fakeSocket({ ...bea, ...user });
  await core.chat.attach(socket, {});
  return socket;
}

async function joined(core: Core, session: string, user: Partial<User> = {}): Promise<FakeSocket> {
  const admin = await adminOf(core, user);
  await core.chat.join(admin, joinRequest(session));
  await core.clock.advanceAsync(1);
  return admin;
}

function hangUp(core: Core, socket: FakeSocket): void {
  socket.isClosed = true;
  core.chat.detach(socket);
}

const statuses = (socket: FakeSocket): (string | undefined)[] =>
  socket.of('connection_status').map(({ metadata }) => metadata?.status);
const leaseOf = async ({ memory }: Core, session: string) =>
  JSON.parse((await memory.note(`floor/${session}`)) ?? 'null');
const sayAs = (core: Core, admin: FakeSocket, sessionId: string, content: string) =>
  core.chat.sayAsAdmin(admin, { sessionId, messageId: content, content, modelId: undefined, metadata: undefined });

describe('a lease', () => {
  it('is renewed every third of it by the live socket, however long that lasts, and says nothing to the user', async () => {
    const { core, ada, session } = await begun();
    await joined(core, session);
    const known = ada.frames.length;
    const first = await leaseOf(core, session);
    expect(first).toMatchObject({ admin: 'bea', epoch: 1, state: 'joined', since: first.until - leaseMs });
    await core.clock.advanceAsync(10_000);
    expect((await leaseOf(core, session)).until - first.until).toBeGreaterThan(9_900);
    await core.clock.advanceAsync(600_000);
    const last = await leaseOf(core, session);
    expect(last.until - core.clock.now()).toBeGreaterThan(leaseMs / 2);
    expect(last.since).toBe(first.since);
    expect(ada.frames.slice(known)).toEqual([]);
  });

  it('of a lost socket runs out: the user is told at once that it is away, and not a margin too early that it is over', async () => {
    const { core, ada, session } = await begun();
    const admin = await joined(core, session);
    const { until } = await leaseOf(core, session);
    hangUp(core, admin);
    await core.clock.advanceAsync(1);
    expect(statuses(ada).at(-1)).toBe('admin_away');
    await core.clock.advanceAsync(until + marginMs - core.clock.now() - 100);
    expect(ada.of('admin_leave')).toEqual([]);
    await core.clock.advanceAsync(200);
    expect(ada.of('admin_leave')).toMatchObject([{ metadata: { admin_id: 'bea', reason: 'connection_lost' } }]);
    expect(await core.memory.notes('floor/')).toEqual([]);
    await core.say(ada, 'two');
    expect((await core.model.question(1)).request.messages.at(-1)?.content).toBe('two');
  });

  it('goes on for a socket that comes back, which is told who holds it, and the user that it is back', async () => {
    const { core, ada, session } = await begun();
    hangUp(core, await joined(core, session));
    await core.clock.advanceAsync(20_000);
    const again = fakeSocket(bea);
    await core.chat.attach(again, { sessionId: session });
    await core.clock.advanceAsync(60_000);
    expect(again.frames.slice(0, 2)).toMatchObject([
      { type: 'connection_status', session_id: session, metadata: { status: 'connected' } },
      { type: 'admin_join', session_id: session, metadata: { admin_id: 'bea' } },
    ]);
    expect(statuses(ada).slice(-2)).toEqual(['admin_away', 'admin_back']);
    expect(ada.of('admin_join')).toHaveLength(1);
    expect(ada.of('admin_leave')).toEqual([]);
    await sayAs(core, again, session, 'here I am');
  });

  it('of two sockets of one admin goes on until the last is gone', async () => {
    const { core, ada, session } = await begun();
    const [one, other] = [await joined(core, session), await joined(core, session)];
    hangUp(core, one);
    await core.clock.advanceAsync(100_000);
    expect(statuses(ada)).not.toContain('admin_away');
    hangUp(core, other);
    await core.clock.advanceAsync(100_000);
    expect(ada.of('admin_leave')).toHaveLength(1);
  });

  it('after a takeover over HTTP lasts 60 s until a socket joins, and then as long as that lives', async () => {
    const { core, ada, session } = await begun();
    await core.chat.takeOver(bea, session, false);
    await core.clock.advanceAsync(60_000);
    expect(ada.of('admin_leave')).toEqual([]);
    expect(statuses(ada)).not.toContain('admin_away');
    await core.clock.advanceAsync(marginMs + 100);
    expect(ada.of('admin_leave')).toHaveLength(1);
    await core.chat.takeOver(bea, session, false);
    await joined(core, session);
    await core.clock.advanceAsync(300_000);
    expect(ada.of('admin_leave')).toHaveLength(1);
    expect(ada.of('admin_join')).toHaveLength(2);
  });

  it('that ran out may be taken over before anybody gave the session back, and is no takeover by force', async () => {
    const { core, ada, session } = await begun({ settings: { isSoleReplica: false } });
    await joined(core, session);
    const { until, ...lease } = await leaseOf(core, session);
    const text = (await core.memory.note(`floor/${session}`)) ?? '';
    await core.memory.putNote(
      `floor/${session}`,
      text,
      JSON.stringify({ ...lease, until: core.clock.now() - marginMs - 1 }),
    );
    const cleo = await adminOf(core, { id: 'cleo', name: 'Cleo' });
    await core.chat.join(cleo, joinRequest(session));
    await core.clock.advanceAsync(1);
    expect(ada.of('admin_join').at(-1)?.metadata).toEqual({ admin_id: 'cleo', admin_name: 'Cleo' });
  });

  it('is gone with a session that ends or is deleted', async () => {
    for (const end of ['end', 'remove'] as const) {
      const { core, session } = await begun();
      await joined(core, session);
      await core.chat[end]({ id: 'ada', name: 'Ada', isAdmin: false }, session);
      await core.clock.advanceAsync(1);
      expect(await core.memory.notes('floor/')).toEqual([]);
    }
  });
});

describe('what a crash leaves', () => {
  it('a floor without its lease gets one from whoever has the session, and lapses then', async () => {
    const { core, ada, session } = await begun();
    const holder = { kind: 'admin', id: 'bea', name: 'Bea' } as const;
    const seq = (core.memory.logs.get(session)?.length ?? 0) + 1;
    await core.memory.append(session, seq, {
      at: core.clock.now(),
      kind: 'floor',
      holder,
      previous: { kind: 'ai' },
      epoch: 1,
    });
    const next = makeCore({ memory: core.memory, clock: core.clock, settings: { replicaId: 'next' } });
    const back = await next.enter('ada');
    await next.chat.start();
    await core.chat.stop();
    await core.clock.advanceAsync(1_000);
    expect(await leaseOf(core, session)).toMatchObject({ admin: 'bea', epoch: 1, state: 'away' });
    await core.clock.advanceAsync(leaseMs + marginMs);
    expect(back.of('admin_leave')).toHaveLength(1);
    expect(ada.of('admin_leave')).toEqual([]);
  });

  it('a lease that was marked as lapsed is brought to its end by the next', async () => {
    const { core, ada, session } = await begun();
    const admin = await joined(core, session);
    const text = (await core.memory.note(`floor/${session}`)) ?? '';
    await core.memory.putNote(`floor/${session}`, text, JSON.stringify({ ...JSON.parse(text), state: 'lapsed' }));
    await expect(sayAs(core, admin, session, 'before anybody noticed')).resolves.toBeUndefined();
    await core.clock.advanceAsync(10_000);
    expect(ada.of('admin_leave')).toHaveLength(1);
    expect(await core.memory.notes('floor/')).toEqual([]);
    await expect(sayAs(core, admin, session, 'late')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('a lease without a floor is removed, and one that is no lease is written over', async () => {
    const { core, session } = await begun();
    const now = core.clock.now();
    await core.memory.putNote(
      `floor/${session}`,
      null,
      JSON.stringify({ admin: 'bea', epoch: 1, since: now, until: now, state: 'joined' }),
    );
    await core.memory.putNote('floor/nobody', null, 'no lease');
    await core.clock.advanceAsync(12_000);
    expect(await core.memory.notes('floor/')).toEqual([]);
    await core.memory.putNote(`floor/${session}`, null, '{"admin":1}');
    await joined(core, session);
    expect(await leaseOf(core, session)).toMatchObject({ admin: 'bea', state: 'joined' });
  });
});

describe('a store that fails', () => {
  it('does not undo a takeover whose lease could not be written: it is written later', async () => {
    const faults = noFaults();
    const { core, ada, session } = await begun({ wrapStore: (store) => failingStore(store, faults) });
    faults.before.add('putNote');
    await joined(core, session);
    expect(ada.of('admin_join')).toHaveLength(1);
    expect(await leaseOf(core, session)).toBeNull();
    faults.before.clear();
    await core.clock.advanceAsync(10_000);
    expect(await leaseOf(core, session)).toMatchObject({ admin: 'bea', epoch: 1, state: 'joined' });
  });

  it('reads back a lease whose outcome it does not know', async () => {
    const faults = noFaults();
    const { core, session } = await begun({ wrapStore: (store) => failingStore(store, faults) });
    faults.after.add('putNote');
    await joined(core, session);
    await core.clock.advanceAsync(120_000);
    expect((await leaseOf(core, session)).until).toBeGreaterThan(core.clock.now());
  });

  it('lets the holder speak while the lease is safe, and not within the margin before its end', async () => {
    const faults = noFaults();
    const { core, ada, session } = await begun({ wrapStore: (store) => failingStore(store, faults) });
    const admin = await joined(core, session);
    const { until } = await leaseOf(core, session);
    for (const operation of ['putNote', 'note', 'notes'] as const) faults.before.add(operation);
    await core.clock.advanceAsync(until - marginMs - 100 - core.clock.now());
    await sayAs(core, admin, session, 'in time');
    await core.clock.advanceAsync(200);
    await expect(sayAs(core, admin, session, 'too late')).rejects.toMatchObject({ kind: 'unavailable' });
    faults.before.clear();
    await sayAs(core, admin, session, 'again');
    await core.clock.advanceAsync(1);
    expect(ada.of('user_message').map(({ content }) => content)).toEqual(['in time', 'again']);
  });
});

describe('two replicas whose bus is late', () => {
  /** Two cores on one store and one bus that rings when it is told to; the model of the first is in the middle of an answer. */
  async function answering() {
    const [memory, clock, bus, model] = [createMemoryStore(), createFakeClock(), slowBus(), gatedModel()];
    const shared = { memory, clock, bus, model };
    const [a, b] = ['a', 'b'].map((replicaId) =>
      makeCore({ ...shared, settings: { replicaId, isSoleReplica: false, checkpointIntervalMs: 60_000 } }),
    );
    if (a === undefined || b === undefined) throw new Error('no cores');
    const phone = await a.enter('ada');
    await a.say(phone, 'one');
    await bus.ring();
    const session = phone.of('message_ack')[0]?.session_id ?? '';
    const desk = await b.enter('ada');
    (await model.question(0)).say('so far');
    await bus.ring();
    return { a, b, bus, model, phone, desk, session };
  }

  it('tell no piece that was written by whoever did not know of the takeover yet', async () => {
    const { b, bus, model, phone, desk, session } = await answering();
    const admin = await adminOf(b);
    await b.chat.join(admin, joinRequest(session));
    // The other replica has heard nothing yet: its model writes on, and rings after the takeover did.
    (await model.question(0)).say(' and further');
    await bus.ring();
    for (const socket of [phone, desk, admin]) {
      const from = socket.frames.findIndex(({ type }) => type === 'admin_join');
      expect(from).toBeGreaterThan(0);
      expect(socket.frames.slice(from).filter(({ metadata }) => metadata?.done === 'false')).toEqual([]);
    }
    expect(admin.of('ai_response')).toMatchObject([{ content: 'so far', index: 0 }]);
    await bus.ring();
    await bus.ring();
    expect((await model.question(0)).isAborted).toBe(true);
    for (const socket of [phone, desk, admin]) {
      const [cut] = socket.of('ai_response').filter(({ seq }) => seq !== undefined);
      expect(cut).toMatchObject({ content: 'so far and further', metadata: { end: 'interrupted' } });
    }
  });

  it('tell no piece of it either to a socket that resumes before the cut answer is stored', async () => {
    const { b, bus, model, session } = await answering();
    await b.chat.join(await adminOf(b), joinRequest(session));
    await bus.ring();
    expect((await model.question(0)).isAborted).toBe(true);
    const again = fakeSocket();
    await b.chat.attach(again, { sessionId: session, lastSeq: 1 });
    expect(again.of('admin_join')).toHaveLength(1);
    expect(again.of('ai_response')).toEqual([]);
  });

  it('tell no piece of it that a checkpoint brings', async () => {
    const { b, bus, model, desk, session } = await answering();
    await b.chat.start();
    await b.chat.join(await adminOf(b), joinRequest(session));
    await bus.ring((kind) => kind === 'entry');
    (await model.question(0)).say(' and further');
    const turn = await b.memory.latestTurn(session);
    if (turn === null) throw new Error('no turn');
    const guard = { owner: 'a', epoch: turn.epoch };
    const known = desk.of('ai_response').length;
    await b.memory.checkpointTurn(turn.id, guard, 'so far and further', Number.MAX_SAFE_INTEGER);
    // Long enough for the look at what other replicas write.
    await b.clock.advanceAsync(2_500);
    expect(desk.of('ai_response')).toHaveLength(known);
    await b.chat.stop();
  });
});
