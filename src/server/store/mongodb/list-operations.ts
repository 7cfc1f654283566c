// Station: store/mongodb. Lists of sessions. Called by mongodb-store.
import type { Session, SessionPage, SessionQuery } from '../../ports/store.js';
import { checkedQuery, decodeCursor, encodeCursor } from '../list-cursor.js';
import { commandTimeoutMs } from './calls.js';
import type { Database } from './database.js';
import type { SessionDocument } from './documents.js';
import { type Run, runsOf } from './list-query.js';
import { toSession } from './session-document.js';
import { key } from './texts.js';

interface Found {
  readonly document: SessionDocument;
  readonly value: number | string;
}

/** The operations on lists. */
export function listOperations<S>({ sessions }: Database) {
  async function walk({ filter, sort, placeOf }: Run, limit: number, skip: number): Promise<Found[]> {
    const documents = await sessions
      .find(filter, { sort, limit, skip, batchSize: limit, maxTimeMS: commandTimeoutMs })
      .toArray();
    return documents.map((document) => ({ document, value: placeOf(document) }));
  }

  return {
    async listSessions(asked: SessionQuery): Promise<SessionPage<S>> {
      const query = checkedQuery(asked);
      if (query.userId !== undefined) key(query.userId);
      const place = query.cursor === undefined ? null : decodeCursor(query, query.cursor);
      const runs = runsOf(query, place);
      const offset = place === null ? (query.offset ?? 0) : 0;
      const [only] = runs;
      const found =
        runs.length === 1 && only !== undefined
          ? await walk(only, query.limit + 1, offset)
          : merge(await Promise.all(runs.map((run) => walk(run, query.limit + 1 + offset, 0))), query).slice(
              offset,
              offset + query.limit + 1,
            );
      const page = found.slice(0, query.limit);
      const last = page.at(-1);
      const next =
        found.length <= query.limit || last === undefined
          ? null
          : encodeCursor(query, { now: place?.now ?? query.now, value: last.value, id: last.document._id });
      return { sessions: page.map(({ document }): Session<S> => toSession(document)), next };
    },
  };
}

/** Walks in order, as one list in order; texts in the order of their code points, as the server sorts them. */
function merge(walks: readonly (readonly Found[])[], { sortOrder }: SessionQuery): Found[] {
  const direction = sortOrder === 'asc' ? 1 : -1;
  return walks
    .flat()
    .sort(
      (one, other) => direction * (compare(one.value, other.value) || compare(one.document._id, other.document._id)),
    );
}

function compare(one: number | string, other: number | string): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)));
}
