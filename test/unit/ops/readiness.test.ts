// Station: test. Readiness: when it says so, and that probes cannot hammer what it asks.
import { describe, expect, it } from 'vitest';
import { deferred } from '../../../src/common/deferred.js';
import { readinessSchema } from '../../../src/protocol/http-probes.js';
import {
  createReadiness,
  type HealthCheck,
  llmCheck,
  type ReadinessSettings,
  storeCheck,
} from '../../../src/server/ops/readiness.js';
import { StoreError } from '../../../src/server/ports/store.js';
import { createFakeClock } from '../../helpers/fake-clock.js';

function make(settings: Partial<ReadinessSettings> = {}) {
  const clock = createFakeClock();
  const readiness = createReadiness({ checks: {}, requiresStore: false, ...settings }, { clock });
  const report = async () => {
    const found = await readiness.report();
    expect(readinessSchema.safeParse(found).error).toBeUndefined();
    return found;
  };
  return { clock, readiness, report };
}

const away: HealthCheck = storeCheck({
  ping: () => Promise.reject(new StoreError('unavailable', 'away', new Error('canary'))),
});
const well: HealthCheck = () => ({ ok: true });

describe('readiness', () => {
  it('begins when the server has booted and ends, for good, when it drains', async () => {
    const { readiness, report } = make({ checks: { sqlite: well } });
    expect((await report()).status).toBe('not ready');
    readiness.booted();
    expect(await report()).toEqual({
      status: 'ready',
      timestamp: '2026-01-01T00:00:00.000Z',
      checks: { sqlite: { status: 'ready' } },
    });
    readiness.draining();
    readiness.booted();
    expect((await report()).status).toBe('not ready');
  });

  it('tells of a missing store and goes on, unless a store is required', async () => {
    for (const [requiresStore, status] of [
      [false, 'ready'],
      [true, 'not ready'],
    ] as const) {
      const { readiness, report } = make({ checks: { mongodb: away, llm: well }, requiresStore });
      readiness.booted();
      const found = await report();
      expect(found).toMatchObject({
        status,
        checks: { mongodb: { status: 'not ready', reason: 'the store is unavailable' }, llm: { status: 'ready' } },
      });
      expect(JSON.stringify(found)).not.toContain('canary');
    }
  });

  it('is not lost for the want of a model', async () => {
    const { readiness, report } = make({
      checks: { llm: () => ({ ok: false, reason: 'x' }), sqlite: well },
      requiresStore: true,
    });
    readiness.booted();
    expect((await report()).status).toBe('ready');
  });

  it('says nothing of what a check rejects with', async () => {
    const { report } = make({ checks: { redis: () => Promise.reject(new Error('canary')) } });
    expect((await report()).checks.redis).toEqual({ status: 'not ready', reason: 'the check failed' });
  });
});

describe('a check', () => {
  it('is asked once a second, however often and however many probe', async () => {
    let asked = 0;
    const { clock, report } = make({
      checks: {
        sqlite: async () => {
          asked += 1;
          return { ok: true };
        },
      },
    });
    for (let round = 0; round < 10; round += 1) await Promise.all([report(), report()]);
    expect(asked).toBe(1);
    clock.advance(1_000);
    await Promise.all([report(), report()]);
    expect(asked).toBe(2);
  });

  it('that hangs is cut after 2 s, not asked again, and from then on waited for shortly', async () => {
    const answer = deferred<{ ok: true }>();
    let asked = 0;
    const { clock, report } = make({
      checks: {
        sqlite: () => {
          asked += 1;
          return answer.promise;
        },
      },
    });
    const first = report();
    await clock.advanceAsync(1_999);
    expect(clock.pending).toBe(1);
    await clock.advanceAsync(1);
    const late = { status: 'not ready', reason: 'no answer within 2000 ms' };
    expect((await first).checks.sqlite).toEqual(late);
    const second = report();
    await clock.advanceAsync(250);
    expect((await second).checks.sqlite).toEqual(late);
    expect(asked).toBe(1);
    const third = report();
    answer.resolve({ ok: true });
    expect((await third).checks.sqlite).toEqual({ status: 'ready' });
    expect(clock.pending).toBe(0);
  });

  it('of a store that came back says so at once', async () => {
    let isAway = true;
    const ping = () => (isAway ? Promise.reject(new StoreError('unavailable', 'away')) : Promise.resolve());
    const { clock, report } = make({ checks: { sqlite: storeCheck({ ping }) } });
    expect((await report()).checks.sqlite).toMatchObject({ status: 'not ready' });
    isAway = false;
    clock.advance(1_000);
    expect((await report()).checks.sqlite).toEqual({ status: 'ready' });
  });

  it('of models is well while one provider is', async () => {
    const provider = (ok: boolean) => ({ name: 'p', health: () => (ok ? { ok } : { ok, reason: 'canary' }) });
    const check = (...oks: boolean[]) => llmCheck(oks.map(provider))();
    expect([check(true), check(false, true)]).toEqual([{ ok: true }, { ok: true }]);
    expect(check(false)).toEqual({ ok: false, reason: 'the last calls of the model failed' });
    expect(check(false, false)).toEqual({ ok: false, reason: 'the last calls of every model failed' });
  });
});
