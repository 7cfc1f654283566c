// Station: door/http. Streams a whole conversation in constant memory, as fast as its reader reads. Called by the route of the export.
import { Readable } from 'node:stream';
import type { ChatQueries } from '../../chat/api.js';
import type { User } from '../../ports/participant.js';
import type { LogEntry } from '../../ports/store.js';
import { type ExportFormat, type ExportWriter, exportWriters } from './export-format.js';
import { Answer } from './handler.js';
import { messageOf } from './session-view.js';

/** Messages are written together until they have this many characters: a write of its own for each costs more than the message. */
const pieceLength = 32_768;

/**
 * The export as an answer. What fails before the first piece becomes an error of its own; what fails later breaks the connection off, so that no
 * reader takes a part for the whole.
 */
export async function exportSession(
  chat: Pick<ChatQueries, 'history' | 'messages'>,
  user: User,
  sessionId: string,
  format: ExportFormat,
): Promise<Answer> {
  const writer = exportWriters[format];
  const { session } = await chat.history(user, sessionId, { limit: 1 });
  const pieces = write(writer, session.projection.name, chat.messages(sessionId));
  const first = await pieces.next();
  return new Answer(Readable.from(startingWith(first, pieces), { objectMode: false, highWaterMark: pieceLength }), {
    headers: {
      'Content-Type': writer.contentType,
      'Content-Disposition': `attachment; filename="session-${fileName(sessionId)}.${format}"`,
    },
  });
}

async function* write(
  writer: ExportWriter,
  name: string,
  entries: AsyncIterable<LogEntry>,
): AsyncGenerator<string, void> {
  let piece = writer.head(name);
  for await (const { seq, entry } of entries) {
    if (entry.kind !== 'message') continue;
    piece += writer.message(messageOf(seq, entry));
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

async function* startingWith(
  first: IteratorResult<string, void>,
  rest: AsyncGenerator<string, void>,
): AsyncGenerator<Buffer, void> {
  try {
    if (first.done === true) return;
    yield Buffer.from(first.value);
    for await (const piece of rest) yield Buffer.from(piece);
  } finally {
    // A reader that left before the second piece never entered the loop that would close this.
    await rest.return();
  }
}

function fileName(sessionId: string): string {
  return sessionId.replaceAll(/[^\w.-]/g, '_');
}
