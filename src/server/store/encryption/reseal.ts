// Station: store/encryption. Which keys a stored record is sealed with, and the same record sealed anew. Called by key-work.
import type { Entry, FloorHolder, LogEntry, MessageEntry, Sealed, Session, StoredRecord } from '../../ports/store.js';
import { type Keyring, keyIdOf } from './keyring.js';
import { asidePlace, entryPlace, sessionPlace, turnPlace, wordsPlace } from './places.js';
import { createSealing } from './sealing.js';

/** What a record holds: how many values under each key, and how many texts that are not sealed. */
export interface RecordUse {
  readonly sealed: ReadonlyMap<string, number>;
  readonly plain: number;
}

/** Counts the values of a record. An empty text hides nothing and is never sealed. */
export function sealedIn(record: StoredRecord<Sealed>): RecordUse {
  const sealed = new Map<string, number>();
  let plain = 0;
  mapTexts(record, {
    plain(text) {
      if (text !== '') plain += 1;
      return text;
    },
    sealed(value) {
      const id = keyIdOf(value);
      sealed.set(id, (sealed.get(id) ?? 0) + 1);
      return value;
    },
    message(_, entry) {
      plain += 1;
      return entry;
    },
  });
  return { sealed, plain };
}

/**
 * Seals records anew with the active key of the ring: the same record where all of it is sealed with that key already; null for one of which something does
 * not open, which must stay as it is.
 */
export function createResealing(keyring: Keyring): (record: StoredRecord<Sealed>) => StoredRecord<Sealed> | null {
  const { sealText, sealMessage } = createSealing(keyring, () => undefined);
  let isWhole = true;
  let isChanged = false;

  const anew: Visit = {
    plain(text, place) {
      isChanged ||= text !== '';
      return sealText(text, place);
    },
    sealed(value, place) {
      if (keyIdOf(value) === keyring.activeId) return value;
      isChanged = true;
      const resealed = keyring.reseal(value, place);
      if ('sealed' in resealed) return resealed;
      isWhole = false;
      return value;
    },
    message(sessionId, entry) {
      isChanged = true;
      return sealMessage(sessionId, entry);
    },
  };

  return (record) => {
    isWhole = true;
    isChanged = false;
    const resealed = mapTexts(record, anew);
    if (!isWhole) return null;
    return isChanged ? resealed : record;
  };
}

/** What becomes of each text that may be sealed and is not, of each that is, and of a message whose words are not. */
interface Visit {
  plain(text: string, place: string): string | Sealed;
  sealed(value: Sealed, place: string): Sealed;
  message(sessionId: string, entry: MessageEntry & { readonly at: number }): Entry<Sealed>;
}

/** A record with its texts replaced. Counting and sealing both come by here, so that no key can be retired over a text that the one knows and the other does not. */
function mapTexts(record: StoredRecord<Sealed>, visit: Visit): StoredRecord<Sealed> {
  switch (record.kind) {
    case 'entry': {
      const { sessionId, log } = record;
      return { ...record, log: { seq: log.seq, entry: { ...mapEntry(sessionId, log, visit), at: log.entry.at } } };
    }
    case 'session':
      return { ...record, session: mapSession(record.session, visit) };
    case 'turn': {
      const { turn } = record;
      return { ...record, turn: { ...turn, text: mapText(turn.text, turnPlace(turn.id), visit) } };
    }
    case 'aside': {
      const { aside } = record;
      return {
        ...record,
        aside: { ...aside, text: mapText(aside.text, asidePlace(aside.sessionId, aside.id), visit) },
      };
    }
  }
}

function mapEntry(sessionId: string, { seq, entry }: LogEntry<Sealed>, visit: Visit): Entry<Sealed> {
  switch (entry.kind) {
    case 'message': {
      if (!('sealed' in entry)) return visit.message(sessionId, entry);
      // The words of a message lie in one envelope, also those of an empty one.
      const { sealed } = visit.sealed({ sealed: entry.sealed }, wordsPlace(sessionId, entry.sender, entry.messageId));
      return { ...entry, sealed };
    }
    case 'floor':
      return {
        ...entry,
        holder: mapHolder(entry.holder, entryPlace(sessionId, seq, 'holder'), visit),
        previous: mapHolder(entry.previous, entryPlace(sessionId, seq, 'previous'), visit),
      };
    case 'rename':
      return { ...entry, name: mapText(entry.name, entryPlace(sessionId, seq, 'name'), visit) };
    case 'model':
    case 'help':
    case 'end':
      return entry;
  }
}

function mapSession(session: Session<Sealed>, visit: Visit): Session<Sealed> {
  const { id, projection } = session;
  const { assistingAdminName: admin } = projection;
  return {
    ...session,
    name: mapText(session.name, sessionPlace(id, 'name'), visit),
    projection: {
      ...projection,
      name: mapText(projection.name, sessionPlace(id, 'name'), visit),
      floor: mapHolder(projection.floor, sessionPlace(id, 'floor'), visit),
      assistingAdminName: admin === null ? null : mapText(admin, sessionPlace(id, 'assistingAdminName'), visit),
    },
  };
}

const mapText = (text: string | Sealed, place: string, visit: Visit): string | Sealed =>
  typeof text === 'string' ? visit.plain(text, place) : visit.sealed(text, place);

function mapHolder(holder: FloorHolder<Sealed>, place: string, visit: Visit): FloorHolder<Sealed> {
  return holder.kind === 'ai' ? holder : { ...holder, name: mapText(holder.name, place, visit) };
}
