// Station: store/mongodb. Exact numbers over a window of time (finding M2). Called by mongodb-store.
import type { SessionMetrics } from '../../ports/store.js';
import { greatestOverlap } from '../overlap.js';
import { commandTimeoutMs } from './calls.js';
import type { Database } from './database.js';
import { documentVersion, type SessionDocument } from './documents.js';

const fields = {
  ts: 1,
  endKey: 1,
  active: 1,
  adminAssisted: 1,
  totalTokens: 1,
  respCount: 1,
  respTotalMs: 1,
  maxRespTime: 1,
} as const;

/** The operation behind the admin's metrics. */
export function metricsOperation({ sessions }: Database) {
  /** Every session that started in the window, or reaches into it, read as it comes and counted here: no server has to have the operators for it. */
  async function* overlapping(from: number, to: number): AsyncGenerator<SessionDocument> {
    const filter = { v: documentVersion, ts: { $lte: new Date(to) }, endKey: { $gte: from } };
    yield* sessions.find(filter, { projection: fields, batchSize: 5_000, maxTimeMS: commandTimeoutMs });
  }

  return {
    async metrics(window: {
      readonly from: number;
      readonly to: number;
      readonly now: number;
    }): Promise<SessionMetrics> {
      const { from } = window;
      const to = Math.min(window.to, window.now);
      const sums = { totalSessions: 0, activeSessions: 0, adminAssisted: 0, totalTokens: 0 };
      const responses = { responseCount: 0, responseTotalMs: 0, responseMaxMs: 0 };
      const starts: number[] = [];
      const ends: number[] = [];
      let overlapMs = 0;
      for await (const session of overlapping(from, window.to)) {
        const startedAt = session.ts.getTime();
        if (startedAt >= from) {
          sums.totalSessions += 1;
          sums.activeSessions += session.active ? 1 : 0;
          sums.adminAssisted += session.adminAssisted ? 1 : 0;
          sums.totalTokens += session.totalTokens;
          responses.responseCount += session.respCount;
          responses.responseTotalMs += session.respTotalMs;
          responses.responseMaxMs = Math.max(responses.responseMaxMs, session.maxRespTime);
        }
        if (startedAt >= to || session.endKey <= from) continue;
        const start = Math.max(startedAt, from);
        const end = Math.min(session.endKey, to);
        starts.push(start);
        ends.push(end);
        overlapMs += end - start;
      }
      return {
        ...sums,
        ...responses,
        averageConcurrent: from < to ? overlapMs / (to - from) : 0,
        maxConcurrent: from < to ? greatestOverlap(Float64Array.from(starts), Float64Array.from(ends)) : 0,
      };
    },
  };
}
