// Station: store/encryption. What of an entry, a session and a turn is sealed, and how it reads when it is opened. Called by the layer.
import { jsonText } from '../../../common/json-text.js';
import type {
  Aside,
  Entry,
  FloorHolder,
  LogEntry,
  MessageEntry,
  MessageFacts,
  Projection,
  Sealed,
  Session,
  SessionSeed,
  Turn,
  Words,
} from '../../ports/store.js';
import type { Keyring, Unopened } from './keyring.js';
import { asidePlace, entryPlace, sessionPlace, turnPlace, wordsPlace } from './places.js';

type SomeFact = { [F in keyof MessageFacts]-?: undefined extends MessageFacts[F] ? F : never }[keyof MessageFacts];
/** Facts that only some messages have: every one, for what is not named here would be lost on the way into the store. */
const named = {
  modelId: true,
  turnId: true,
  end: true,
  usage: true,
  elapsedMs: true,
  answersThrough: true,
} as const satisfies Record<SomeFact, true>;
const someFacts = Object.keys(named) as SomeFact[];
type SealedMessage = Omit<MessageFacts, SomeFact> & { -readonly [F in SomeFact]?: MessageFacts[F] } & Sealed & {
    readonly at: number;
  };

function copyFact<F extends SomeFact>(to: { -readonly [N in F]?: MessageFacts[N] }, from: MessageFacts, fact: F): void {
  if (from[fact] !== undefined) to[fact] = from[fact];
}

/** Words as JSON, part by part: a quarter of the time that the library function takes for the whole. */
function wordsJson({ authorName, content, fileId, fileUrl, metadata }: Words): string {
  let text = `{"authorName":${authorName === null ? 'null' : jsonText(authorName)},"content":${jsonText(content)}`;
  if (fileId !== undefined) text += `,"fileId":${jsonText(fileId)}`;
  if (fileUrl !== undefined) text += `,"fileUrl":${jsonText(fileUrl)}`;
  if (metadata !== undefined) text += `,"metadata":${JSON.stringify(metadata)}`;
  return `${text}}`;
}

/** What stands for a name that cannot be read. */
export const unreadableName = '[unreadable]';

/** Seals a name, or finds it as it was sealed for that place before. */
export type SealName = (name: string, place: string) => string | Sealed;

