// Retention: ended sessions are removed when their time has run out, on one server at a time; an active one never.
import { describe, expect, it } from 'vitest';
import { makeCore } from '../../helpers/core.js';
import { createMemoryStore } from '../../helpers/memory-store.js';
import { messageOf, projectionOf, seedOf, testEpochMs } from '../../helpers/store-fixtures.js';

/** A short day, so that a month of sweeps passes in a moment. */
const dayMs = 10_000;

async function seeded() {
  const memory = createMemoryStore();
  const ends: Readonly<Record<string, number | null>> = { old: -40 * dayMs, young: -dayMs, active: null };
  for (const [userId, at] of Object.entries(ends)) {
    await memory.createSession(seedOf({ userId, startedAt: testEpochMs - 50 * dayMs }));
    await memory.append(`${userId}-1`, 1, messageOf('m'));
    const lastActivityAt = testEpochMs + (at ?? -45 * dayMs);
    // Held, so that the sweep of idle sessions leaves the active one alone.
    const floor = at === null ? ({ kind: 'admin', id: 'root', name: 'Root' } as const) : ({ kind: 'ai' } as const);
    const endedAt = at === null ? null : lastActivityAt;
    await memory.project([{ sessionId: `${userId}-1`, projection: projectionOf({ lastActivityAt, endedAt, floor }) }]);
  }
  return memory;
}

const idsIn = (memory: Awaited<ReturnType<typeof seeded>>) => [...memory.sessions.keys()].sort();

describe('retention', () => {
  it('removes what ended and was last active before it, with its log, and nothing else', async () => {
    const memory = await seeded();
    const core = makeCore({ memory, settings: { sessionRetentionMs: 30 * dayMs } });
    await core.chat.start();
    await core.clock.advanceAsync(61_000);
    expect(idsIn(memory)).toEqual(['active-1', 'young-1']);
    expect(await memory.entries('old-1', { limit: 1 })).toEqual([]);
    await core.clock.advanceAsync(30 * dayMs);
    expect(idsIn(memory)).toEqual(['active-1']);
    expect(core.log.lines).toContainEqual(expect.objectContaining({ event: 'retention' }));
    await core.chat.stop();
  });

  it('is off unless it is set', async () => {
    const memory = await seeded();
    const core = makeCore({ memory });
    await core.chat.start();
    await core.clock.advanceAsync(61_000);
    expect(idsIn(memory)).toContain('old-1');
    await core.chat.stop();
  });

  it('is done by one server at a time: another one waits until the lease has lapsed', async () => {
    const memory = await seeded();
    const core = makeCore({ memory, settings: { sessionRetentionMs: 30 * dayMs } });
    const lease = JSON.stringify({ owner: 'another', until: core.clock.now() + 90_000 });
    await memory.putNote('lease/retention', null, lease);
    await core.chat.start();
    await core.clock.advanceAsync(61_000);
    expect(idsIn(memory)).toContain('old-1');
    await core.clock.advanceAsync(61_000);
    expect(idsIn(memory)).not.toContain('old-1');
    expect(await memory.note('lease/retention')).toContain('replica');
    await core.chat.stop();
  });
});
