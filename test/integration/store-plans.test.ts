// Station: test/integration. How SQLite runs the store's lists and reads its logs: by an index of their own, without sorting or passing over a table.
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type SessionQuery, sessionSorts } from '../../src/server/ports/store.js';
import { openDatabase } from '../../src/server/store/sqlite/database.js';
import { type Connection, connect } from '../../src/server/store/sqlite/driver.js';
import { listQuery } from '../../src/server/store/sqlite/list-query.js';
import { databaseName } from '../../src/server/store/sqlite/sqlite-store.js';
import { databaseOn } from '../helpers/store-folds.js';
import { temporaryFolder } from '../helpers/store-sqlite.js';

async function planner() {
  const file = join(await temporaryFolder(), databaseName);
  openDatabase({ file, lane: 'write', maxPages: 0, busyTimeoutMs: 200 }).close();
  const connection = connect(file);
  onTestFinished(() => connection.close());
  /** The steps of the walk over the index; the last, which puts the page in order, is bounded by its length. */
  return (query: SessionQuery, cursor = false): string[] => {
    const place = cursor ? { now: 1, value: query.sortBy === 'user_id' ? 'ann' : 1, id: 's1' } : null;
    const { sql, values } = listQuery(query, place, false);
    const plan = connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).rows(...values);
    return plan.map((row) => String(row[3]));
  };
}

const sorts = sessionSorts.flatMap((sortBy) => (['asc', 'desc'] as const).map((sortOrder) => ({ sortBy, sortOrder })));

describe('lists of the SQLite store', () => {
  it('walk one index in its order, alone, for a user, and from a cursor', async () => {
    const planOf = await planner();
    for (const sort of sorts) {
      for (const filter of [{}, { userId: 'ann' }, { status: 'ended' as const }, { adminAssisted: false }]) {
        for (const cursor of [false, true]) {
          const plan = planOf({ ...sort, ...filter, limit: 100, now: 1 }, cursor);
          const said = JSON.stringify({ sort, filter, cursor, plan });
          expect(
            plan.filter((step) => step.includes('USING') && step.includes('INDEX session_')).length,
            said,
          ).toBeGreaterThan(0);
          // Only the rows of the page are sorted; by duration first those of two walks, the active and the ended.
          const mostSorts = sort.sortBy === 'duration' && !('status' in filter) ? 2 : 1;
          expect(plan.filter((step) => step.includes('TEMP B-TREE')).length, said).toBeLessThanOrEqual(mostSorts);
          expect(
            plan.filter((step) => /^SCAN session$/.test(step)),
            said,
          ).toEqual([]);
        }
      }
    }
  });

  it('of those whose ids begin alike read only these', async () => {
    const planOf = await planner();
    for (const sort of sorts) {
      for (const filter of [{}, { userId: 'ann' }, { status: 'ended' as const }]) {
        const plan = planOf({ ...sort, ...filter, idPrefix: 's1', limit: 100, now: 1 }).join('\n');
        expect(plan).toMatch(/SEARCH session USING (?:COVERING )?INDEX sqlite_autoindex_session_1 \(id>\? AND id<\?\)/);
      }
    }
  });

  it('of those who wait for help or are active read only these', async () => {
    const planOf = await planner();
    for (const sort of sorts) {
      const help = planOf({ ...sort, helpRequested: true, limit: 100, now: 1 }).join('\n');
      expect(help).toMatch(/INDEX session_help/);
      const active = planOf({ ...sort, status: 'active', limit: 100, now: 1 }).join('\n');
      expect(active).toMatch(/INDEX session_(span|idle)/);
    }
  });
});

describe('the statements that read a log', () => {
  it('go to its entries by an index, in their order, on both sides', async () => {
    const { file } = await databaseOn();
    const plans: string[] = [];
    for (const lane of ['write', 'read', 'scan'] as const) {
      const statements: string[] = [];
      const open = (path: string): Connection => {
        const connection = connect(path);
        return {
          ...connection,
          get inTransaction() {
            return connection.inTransaction;
          },
          prepare(sql) {
            statements.push(sql);
            return connection.prepare(sql);
          },
        };
      };
      openDatabase({ file, lane, maxPages: 0, busyTimeoutMs: 200 }, open).close();
      const planner = connect(file);
      onTestFinished(() => planner.close());
      // What folds or counts is to pass over all of it.
      const isWhole = /^\s*(INSERT INTO (place|sent)|DELETE FROM fresh$|SELECT count\(\*\) FROM)/;
      for (const sql of statements) {
        if (!/\b(log|place|fresh|entry)\b/.test(sql) || isWhole.test(sql)) continue;
        const marks = sql.match(/\?\d*/g)?.length ?? 0;
        const steps = planner.prepare(`EXPLAIN QUERY PLAN ${sql}`).rows(...Array.from({ length: marks }, () => 1));
        plans.push(...steps.map((step) => `${String(step[3])} in ${sql}`));
      }
    }
    expect(plans.length).toBeGreaterThan(40);
    expect(plans.filter((step) => /^SCAN (log|place|fresh|entry)\b/.test(step))).toEqual([]);
    expect(plans.filter((step) => /^USE TEMP B-TREE/.test(step))).toEqual([]);
  });
});
