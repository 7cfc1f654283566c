// Station: store/mongodb. Notes: small named documents, written by compare-and-set. Called by mongodb-store.
import { type Note, StoreError } from '../../ports/store.js';
import type { Database } from './database.js';
import { isDuplicateKey } from './failure.js';
import { key } from './texts.js';

const maxNotes = 1_000;
const maxNameLength = 200;
const maxValueLength = 4_096;
/** Beyond every character that a name can hold. */
const last = '\u{10ffff}';

/** @throws StoreError invalid */
function noteName(name: string): string {
  if (name !== '' && name.length <= maxNameLength) return key(name);
  throw new StoreError('invalid', `The name of a note must have 1 to ${maxNameLength} characters.`);
}

/** @throws StoreError invalid */
function noteValue(value: string): string {
  if (value.length <= maxValueLength) return key(value);
  throw new StoreError('invalid', `A note must have at most ${maxValueLength} characters.`);
}

/** The operations on notes. */
export function noteOperations({ notes }: Database) {
  return {
    async note(name: string): Promise<string | null> {
      return (await notes.findOne({ _id: noteName(name) }))?.value ?? null;
    },
    async notes(prefix: string): Promise<readonly Note[]> {
      const found = await notes
        .find({ _id: { $gte: key(prefix), $lt: prefix + last } }, { sort: { _id: 1 }, limit: maxNotes })
        .toArray();
      return found.map(({ _id, value }) => ({ name: _id, value }));
    },
    async putNote(name: string, expected: string | null, value: string): Promise<boolean> {
      const document = { _id: noteName(name), value: noteValue(value) };
      if (expected !== null) {
        const { matchedCount } = await notes.updateOne({ _id: name, value: expected }, { $set: { value } });
        return matchedCount === 1;
      }
      try {
        await notes.insertOne(document);
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async dropNote(name: string, expected: string): Promise<boolean> {
      const { deletedCount } = await notes.deleteOne({ _id: noteName(name), value: expected });
      return deletedCount === 1;
    },
  };
}
