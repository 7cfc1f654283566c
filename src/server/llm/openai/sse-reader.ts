// Station: llm/openai. Bytes of an event stream in, data of whole events out, at once and without promises. Called by the answer reader.
import { StringDecoder } from 'node:string_decoder';

/** Length of one event's data at most, in UTF-16 units: finding R13 wants long lines whole, memory wants an end. */
export const maxEventLength = 4 * 1_048_576;

/** Thrown by `write` when an event is longer than `maxEventLength`. */
export class EventTooLongError extends Error {
  override readonly name = 'EventTooLongError';
}

/** Reads one event stream (the part of the WHATWG event-stream format that carries data; event names, ids and comments are skipped). */
export interface SseReader {
  /** @throws EventTooLongError, and whatever the callback throws */
  write(bytes: Buffer): void;
  /** The stream ended: gives out an event whose blank line is missing. */
  end(): void;
}

/**
 * Makes a reader that calls `onData` with the data of each event, in order, within `write`. A line may come in any number of packets, cut anywhere, also
 * within a character: only what is new is searched, so that its cost stays linear.
 */
export function createSseReader(onData: (data: string) => void): SseReader {
  const decoder = new StringDecoder('utf8');
  let unfinished: string[] = [];
  let unfinishedLength = 0;
  let data: string | null = null;
  let endedInReturn = false;
  let isFirst = true;

  const take = (line: string): void => {
    if (line === '') {
      if (data === null) return;
      const whole = data;
      data = null;
      onData(whole);
      return;
    }
    if (!line.startsWith('data')) return;
    let value: string;
    if (line.charCodeAt(4) === colon) value = line.slice(line.charCodeAt(5) === space ? 6 : 5);
    else if (line.length === 4) value = '';
    else return;
    data = data === null ? value : `${data}\n${value}`;
    if (data.length > maxEventLength) throw tooLong();
  };

  const read = (text: string): void => {
    let from = 0;
    for (;;) {
      const at = text.indexOf('\n', from);
      if (at === -1) break;
      let line = text.slice(from, at);
      from = at + 1;
      if (unfinishedLength > 0) {
        unfinished.push(line);
        line = unfinished.join('');
        unfinished = [];
        unfinishedLength = 0;
      }
      take(line);
    }
    if (from === text.length) return;
    unfinished.push(from === 0 ? text : text.slice(from));
    unfinishedLength += text.length - from;
    if (unfinishedLength > maxEventLength) throw tooLong();
  };

  const feed = (decoded: string): void => {
    let text = decoded;
    if (isFirst && text !== '') {
      isFirst = false;
      if (text.charCodeAt(0) === byteOrderMark) text = text.slice(1);
    }
    // CR LF may be cut between two packets; then the LF belongs to the line end that was already taken.
    if (endedInReturn && text !== '') {
      endedInReturn = false;
      if (text.startsWith('\n')) text = text.slice(1);
    }
    if (text.includes('\r')) {
      endedInReturn = text.endsWith('\r');
      text = text.replace(/\r\n?/g, '\n');
    }
    if (text !== '') read(text);
  };

  return {
    write: (bytes) => feed(decoder.write(bytes)),
    end() {
      feed(decoder.end());
      if (unfinishedLength > 0) feed('\n');
      take('');
    },
  };
}

const colon = 0x3a;
const space = 0x20;
const byteOrderMark = 0xfeff;

function tooLong(): EventTooLongError {
  return new EventTooLongError(`An event is longer than ${maxEventLength} characters.`);
}
