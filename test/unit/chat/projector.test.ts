// What lists show, written behind the log.
import { describe, expect, it } from 'vitest';
import { deferred } from '../../../src/common/deferred.js';
import { systemRandom } from '../../../src/common/random.js';
import { createLocalBus } from '../../../src/server/bus/local-bus.js';
import { Projector } from '../../../src/server/chat/projector.js';
import { type Projection, type Store, StoreError } from '../../../src/server/ports/store.js';
import { recordingLog } from '../../helpers/app.js';
import { failingStore, noFaults } from '../../helpers/failing-store.js';
import { createFakeClock } from '../../helpers/fake-clock.js';
import { createFakeMeter } from '../../helpers/fake-meter.js';
import { createMemoryStore } from '../../helpers/memory-store.js';
import { projectionOf, seedOf, turnOf } from '../../helpers/store-fixtures.js';

function projectorOn(store: Store): Projector {
  return new Projector({
    store,
    bus: createLocalBus(() => undefined),
    models: { models: [], providerOf: () => undefined },
    clock: createFakeClock(),
    random: systemRandom,
    log: recordingLog(),
    meter: createFakeMeter(),
  });
}

async function withSession() {
  const memory = createMemoryStore();
  await memory.createSession(seedOf());
  const at = (): number | undefined => memory.sessions.get(seedOf().id)?.projection.seq;
  return { memory, id: seedOf().id, at };
}

/** A session that the projector is told of. */
function projected(id: string, seq: number): { id: string; projection: Projection; isUnwritten: boolean } {
  return { id, projection: projectionOf({ seq }), isUnwritten: false };
}

describe('projections', () => {
  it('are written at the flush, the last of each session only', async () => {
    const { memory, id, at } = await withSession();
    const written: Projection[] = [];
    const projector = projectorOn({
      ...memory,
      async project(changes) {
        written.push(...changes.map(({ projection }) => projection));
        await memory.project(changes);
      },
    });
    const session = projected(id, 1);
    for (const seq of [1, 2, 3]) {
      session.projection = projectionOf({ seq });
      projector.changed(session);
    }
    expect(at()).toBe(0);
    await projector.flush();
    expect([at(), written.length]).toEqual([3, 1]);
    await projector.flush();
    expect(written).toHaveLength(1);
  });

  it('that could not be written are kept for the next flush, and so is that a turn is settled', async () => {
    const { memory, id, at } = await withSession();
    const faults = noFaults();
    const projector = projectorOn(failingStore(memory, faults));
    await memory.createTurn(turnOf({ sessionId: id }));
    projector.changed(projected(id, 4));
    projector.settled(`${id}:1:1`);
    faults.before.add('project').add('settleTurns');
    await expect(projector.flush()).rejects.toMatchObject({ kind: 'unavailable' });
    faults.before.delete('settleTurns');
    await expect(projector.flush()).rejects.toMatchObject({ kind: 'unavailable' });
    expect([at(), memory.turns.get(`${id}:1:1`)?.settled]).toEqual([0, true]);
    faults.before.clear();
    await projector.flush();
    expect(at()).toBe(4);
  });

  it('a flush that comes during another writes what was collected in between', async () => {
    const { memory, id, at } = await withSession();
    const gate = deferred<void>();
    const started = deferred<void>();
    let calls = 0;
    const projector = projectorOn({
      ...memory,
      async project(changes) {
        calls += 1;
        started.resolve();
        if (calls === 1) await gate.promise;
        await memory.project(changes);
      },
    });
    projector.changed(projected(id, 1));
    const first = projector.flush();
    await started.promise;
    projector.changed(projected(id, 2));
    const others = [projector.flush(), projector.flush()];
    expect(calls).toBe(1);
    gate.resolve();
    await first;
    await Promise.all(others);
    expect([at(), calls]).toEqual([2, 2]);
  });

  it('a flush that comes during one that fails tries by itself', async () => {
    const { memory, id, at } = await withSession();
    let failures = 1;
    const projector = projectorOn({
      ...memory,
      async project(changes) {
        failures -= 1;
        if (failures >= 0) throw new StoreError('unavailable', 'away');
        await memory.project(changes);
      },
    });
    projector.changed(projected(id, 1));
    const failing = projector.flush();
    const second = projector.flush();
    await expect(failing).rejects.toMatchObject({ kind: 'unavailable' });
    await second;
    expect(at()).toBe(1);
  });

  it('are written in batches that the store takes', async () => {
    const sizes: number[] = [];
    const projector = projectorOn({
      ...createMemoryStore(),
      project: async (changes) => void sizes.push(changes.length),
      settleTurns: async (ids) => void sizes.push(ids.length),
    });
    for (let at = 0; at < 1_201; at += 1) {
      projector.changed(projected(`session-${at}`, 0));
      projector.settled(`turn-${at}`);
    }
    await projector.flush();
    expect(sizes).toEqual([500, 500, 201, 500, 500, 201]);
  });
});
