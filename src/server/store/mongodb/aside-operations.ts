// Station: store/mongodb. Words beside the logs: kept once, read by their place. Called by mongodb-store and the records.
import { type Aside, StoreError } from '../../ports/store.js';
import type { Database } from './database.js';
import { type AsideDocument, documentVersion } from './documents.js';
import { isDuplicateKey } from './failure.js';
import { key, readText, storedText, whole } from './texts.js';

const maxIdLength = 200;
const maxAsides = 1_000;

/** The `_id` of an aside, told apart whatever its parts hold. */
export function asideKey(sessionId: string, id: string): string {
  return JSON.stringify([sessionId, id]);
}

/** The document of an aside. @throws StoreError invalid */
function asideDocument<S>({ sessionId, id, seq, kind, adminId, at, text }: Aside<S>): AsideDocument {
  if (id === '' || id.length > maxIdLength)
    throw new StoreError('invalid', `The id of an aside must have 1 to ${maxIdLength} characters.`);
  return {
    _id: asideKey(key(sessionId), key(id)),
    sid: sessionId,
    id,
    seq: whole(seq, 0, 'seq'),
    kind,
    adminId: key(adminId),
    at: new Date(whole(at, 0, 'at')),
    text: storedText(text),
  };
}

/** @throws StoreError corrupt */
export function toAside<S>({ sid, id, seq, kind, adminId, at, text }: AsideDocument): Aside<S> {
  return { sessionId: sid, id, seq, kind, adminId, at: at.getTime(), text: readText<S>(text) };
}

/** The operations on asides. */
export function asideOperations<S>({ asides, sessions }: Database) {
  return {
    async putAside(aside: Aside<S>): Promise<'kept' | 'taken' | 'gone'> {
      const document = asideDocument(aside);
      const isThere = () => sessions.findOne({ _id: document.sid, v: documentVersion }, { projection: { _id: 1 } });
      if ((await isThere()) === null) return 'gone';
      try {
        await asides.insertOne(document);
      } catch (error) {
        if (isDuplicateKey(error)) return 'taken';
        throw error;
      }
      // The session may have been deleted in between: what came in after its asides were removed goes too.
      if ((await isThere()) !== null) return 'kept';
      await asides.deleteOne({ _id: document._id });
      return 'gone';
    },
    async asides(sessionId: string, limit: number): Promise<readonly Aside<S>[]> {
      if (whole(limit, 1, 'limit') > maxAsides)
        throw new StoreError('invalid', `At most ${maxAsides} asides can be read at once.`);
      const sort = { seq: -1, at: -1, id: -1 } as const;
      const found = await asides.find({ sid: key(sessionId) }, { sort, limit }).toArray();
      return found.reverse().map((document) => toAside<S>(document));
    },
  };
}
