// Station: store/encryption. Which keys a stored record is sealed with, and the same record sealed anew. Called by key-work.
import type { FloorHolder, Sealed, StoredRecord } from '../../ports/store.js';
import { type Keyring, keyIdOf } from './keyring.js';
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
  const { sealed, plain } = sealedIn(record);
  return plain > 0 || [...sealed.keys()].some((id) => id !== activeId);
}

/** Seals records anew with the active key of the ring. Resolves to null for a record of which something does not open: it must stay as it is. */
export function createResealing(keyring: Keyring): (record: StoredRecord<Sealed>) => StoredRecord<Sealed> | null {
  let isWhole = true;
  const sealing = createSealing(keyring, () => {
    isWhole = false;
  });

  const reseal = (record: StoredRecord<Sealed>): StoredRecord<Sealed> => {
    switch (record.kind) {
      case 'entry': {
        const { sessionId, log } = record;
        const { entry } = sealing.openLog(sessionId, log);
        return {
          ...record,
          log: { seq: log.seq, entry: { ...sealing.sealEntry(sessionId, log.seq, entry), at: entry.at } },
        };
      }
      case 'session': {
        const session = sealing.openSession(record.session);
        const { id, projection } = session;
        const name = sealing.sealName(id, projection.name);
        const sealed = { ...session, name: sealing.sealName(id, session.name) };
        return { ...record, session: { ...sealed, projection: sealing.sealProjection(id, projection, name) } };
      }
      case 'turn':
        return { ...record, turn: sealing.sealTurn(sealing.openTurn(record.turn)) };
      case 'aside': {
        const aside = sealing.openAside(record.aside);
        return aside === null ? record : { ...record, aside: sealing.sealAside(aside) };
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
