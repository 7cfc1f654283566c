// Station: store/mongodb. Sessions by their keys: make, find, share, attach, delete, expire. Called by mongodb-store.
import type { Clock } from '../../../common/clock.js';
import { type Session, type SessionSeed, StoreError } from '../../ports/store.js';
import type { Database } from './database.js';
import { documentVersion, type SessionDocument } from './documents.js';
import { isDuplicateKey } from './failure.js';
import type { KnownHeads } from './known-heads.js';
import { sessionDocument, toSession } from './session-document.js';
import { key } from './texts.js';

/** `v` of a session that is being deleted: nobody finds it any more, and what a crash left of it is removed at the next start. */
const beingDeleted = 0;

const ours = { v: documentVersion } as const;

/** The operations on sessions. */
export function sessionOperations<S>(database: Database, heads: KnownHeads, clock: Clock) {
  const { accounts, asides, messages, pulse, sessions, turns } = database;

  const countOrdinal = async (userId: string, ordinal: number): Promise<void> => {
    await accounts.updateOne({ _id: userId }, { $max: { last: ordinal } }, { upsert: true });
  };
  const found = (document: SessionDocument | null): Session<S> | null =>
    document === null ? null : toSession(document);
  const ids = (documents: readonly { readonly _id: string }[]): string[] => documents.map(({ _id }) => _id);

  /** Removes all of a session that nobody finds any more, itself last. */
  async function remove(sessionId: string): Promise<void> {
    await messages.deleteMany({ sid: sessionId });
    await turns.deleteMany({ sid: sessionId });
    await asides.deleteMany({ sid: sessionId });
    await sessions.deleteOne({ _id: sessionId, v: beingDeleted });
    heads.forget(sessionId);
  }

  return {
    async createSession(seed: SessionSeed<S>): Promise<'created' | 'taken'> {
      const document = sessionDocument(seed, clock.now());
      try {
        await sessions.insertOne(document);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        // A crash may have come between a session and its count: whoever meets that session counts it.
        const owner = await sessions.findOne({ ownerKey: document.ownerKey }, { projection: { _id: 1 } });
        if (owner !== null) await countOrdinal(document.uid, document.ord);
        return 'taken';
      }
      heads.saw(document._id, 0);
      await countOrdinal(document.uid, document.ord);
      return 'created';
    },
    async session(id: string): Promise<Session<S> | null> {
      return found(await sessions.findOne({ _id: key(id), ...ours }));
    },
    async sessionByShareToken(token: string): Promise<Session<S> | null> {
      return found(await sessions.findOne({ shareToken: key(token), ...ours }));
    },
    async activeSession(userId: string) {
      // The count is read first: a session that is made in between is then found, or its ordinal refuses the caller's create. The other way round the caller
      // could see the count without the session, count on, and make a second one (finding R17).
      const account = await accounts.findOne({ _id: key(userId) });
      const session = await sessions.findOne(
        { uid: userId, active: true, ...ours },
        { sort: { lastActivity: -1, _id: -1 } },
      );
      return { session: found(session), lastOrdinal: Math.max(account?.last ?? 0, session?.ord ?? 0) };
    },
    async share(id: string, token: string): Promise<string | null> {
      try {
        await sessions.updateOne(
          { _id: key(id), ...ours, shareToken: { $exists: false } },
          { $set: { shareToken: key(token) } },
        );
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        throw new StoreError('invalid', 'Another session has this share token. Make another one.', error);
      }
      const session = await sessions.findOne({ _id: id, ...ours }, { projection: { shareToken: 1 } });
      return session?.shareToken ?? null;
    },
    async unshare(id: string): Promise<void> {
      await sessions.updateOne({ _id: key(id), ...ours }, { $unset: { shareToken: true } });
    },
    /** Hides it first, so that a crash half-way leaves nothing that anybody finds, and the next start removes the rest. */
    async deleteSession(id: string): Promise<void> {
      const session = await sessions.findOne({ _id: key(id), v: { $exists: true } });
      if (session === null) return;
      await countOrdinal(session.uid, session.ord);
      await sessions.updateOne({ _id: id }, { $set: { v: beingDeleted }, $unset: { shareToken: true } });
      await remove(id);
    },
    /** What a crash left of deletes. */
    async unfinishedDeletes(): Promise<readonly string[]> {
      return ids(await sessions.find({ v: beingDeleted }, { projection: { _id: 1 }, limit: 1_000 }).toArray());
    },
    finishDelete: remove,
    async idleSessions(before: number, now: number, limit: number): Promise<readonly string[]> {
      const filter = {
        active: true,
        lastActivity: { $lt: new Date(before) },
        'floor.kind': 'ai' as const,
        helpRequested: false,
        attachedUntil: { $lte: now },
        ...ours,
      };
      const sort = { lastActivity: 1, _id: 1 } as const;
      return ids(await sessions.find(filter, { projection: { _id: 1 }, sort, limit }).toArray());
    },
    async expiredSessions(before: number, limit: number): Promise<readonly string[]> {
      const filter = { active: false, lastActivity: { $lt: new Date(before) }, ...ours };
      const sort = { lastActivity: 1, _id: 1 } as const;
      return ids(await sessions.find(filter, { projection: { _id: 1 }, sort, limit }).toArray());
    },
    async keepAttached(sessionIds: readonly string[], until: number): Promise<void> {
      if (sessionIds.length === 0) return;
      await sessions.updateMany(
        { _id: { $in: sessionIds.map(key) }, attachedUntil: { $lt: until }, ...ours },
        { $set: { attachedUntil: until } },
      );
    },
    async forgetUser(userId: string): Promise<void> {
      await accounts.deleteOne({ _id: key(userId) });
    },
    async ping(): Promise<void> {
      await pulse.updateOne({ _id: 'pulse' }, { $inc: { beats: 1 } }, { upsert: true });
    },
    /** Sessions of the reference that were not imported yet. */
    unimported: (): Promise<number> => sessions.countDocuments({ v: { $exists: false } }),
  };
}
