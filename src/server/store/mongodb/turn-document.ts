// Station: store/mongodb. A turn as a document and back. Called by the operations on turns, the log and the records; pure.
import type { Turn, TurnOutcome } from '../../ports/store.js';
import type { TurnDocument } from './documents.js';
import { key, readText, storedText, whole } from './texts.js';

/** The document of a turn. @throws StoreError invalid */
export function turnDocument<S>(turn: Turn<S>): TurnDocument {
  return {
    _id: key(turn.id),
    sid: key(turn.sessionId),
    promptSeq: whole(turn.promptSeq, 1, 'promptSeq'),
    attempt: whole(turn.attempt, 1, 'attempt'),
    throughSeq: turn.throughSeq,
    state: turn.state,
    owner: turn.owner === null ? null : key(turn.owner),
    epoch: turn.epoch,
    leaseUntil: turn.leaseUntil,
    modelId: key(turn.modelId),
    startedAt: turn.startedAt,
    ...outcomeFields(turn),
    ...(turn.state === 'pending' || turn.state === 'running' ? { unfinished: turn.sessionId } : {}),
    ...(turn.settled ? {} : { unsettled: turn.startedAt }),
  };
}

/** What the end of a turn fills, but for whether it is settled. */
export function outcomeFields<S>({
  text,
  usage,
  end,
  elapsedMs,
  failure,
}: Pick<TurnOutcome<S>, 'text' | 'usage' | 'elapsedMs' | 'failure'> & Pick<Turn, 'end'>) {
  return {
    text: storedText(text),
    promptTokens: usage?.promptTokens ?? null,
    completionTokens: usage?.completionTokens ?? null,
    end,
    elapsedMs,
    failure,
  };
}

/** @throws StoreError corrupt */
export function toTurn<S>(document: TurnDocument): Turn<S> {
  const { promptTokens, completionTokens } = document;
  return {
    id: document._id,
    sessionId: document.sid,
    promptSeq: document.promptSeq,
    attempt: document.attempt,
    throughSeq: document.throughSeq,
    state: document.state,
    owner: document.owner,
    epoch: document.epoch,
    leaseUntil: document.leaseUntil,
    modelId: document.modelId,
    startedAt: document.startedAt,
    text: readText<S>(document.text),
    usage: promptTokens === null ? null : { promptTokens, completionTokens: completionTokens ?? 0 },
    end: document.end,
    elapsedMs: document.elapsedMs,
    failure: document.failure,
    settled: document.unsettled === undefined,
  };
}