/** Seals on the way in, opens on the way out. @param onUnreadable told of each value that does not open */
export function createSealing(keyring: Keyring, onUnreadable: (why: Unopened) => void) {
  // As JSON, which holds halves of surrogate pairs that UTF-8 cannot. An empty text hides nothing, and says that there is none.
  const seal = (text: string, place: string): string | Sealed =>
    keyring.activeId === null || text === '' ? text : keyring.seal(JSON.stringify(text), place);
  const open = <T>(sealed: Sealed, place: string): { readonly value: T } | { readonly unopened: Unopened } => {
    const opened = keyring.open(sealed, place);
    if (!('unopened' in opened)) return { value: JSON.parse(opened.text) as T };
    onUnreadable(opened.unopened);
    return opened;
  };
  const read = (text: string | Sealed, place: string, otherwise: string): string => {
    if (typeof text === 'string') return text;
    const opened = open<string>(text, place);
    return 'value' in opened ? opened.value : otherwise;
  };

  const sealHolder = (holder: FloorHolder, place: string, sealName: SealName = seal): FloorHolder<Sealed> =>
    holder.kind === 'ai' ? holder : { ...holder, name: sealName(holder.name, place) };
  const openHolder = (holder: FloorHolder<Sealed>, place: string): FloorHolder =>
    holder.kind === 'ai' ? holder : { ...holder, name: read(holder.name, place, unreadableName) };

  function sealMessage(sessionId: string, entry: MessageEntry & { readonly at: number }): Entry<Sealed> {
    if (keyring.activeId === null) return entry;
    const { sealed } = keyring.seal(wordsJson(entry), wordsPlace(sessionId, entry.sender, entry.messageId));
    // One by one: to copy the entry and leave its words out would cost as much as the cipher.
    const { at, kind, sender, type, messageId, authorId } = entry;
    const message: SealedMessage = { at, kind, sender, type, messageId, authorId, sealed };
    for (const fact of someFacts) copyFact(message, entry, fact);
    return message;
  }

  function openMessage(
    sessionId: string,
    entry: MessageFacts & (Words | Sealed) & { readonly at: number },
  ): MessageEntry & { readonly at: number } {
    if (!('sealed' in entry)) return entry;
    const { sealed, ...facts } = entry;
    const opened = open<Words>({ sealed }, wordsPlace(sessionId, entry.sender, entry.messageId));
    if ('value' in opened) return { ...facts, ...opened.value };
    return { ...facts, authorName: null, content: '', unreadable: opened.unopened };
  }

  function sealProjection(
    sessionId: string,
    projection: Projection,
    name: string | Sealed,
    sealName: SealName = seal,
  ): Projection<Sealed> {
    const { assistingAdminName } = projection;
    return {
      ...projection,
      name,
      floor: sealHolder(projection.floor, sessionPlace(sessionId, 'floor'), sealName),
      assistingAdminName:
        assistingAdminName === null
          ? null
          : sealName(assistingAdminName, sessionPlace(sessionId, 'assistingAdminName')),
    };
  }

  return {
    sealText: seal,
    sealMessage,
    sealEntry(sessionId: string, seq: number, entry: Entry): Entry<Sealed> {
      switch (entry.kind) {
        case 'message':
          return sealMessage(sessionId, entry);
        case 'floor':
          return {
            ...entry,
            holder: sealHolder(entry.holder, entryPlace(sessionId, seq, 'holder')),
            previous: sealHolder(entry.previous, entryPlace(sessionId, seq, 'previous')),
          };
        case 'rename':
          return { ...entry, name: seal(entry.name, entryPlace(sessionId, seq, 'name')) };
        case 'model':
        case 'help':
        case 'end':
          return entry;
      }
    },
    openLog(sessionId: string, { seq, entry }: LogEntry<Sealed>): LogEntry {
      switch (entry.kind) {
        case 'message':
          return { seq, entry: openMessage(sessionId, entry) };
        case 'floor': {
          const holder = openHolder(entry.holder, entryPlace(sessionId, seq, 'holder'));
          const previous = openHolder(entry.previous, entryPlace(sessionId, seq, 'previous'));
          return { seq, entry: { ...entry, holder, previous } };
        }
        case 'rename':
          return {
            seq,
            entry: { ...entry, name: read(entry.name, entryPlace(sessionId, seq, 'name'), unreadableName) },
          };
        case 'model':
        case 'help':
        case 'end':
          return { seq, entry };
      }
    },
    sealName: (sessionId: string, name: string, sealName: SealName = seal): string | Sealed =>
      sealName(name, sessionPlace(sessionId, 'name')),
    sealSeed(seed: SessionSeed): SessionSeed<Sealed> {
      return { ...seed, name: seal(seed.name, sessionPlace(seed.id, 'name')) };
    },
    sealProjection,
    openSession(session: Session<Sealed>): Session {
      const { id, projection } = session;
      const { assistingAdminName } = projection;
      const place = sessionPlace(id, 'name');
      return {
        ...session,
        name: read(session.name, place, unreadableName),
        projection: {
          ...projection,
          name: read(projection.name, place, unreadableName),
          floor: openHolder(projection.floor, sessionPlace(id, 'floor')),
          assistingAdminName:
            assistingAdminName === null
              ? null
              : read(assistingAdminName, sessionPlace(id, 'assistingAdminName'), unreadableName),
        },
      };
    },
    sealAside: (aside: Aside): Aside<Sealed> => ({
      ...aside,
      text: seal(aside.text, asidePlace(aside.sessionId, aside.id)),
    }),
    /** Null where it cannot be read: the model is then told nothing, and not an empty word. */
    openAside(aside: Aside<Sealed>): Aside | null {
      if (typeof aside.text === 'string') return { ...aside, text: aside.text };
      const opened = open<string>(aside.text, asidePlace(aside.sessionId, aside.id));
      return 'value' in opened ? { ...aside, text: opened.value } : null;
    },
    sealTurnText: (turnId: string, text: string): string | Sealed => seal(text, turnPlace(turnId)),
    sealTurn: (turn: Turn): Turn<Sealed> => ({ ...turn, text: seal(turn.text, turnPlace(turn.id)) }),
    /** An answer that cannot be read is one of which nothing was written. */
    openTurn: (turn: Turn<Sealed>): Turn => ({ ...turn, text: read(turn.text, turnPlace(turn.id), '') }),
  };
}
