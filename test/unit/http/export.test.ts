// Station: test. The export of a conversation: its formats, and that it costs no memory and stops with its reader.
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deferred } from '../../../src/common/deferred.js';
import { csvCell, type ExportFormat, exportWriters } from '../../../src/server/door/http/export-format.js';
import type { LogEntry } from '../../../src/server/ports/store.js';
import { StoreError } from '../../../src/server/ports/store.js';
import { type DoorBench, startDoor } from '../../helpers/http-door-bench.js';
import { eventually } from '../../helpers/poll.js';

let door: DoorBench;
beforeEach(async () => {
  door = await startDoor();
});
afterEach(() => door.close());

const token = 'admin:root';
const exported = (query = '') => door.ask(`/admin/sessions/s1/export${query}`, { token });

describe('an export', () => {
  it('is one message of the history a line, untold', async () => {
    door.chat.add('s1', 'ada', ['hello\nthere', 'hi']);
    const { headers, text } = await exported();
    const { body } = await door.ask('/admin/sessions/s1', { token });
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(body.messages);
    expect(headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
    expect(headers.get('content-disposition')).toBe('attachment; filename="session-s1.jsonl"');
  });

  it('as Markdown quotes what was said, so that no message passes for another', async () => {
    door.chat.add('s1', 'ada', ['hello\r\n\n**ai**, 2026\n# not a heading', 'hi'], { name: 'A\n# name' });
    const { text } = await exported('?format=md');
    expect(text).toBe(
      [
        '# A # name',
        '',
        '**user**, 2026-01-02T03:04:06.000Z',
        '',
        '> hello',
        '> ',
        '> **ai**, 2026',
        '> # not a heading',
        '',
        '**ai**, 2026-01-02T03:04:07.000Z',
        '',
        '> hi',
        '',
      ].join('\n'),
    );
  });

  it('says of a message that cannot be read that it is so, in every format', () => {
    const message = {
      seq: 1,
      timestamp: 't',
      sender: 'user',
      content: '',
      metadata: { unreadable: 'damaged' },
    } as const;
    const said = (format: ExportFormat) =>
      exportWriters[format].message({ ...message, message_id: 'm', type: 'user_message' });
    expect(said('md')).toContain('> [unreadable]\n');
    expect(said('csv')).toContain(',[unreadable],');
    expect(JSON.parse(said('jsonl'))).toMatchObject({ content: '', metadata: { unreadable: 'damaged' } });
  });

  it('as CSV keeps to RFC 4180', async () => {
    door.chat.add('s1', 'ada', ['say "hi", please\nnow', 'hi']);
    const { text } = await exported('?format=csv');
    expect(text).toBe(
      [
        'seq,timestamp,sender,type,message_id,content,file_id,file_url',
        '1,2026-01-02T03:04:06.000Z,user,user_message,message-1,"say ""hi"", please\nnow",,',
        '2,2026-01-02T03:04:07.000Z,ai,ai_response,message-2,hi,,',
        '',
      ].join('\r\n'),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '=HYPERLINK("http://x","y")', '＝1+1', '＠x'])(
    'as CSV runs no formula: %j',
    (cell) => {
      expect(csvCell(cell).replace(/^"/, '')).toMatch(/^'/);
    },
  );

  it('as CSV leaves other cells as they are', () => {
    expect(['1-1', 'a=b', ' =1', ''].map(csvCell)).toEqual(['1-1', 'a=b', ' =1', '']);
  });

  it('of nothing is empty, or a head alone', async () => {
    door.chat.add('s1', 'ada');
    expect((await exported()).text).toBe('');
    expect((await exported('?format=csv')).text).toMatch(/^seq,[^\n]*\r\n$/);
  });

  it('takes known formats of known sessions only', async () => {
    expect((await exported()).status).toBe(404);
    door.chat.add('s1', 'ada');
    const refused = await exported('?format=pdf');
    expect(refused).toMatchObject({ status: 400, body: { error: 'format must be one of jsonl, md, csv.' } });
  });

  it('names its file without what a header or a file system would trip over', async () => {
    door.chat.add('a"/..\\b;ü', 'ada');
    const { headers } = await door.ask(`/admin/sessions/${encodeURIComponent('a"/..\\b;ü')}/export`, { token });
    expect(headers.get('content-disposition')).toBe('attachment; filename="session-a__.._b__.jsonl"');
  });
});

describe('a long export', () => {
  const count = 100_000;
  const message = (seq: number): LogEntry => ({
    seq,
    entry: {
      at: 1,
      kind: 'message',
      sender: 'user',
      type: 'user_message',
      messageId: `m${seq}`,
      authorId: 'ada',
      authorName: 'ada',
      content: 'x'.repeat(900),
    },
  });

  it('arrives whole', async () => {
    door.chat.add('s1', 'ada');
    door.chat.messages = async function* () {
      for (let seq = 1; seq <= 2_000; seq += 1) yield message(seq);
    };
    const lines = (await exported()).text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(Array.from({ length: 2_000 }, (_, at) => at + 1));
  });

  it('reads no further ahead than its reader takes, and stops where the reader leaves', async () => {
    door.chat.add('s1', 'ada');
    let read = 0;
    const stopped = deferred<void>();
    door.chat.messages = async function* () {
      try {
        for (read = 1; read <= count; read += 1) yield message(read);
      } finally {
        stopped.resolve();
      }
    };
    const asked = request({
      port: door.port,
      host: '127.0.0.1',
      path: '/chatbox/admin/sessions/s1/export',
      headers: { authorization: `Bearer ${token}` },
    });
    const answered = deferred<import('node:http').IncomingMessage>();
    asked
      .on('response', (response) => answered.resolve(response))
      .on('error', () => undefined)
      .end();
    const response = await answered.promise;
    response.on('error', () => undefined).pause();
    // Once the buffers of both ends are full, reading stops long before the end.
    let before = -1;
    await eventually(
      () => {
        const isStill = before === read && read > 0;
        before = read;
        return isStill;
      },
      { everyMs: 100 },
    );
    expect(read).toBeLessThan(count / 4);
    asked.destroy();
    await stopped.promise;
    expect(read).toBeLessThan(count / 2);
  });

  it('that fails at its start is an error as any other', async () => {
    door.chat.add('s1', 'ada');
    // biome-ignore lint/correctness/useYield: it fails before it has anything to give
    door.chat.messages = async function* () {
      throw new StoreError('unavailable', 'away');
    };
    expect(await exported()).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
  });

  it('that fails later breaks off, so that nobody takes a part for the whole', async () => {
    door.chat.add('s1', 'ada');
    door.chat.messages = async function* () {
      for (let seq = 1; seq <= 500; seq += 1) yield message(seq);
      throw new StoreError('unavailable', 'away');
    };
    await expect(exported()).rejects.toThrow();
    expect(door.logged).toContainEqual(expect.objectContaining({ event: 'http_answer_broke_off' }));
  });
});
