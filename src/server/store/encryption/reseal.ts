// Station: store/encryption. Which keys a stored record is sealed with, and the same record sealed anew. Called by key-work.
import type { Entry, FloorHolder, LogEntry, Sealed, Session, StoredRecord } from '../../ports/store.js';
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
  for (const text of textsOf(record)) {
    if (typeof text === 'string') {
      if (text !== '') plain += 1;
    } else sealed.set(keyIdOf(text), (sealed.get(keyIdOf(text)) ?? 0) + 1);
  }
  return { sealed, plain };
}

/** Whether the record holds anything that is not sealed with the key of that id. */
export function needsResealing(record: StoredRecord<Sealed>, activeId: string): boolean {
  for (const text of textsOf(record)) {
    if (typeof text === 'string' ? text !== '' : keyIdOf(text) !== activeId) return true;
  }
  return false;
}

/** Seals records anew with the active key of the ring. Resolves to null for a record of which something does not open: it must stay as it is. */
export function createResealing(keyring: Keyring): (record: StoredRecord<Sealed>) => StoredRecord<Sealed> | null {
  let isWhole = true;
  const { sealText, sealMessage } = createSealing(keyring, () => undefined);

  const renewed = (value: Sealed, place: string): Sealed => {
    const anew = keyring.reseal(value, place);
    if ('sealed' in anew) return anew;
    isWhole = false;
    return value;
  };
  const text = (value: string | Sealed, place: string): string | Sealed =>
    typeof value === 'string' ? sealText(value, place) : renewed(value, place);
  const holder = (value: FloorHolder<Sealed>, place: string): FloorHolder<Sealed> =>
    value.kind === 'ai' ? value : { ...value, name: text(value.name, place) };

  function resealEntry(sessionId: string, { seq, entry }: LogEntry<Sealed>): Entry<Sealed> {
    switch (entry.kind) {
      case 'message': {
        if (!('sealed' in entry)) return sealMessage(sessionId, entry);
        return { ...entry, ...renewed(entry, wordsPlace(sessionId, entry.sender, entry.messageId)) };
      }
      case 'floor':
        return {
          ...entry,
          holder: holder(entry.holder, entryPlace(sessionId, seq, 'holder')),
          previous: holder(entry.previous, entryPlace(sessionId, seq, 'previous')),
        };
      case 'rename':
        return { ...entry, name: text(entry.name, entryPlace(sessionId, seq, 'name')) };
      case 'model':
      case 'help':
      case 'end':
        return entry;
    }
  }

  function resealSession(session: Session<Sealed>): Session<Sealed> {
    const { id, projection } = session;
    const { assistingAdminName: admin } = projection;
    return {
      ...session,
      name: text(session.name, sessionPlace(id, 'name')),
      projection: {
        ...projection,
        name: text(projection.name, sessionPlace(id, 'name')),
        floor: holder(projection.floor, sessionPlace(id, 'floor')),
        assistingAdminName: admin === null ? null : text(admin, sessionPlace(id, 'assistingAdminName')),
      },
    };
  }

  const reseal = (record: StoredRecord<Sealed>): StoredRecord<Sealed> => {
    switch (record.kind) {
      case 'entry': {
        const { sessionId, log } = record;
        return { ...record, log: { seq: log.seq, entry: { ...resealEntry(sessionId, log), at: log.entry.at } } };
      }
      case 'session':
        return { ...record, session: resealSession(record.session) };
      case 'turn': {
        const { turn } = record;
        return { ...record, turn: { ...turn, text: text(turn.text, turnPlace(turn.id)) } };
      }
      case 'aside': {
        const { aside } = record;
        return { ...record, aside: { ...aside, text: text(aside.text, asidePlace(aside.sessionId, aside.id)) } };
      }
    }
  };

  return (record) => {
    isWhole = true;
    const resealed = reseal(record);
    return isWhole ? resealed : null;
  };
}

function* textsOf(record: StoredRecord<Sealed>): Generator<string | Sealed> {
  switch (record.kind) {
    case 'entry':
      yield* textsOfEntry(record.log.entry);
      return;
    case 'session': {
      const { name, projection } = record.session;
      yield name;
      yield projection.name;
      yield* textsOfHolder(projection.floor);
      if (projection.assistingAdminName !== null) yield projection.assistingAdminName;
      return;
    }
    case 'turn':
      yield record.turn.text;
      return;
    case 'aside':
      yield record.aside.text;
  }
}

function* textsOfEntry(entry: (StoredRecord<Sealed> & { kind: 'entry' })['log']['entry']): Generator<string | Sealed> {
  switch (entry.kind) {
    case 'message':
      // The words of a message lie in one envelope, also those of an empty one.
      yield 'sealed' in entry ? { sealed: entry.sealed } : 'words';
      return;
    case 'floor':
      yield* textsOfHolder(entry.holder);
      yield* textsOfHolder(entry.previous);
      return;
    case 'rename':
      yield entry.name;
      return;
    case 'model':
    case 'help':
    case 'end':
  }
}

function* textsOfHolder(holder: FloorHolder<Sealed>): Generator<string | Sealed> {
  if (holder.kind === 'admin') yield holder.name;
}
