// Station: store/mongodb. A list as queries: which documents, in which order, from where. Called by list-operations and the test of its indexes; pure.
import type { Filter, Sort } from 'mongodb';
import type { SessionQuery, SessionSort } from '../../ports/store.js';
import { afterPrefix, type Place } from '../list-cursor.js';
import { documentVersion, type SessionDocument } from './documents.js';

/** One walk along an index. Two of them are merged where a sort has the active sessions and the ended in one index each. */
export interface Run {
  readonly filter: Filter<SessionDocument>;
  readonly sort: Sort;
  /** The sort value of a document, as the cursor holds it. */
  placeOf(document: SessionDocument): number | string;
}

/** A field that sessions are sorted by, and how its values go into a cursor and back. */
interface SortField {
  readonly field: 'ts' | 'endKey' | 'msgCount' | 'totalTokens' | 'uid' | 'span' | 'lastActivity';
  readonly isDate: boolean;
  /** Whether its index begins with `active`, so that both kinds are walked and merged. */
  readonly isSplit: boolean;
}

/** The field of each sort (finding H1). */
const sortFields: Readonly<Record<SessionSort, SortField>> = {
  start_time: { field: 'ts', isDate: true, isSplit: false },
  end_time: { field: 'endKey', isDate: false, isSplit: false },
  message_count: { field: 'msgCount', isDate: false, isSplit: false },
  total_tokens: { field: 'totalTokens', isDate: false, isSplit: false },
  user_id: { field: 'uid', isDate: false, isSplit: false },
  duration: { field: 'span', isDate: false, isSplit: true },
  last_activity: { field: 'lastActivity', isDate: true, isSplit: true },
};

/** The walks that make the list. */
export function runsOf(query: SessionQuery, place: Place | null): readonly Run[] {
  const { isSplit } = sortFields[query.sortBy];
  // One user's sessions by activity have an index of their own.
  const isOneWalk = query.userId !== undefined && query.sortBy !== 'duration';
  if (query.status !== undefined) return [runOf(query, query.status === 'active', place)];
  return isSplit && !isOneWalk ? [runOf(query, false, place), runOf(query, true, place)] : [runOf(query, null, place)];
}

function runOf(query: SessionQuery, active: boolean | null, place: Place | null): Run {
  const { field, isDate } = sortFields[query.sortBy];
  const now = place?.now ?? query.now;
  // An active session's duration grows with the clock: now + span.
  const shift = query.sortBy === 'duration' && active === true ? now : 0;
  const direction = query.sortOrder === 'asc' ? 1 : -1;
  const filter: Filter<SessionDocument> = { ...conditionsOf(query), ...(active === null ? {} : { active }) };
  const beyond = place === null ? {} : behind(field, storedValue(place.value, isDate, shift), place.id, direction);
  return {
    filter: { $and: [filter, beyond] },
    sort: { [field]: direction, _id: direction },
    placeOf(document) {
      const value = document[field];
      if (value instanceof Date) return value.getTime();
      return typeof value === 'number' ? value + shift : value;
    },
  };
}

function storedValue(value: number | string, isDate: boolean, shift: number): Date | number | string {
  if (typeof value === 'string') return value;
  return isDate ? new Date(value) : value - shift;
}

/** What lies behind a place: a bound on the field that an index can begin from, then the tie by id. */
function behind(field: string, value: unknown, id: string, direction: 1 | -1): Filter<SessionDocument> {
  const [from, past] = direction === 1 ? (['$gte', '$gt'] as const) : (['$lte', '$lt'] as const);
  return { [field]: { [from]: value }, $or: [{ [field]: { [past]: value } }, { _id: { [past]: id } }] };
}

function conditionsOf(query: SessionQuery): Filter<SessionDocument> {
  const { idPrefix, userId, adminAssisted, helpRequested, startedFrom, startedTo } = query;
  const started = {
    ...(startedFrom === undefined ? {} : { $gte: new Date(startedFrom) }),
    ...(startedTo === undefined ? {} : { $lte: new Date(startedTo) }),
  };
  return {
    v: documentVersion,
    ...(idPrefix === undefined ? {} : { _id: idsFrom(idPrefix) }),
    ...(userId === undefined ? {} : { uid: userId }),
    ...(adminAssisted === undefined ? {} : { adminAssisted }),
    ...(helpRequested === undefined ? {} : { helpRequested }),
    ...(Object.keys(started).length === 0 ? {} : { ts: started }),
  };
}

/** A range, which the index of ids serves, and which needs no pattern made of what somebody typed. */
function idsFrom(prefix: string): { readonly $gte: string; readonly $lt?: string } {
  const end = afterPrefix(prefix);
  return end === null ? { $gte: prefix } : { $gte: prefix, $lt: end };
}

/** What a list asks of an index: fields compared for equality, and the field that sorts. */
export interface QueryShape {
  readonly equal: readonly string[];
  readonly sort: string;
}

/** The shape of each walk of a query, for whoever holds it against the indexes. */
export function shapesOf(query: SessionQuery): readonly QueryShape[] {
  const { field } = sortFields[query.sortBy];
  return runsOf(query, null).map(({ filter }) => {
    const [conditions] = (filter.$and ?? []) as readonly Record<string, unknown>[];
    const equal = Object.entries(conditions ?? {}).flatMap(([name, value]) =>
      name === 'v' || (typeof value === 'object' && value !== null) ? [] : [name],
    );
    return { equal, sort: field };
  });
}
