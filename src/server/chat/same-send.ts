// Station: chat. Whether a send that came again says the same (DESIGN.md section 3, "Send once, pay once"). Pure. Called by sends and admin-speech.
import { WireError } from '../../protocol/errors.js';
import type { LogEntry, MessageEntry } from '../ports/store.js';

/** The parts of a message that its sender chose. */
export type Spoken = Pick<MessageEntry, 'type' | 'content' | 'fileId' | 'fileUrl' | 'metadata'>;

/** @throws WireError INVALID_FORMAT when what was stored under this id says something else */
export function mustBeSame({ entry }: LogEntry, spoken: Spoken, messageId: string): void {
  if (entry.kind !== 'message' || !isSameSend(entry, spoken)) throw usedBefore(messageId);
}

/** One that cannot be read any more is known by its id alone. */
function isSameSend(entry: MessageEntry, spoken: Spoken): boolean {
  if (entry.unreadable !== undefined) return true;
  return (
    entry.content === spoken.content &&
    entry.type === spoken.type &&
    entry.fileId === spoken.fileId &&
    entry.fileUrl === spoken.fileUrl &&
    isSameMetadata(entry.metadata, spoken.metadata)
  );
}

/** The id was used before for something else. */
export function usedBefore(messageId: string): WireError {
  return new WireError(
    'INVALID_FORMAT',
    'This message_id was used before for other content. Use a new one for each message.',
    { messageId },
  );
}

/** In whatever order. */
function isSameMetadata(one: Spoken['metadata'] = {}, other: Spoken['metadata'] = {}): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
