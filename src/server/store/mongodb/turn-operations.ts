// Station: store/mongodb. Turns: claims, checkpoints and ends as compare-and-set on one document. Called by mongodb-store and the log.
import type { Clock } from '../../../common/clock.js';
import { StoreError, type Turn, type TurnGuard, type TurnOutcome } from '../../ports/store.js';
import { callDeadlineMs } from './calls.js';
import type { Database } from './database.js';
import { documentVersion, type TurnDocument } from './documents.js';
import { isDuplicateKey, mayPass } from './failure.js';
import { key, storedText } from './texts.js';
import { outcomeFields, toTurn, turnDocument } from './turn-document.js';

const pauseMs = 100;

/** The operations on turns. */
export function turnOperations({ sessions, turns }: Database, clock: Clock) {
  /** Makes the turn if its key is free and no other of the session is unfinished: both are unique. */
  async function make<S>(turn: Turn<S>): Promise<'created' | 'taken'> {
    try {
      await turns.insertOne(turnDocument(turn));
      return 'created';
    } catch (error) {
      if (isDuplicateKey(error)) return 'taken';
      throw error;
    }
  }

  /** Whether what lies at the key of a turn is that turn, made by an attempt whose answer was lost. */
  async function isOurs<S>({ id, owner, epoch, startedAt }: Turn<S>): Promise<boolean> {
    const there = await turns.findOne({ _id: id });
    return there?.owner === owner && there.epoch === epoch && there.startedAt === startedAt;
  }

  return {
    /**
     * Makes the turn of an entry that was just appended, tried until the deadline: the entry is there, so that its sender may not be told that nothing was.
     * @throws StoreError unknown_outcome
     */
    async makeWithEntry<S>(turn: Turn<S>): Promise<'created' | 'taken'> {
      const deadline = clock.monotonic() + callDeadlineMs / 2;
      for (let mayBeOurs = false; ; mayBeOurs = true) {
        try {
          const made = await make(turn);
          return made === 'taken' && mayBeOurs && (await isOurs(turn)) ? 'created' : made;
        } catch (error) {
          if (!mayPass(error)) throw error;
          if (clock.monotonic() >= deadline) {
            throw new StoreError('unknown_outcome', 'The entry was stored, its turn may not have been.', error);
          }
          await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
        }
      }
    },
    async createTurn<S>(turn: Turn<S>): Promise<'created' | 'taken'> {
      const document = turnDocument(turn);
      const session = await sessions.findOne({ _id: document.sid, v: documentVersion }, { projection: { _id: 1 } });
      return session === null ? 'taken' : make(turn);
    },
    async latestTurn<S>(sessionId: string): Promise<Turn<S> | null> {
      const found = await turns.findOne({ sid: key(sessionId) }, { sort: { promptSeq: -1, attempt: -1 } });
      return found === null ? null : toTurn(found);
    },
    async turn<S>(id: string): Promise<Turn<S> | null> {
      const found = await turns.findOne({ _id: key(id) });
      return found === null ? null : toTurn(found);
    },
    async claimTurn<S>(
      id: string,
      claim: Pick<TurnDocument, 'leaseUntil' | 'startedAt' | 'throughSeq' | 'modelId'> & { readonly owner: string },
    ): Promise<Turn<S> | null> {
      const { owner, leaseUntil, startedAt, throughSeq, modelId } = claim;
      const $set = { state: 'running', owner: key(owner), leaseUntil, startedAt, throughSeq, modelId } as const;
      const found = await turns.findOneAndUpdate(
        { _id: key(id), state: 'pending' },
        { $set, $inc: { epoch: 1 } },
        { returnDocument: 'after' },
      );
      return found === null ? null : toTurn(found);
    },
    async checkpointTurn<S>(
      id: string,
      { owner, epoch }: { readonly owner: string; readonly epoch: number },
      text: string | S,
      leaseUntil: number,
    ): Promise<'kept' | 'lost'> {
      const { matchedCount } = await turns.updateOne(
        { _id: key(id), state: 'running', owner: key(owner), epoch },
        { $set: { text: storedText(text), leaseUntil } },
      );
      return matchedCount === 1 ? 'kept' : 'lost';
    },
    async endTurn<S>(id: string, guard: TurnGuard, outcome: TurnOutcome<S>): Promise<Turn<S> | null> {
      const held =
        'lapsedBefore' in guard
          ? { state: { $in: ['pending', 'running'] as const }, leaseUntil: { $lt: guard.lapsedBefore } }
          : { state: 'running' as const, owner: key(guard.owner), epoch: guard.epoch };
      const $set = { state: outcome.state, ...outcomeFields(outcome) };
      const found = await turns.findOneAndUpdate(
        { _id: key(id), ...held },
        { $set, $unset: outcome.settled ? { unfinished: true, unsettled: true } : { unfinished: true } },
        { returnDocument: 'after' },
      );
      return found === null ? null : toTurn(found);
    },
    async settleTurns(ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return;
      await turns.updateMany({ _id: { $in: ids.map(key) } }, { $unset: { unsettled: true } });
    },
    async unsettledTurns<S>(lapsedBefore: number, limit: number): Promise<readonly Turn<S>[]> {
      const found = await turns
        .find(
          { unsettled: { $exists: true }, leaseUntil: { $lt: lapsedBefore } },
          { sort: { unsettled: 1, _id: 1 }, limit },
        )
        .toArray();
      return found.map((document) => toTurn(document));
    },
  };
}

/** What the log needs of turns. */
export type TurnOperations = Pick<ReturnType<typeof turnOperations>, 'makeWithEntry'>;
