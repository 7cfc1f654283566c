// Station: store/encryption. Which keys a stored record is sealed with, and the same record with its values sealed anew. Called by key-work and page-resealing.
import type { Entry, FloorHolder, LogEntry, MessageEntry, Sealed, Session, StoredRecord } from '../../ports/store.js';
import type { Envelopes, NewEnvelopes } from './envelopes.js';
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

/** The envelopes of records that are not of that key, in the order in which `createResealing` takes new ones for them. */
export function envelopesIn(records: readonly StoredRecord<Sealed>[], activeId: string): Envelopes {
  const envelopes: string[] = [];
  const places: string[] = [];
  const visit: Visit = {
    plain: (text) => text,
    sealed(value, place) {
      if (keyIdOf(value) !== activeId) {
        envelopes.push(value.sealed);
        places.push(place());
      }
      return value;
    },
    message: (_, entry) => entry,
  };
  for (const record of records) mapTexts(record, visit);
  return { envelopes, places };
}

/**
 * Puts new envelopes in the place of those that `envelopesIn` found, and seals what was not sealed: the same record where all of it is sealed with the active
 * key already; null for one of which something does not open, which must stay as it is.
 */
export function createResealing(
  keyring: Keyring,
): (records: readonly StoredRecord<Sealed>[], found: NewEnvelopes) => (StoredRecord<Sealed> | null)[] {
  const { sealText, sealMessage } = createSealing(keyring, () => undefined);
  return (records, found) => {
    let at = 0;
    let isWhole = true;
    const anew: Visit = {
      plain: (text, place) => sealText(text, place()),
      sealed(value) {
        if (keyIdOf(value) === keyring.activeId) return value;
        const sealed = found[at] ?? null;
        at += 1;
        if (sealed !== null) return { sealed };
        isWhole = false;
        return value;
      },
      message: sealMessage,
    };
    return records.map((record) => {
      isWhole = true;
      const resealed = mapTexts(record, anew);
      return isWhole ? resealed : null;
    });
  };
}

/** What becomes of each text that may be sealed and is not, of each that is, and of a message whose words are not. A place costs something, so it is asked for. */
interface Visit {
  plain(text: string, place: () => string): string | Sealed;
  sealed(value: Sealed, place: () => string): Sealed;
  message(sessionId: string, entry: MessageEntry & { readonly at: number }): Entry<Sealed>;
}

/**
 * A record with its texts replaced; the same one where each was replaced by itself. Counting and sealing both come by here, so that no key can be retired over a
 * text that the one knows and the other does not.
 */
function mapTexts(record: StoredRecord<Sealed>, visit: Visit): StoredRecord<Sealed> {
  switch (record.kind) {
    case 'entry': {
      const { kind, sessionId, log } = record;
      const entry = mapEntry(sessionId, log, visit);
      return entry === log.entry ? record : { kind, sessionId, log: { seq: log.seq, entry } };
    }
    case 'session': {
      const session = mapSession(record.session, visit);
      return session === record.session ? record : { ...record, session };
    }
    case 'turn': {
      const { turn } = record;
      const text = mapText(turn.text, () => turnPlace(turn.id), visit);
      return text === turn.text ? record : { ...record, turn: { ...turn, text } };
    }
    case 'aside': {
      const { aside } = record;
      const text = mapText(aside.text, () => asidePlace(aside.sessionId, aside.id), visit);
      return text === aside.text ? record : { ...record, aside: { ...aside, text } };
    }
  }
}

function mapEntry(sessionId: string, { seq, entry }: LogEntry<Sealed>, visit: Visit): Entry<Sealed> {
  switch (entry.kind) {
    case 'message': {
      if (!('sealed' in entry)) return visit.message(sessionId, entry);
      // The words of a message lie in one envelope, also those of an empty one.
      const { sealed } = visit.sealed(entry, () => wordsPlace(sessionId, entry.sender, entry.messageId));
      return sealed === entry.sealed ? entry : { ...entry, sealed };
    }
    case 'floor': {
      const holder = mapHolder(entry.holder, () => entryPlace(sessionId, seq, 'holder'), visit);
      const previous = mapHolder(entry.previous, () => entryPlace(sessionId, seq, 'previous'), visit);
      return holder === entry.holder && previous === entry.previous ? entry : { ...entry, holder, previous };
    }
    case 'rename': {
      const name = mapText(entry.name, () => entryPlace(sessionId, seq, 'name'), visit);
      return name === entry.name ? entry : { ...entry, name };
    }
    case 'model':
    case 'help':
    case 'end':
      return entry;
  }
}

function mapSession(session: Session<Sealed>, visit: Visit): Session<Sealed> {
  const { id, projection } = session;
  const { assistingAdminName: admin } = projection;
  const namePlace = () => sessionPlace(id, 'name');
  const name = mapText(session.name, namePlace, visit);
  const projected = {
    name: mapText(projection.name, namePlace, visit),
    floor: mapHolder(projection.floor, () => sessionPlace(id, 'floor'), visit),
    assistingAdminName: admin === null ? null : mapText(admin, () => sessionPlace(id, 'assistingAdminName'), visit),
  };
  const isSame =
    name === session.name &&
    projected.name === projection.name &&
    projected.floor === projection.floor &&
    projected.assistingAdminName === admin;
  return isSame ? session : { ...session, name, projection: { ...projection, ...projected } };
}

const mapText = (text: string | Sealed, place: () => string, visit: Visit): string | Sealed =>
  typeof text === 'string' ? visit.plain(text, place) : visit.sealed(text, place);

function mapHolder(holder: FloorHolder<Sealed>, place: () => string, visit: Visit): FloorHolder<Sealed> {
  if (holder.kind === 'ai') return holder;
  const name = mapText(holder.name, place, visit);
  return name === holder.name ? holder : { ...holder, name };
}
