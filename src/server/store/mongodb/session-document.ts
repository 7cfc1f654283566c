// Station: store/mongodb. A session and its projection as a document and back. Called by the operations on sessions, lists and records; pure.
import { firstProjection } from '../../ports/first-projection.js';
import type { Projection, Session, SessionSeed } from '../../ports/store.js';
import { documentVersion, neverEnded, type SessionDocument } from './documents.js';
import { storedHolder, toHolder } from './entry-document.js';
import { key, readText, storedText, whole } from './texts.js';

/** What a projection fills. */
export type ProjectedFields = Omit<
  SessionDocument,
  '_id' | 'uid' | 'ts' | '_ts' | 'v' | 'ownerKey' | 'ord' | 'bornNm' | 'bornModelId' | 'attachedUntil' | 'shareToken'
>;

/** User and ordinal as one unique key. The ordinal comes first, so that no user id can be taken for another's key. */
function ownerKey(userId: string, ordinal: number): string {
  return `${whole(ordinal, 1, 'ordinal')}:${key(userId)}`;
}

/** The document of a session that is being made. @throws StoreError invalid */
export function sessionDocument<S>(seed: SessionSeed<S>, nowMs: number): SessionDocument {
  const start = whole(seed.startedAt, 0, 'startedAt');
  const now = new Date(nowMs);
  return {
    _id: key(seed.id),
    uid: key(seed.userId),
    ts: new Date(start),
    _ts: now,
    v: documentVersion,
    ownerKey: ownerKey(seed.userId, seed.ordinal),
    ord: seed.ordinal,
    bornNm: storedText(seed.name),
    bornModelId: seed.modelId === null ? null : key(seed.modelId),
    attachedUntil: 0,
    ...projectedFields(firstProjection(seed), start, nowMs),
  };
}

/** The fields that a projection fills, for a session that started then. An ended session's `endTs` is there, an active one's is not. */
export function projectedFields<S>(projection: Projection<S>, startedAtMs: number, nowMs: number): ProjectedFields {
  const { endedAt, lastActivityAt, responseCount, responseTotalMs } = projection;
  const until = endedAt ?? lastActivityAt;
  return {
    nm: storedText(projection.name),
    modelId: projection.modelId,
    ...(endedAt === null ? {} : { endTs: new Date(endedAt) }),
    dur: Math.max(0, Math.floor((until - startedAtMs) / 1_000)),
    adminAssisted: projection.adminAssisted,
    assistingAdminId: projection.assistingAdminId,
    assistingAdminName: projection.assistingAdminName === null ? null : storedText(projection.assistingAdminName),
    helpRequested: projection.helpRequested,
    totalTokens: projection.totalTokens,
    lastActivity: new Date(lastActivityAt),
    maxRespTime: projection.responseMaxMs,
    avgRespTime: responseCount === 0 ? 0 : Math.round(responseTotalMs / responseCount),
    _mt: new Date(nowMs),
    seq: projection.seq,
    named: projection.named,
    msgCount: projection.messageCount,
    floor: storedHolder(projection.floor),
    floorEpoch: projection.floorEpoch,
    waitingSeq: projection.waitingSeq,
    respCount: responseCount,
    respTotalMs: responseTotalMs,
    active: endedAt === null,
    endKey: endedAt ?? neverEnded,
    span: endedAt === null ? -startedAtMs : endedAt - startedAtMs,
  };
}

/** The fields of a session that hold texts or envelopes. */
export const sessionTextFields = [
  'nm',
  'bornNm',
  'assistingAdminName',
  'floor',
] as const satisfies readonly (keyof SessionDocument)[];

/** @throws StoreError corrupt */
export function toSession<S>(document: SessionDocument): Session<S> {
  return {
    id: document._id,
    userId: document.uid,
    ordinal: document.ord,
    startedAt: document.ts.getTime(),
    name: readText<S>(document.bornNm),
    modelId: document.bornModelId,
    projection: toProjection(document),
    shareToken: document.shareToken ?? null,
  };
}

function toProjection<S>(document: SessionDocument): Projection<S> {
  const { assistingAdminName } = document;
  return {
    seq: document.seq,
    name: readText<S>(document.nm),
    named: document.named,
    modelId: document.modelId,
    lastActivityAt: document.lastActivity.getTime(),
    messageCount: document.msgCount,
    floor: toHolder<S>(document.floor),
    floorEpoch: document.floorEpoch,
    adminAssisted: document.adminAssisted,
    assistingAdminId: document.assistingAdminId,
    assistingAdminName: assistingAdminName === null ? null : readText<S>(assistingAdminName),
    helpRequested: document.helpRequested,
    waitingSeq: document.waitingSeq,
    totalTokens: document.totalTokens,
    responseCount: document.respCount,
    responseTotalMs: document.respTotalMs,
    responseMaxMs: document.maxRespTime,
    endedAt: document.endTs?.getTime() ?? null,
  };
}
