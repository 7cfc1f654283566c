// Station: test/cli. The parts of `chatbox chat` that a whole run seldom reaches: how answers end, lines with bounds, a terminal that hangs up.
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask } from '../../src/cli/chat/ask.js';
import { historyText } from '../../src/cli/chat/history-text.js';
import { type Line, maxLineLength, readLines } from '../../src/cli/chat/read-lines.js';
import { plainTheme } from '../../src/cli/ui/theme.js';
import type { ChatClient } from '../../src/client/chat-client.js';
import { eventually } from '../helpers/poll.js';
import { type ScriptedConnection, type ScriptedServer, startScriptedServer } from '../helpers/scripted-server.js';
import { answered, chunk, clientOf, connected, frame } from '../unit/client/wire.js';

async function linesOf(input: Readable, signal = new AbortController().signal): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(input, signal)) lines.push(line);
  return lines;
}

const line = (text: string): Line => ({ kind: 'line', text });

describe('lines of a pipe', () => {
  it('come whole however the bytes are cut, the last one without an end too', async () => {
    const bytes = Buffer.from('äöü\r\n\n你好\nend');
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(await linesOf(Readable.from(pieces))).toEqual([line('äöü'), line(''), line('你好'), line('end')]);
    expect(await linesOf(Readable.from(['text\n', 'as text']))).toEqual([line('text'), line('as text')]);
    expect(await linesOf(Readable.from([]))).toEqual([]);
  });

  it('that are too long are dropped and named, also at the end, and cost no more memory than the bound', async () => {
    const long = 'x'.repeat(maxLineLength + 1);
    expect(await linesOf(Readable.from([`${long}\nok\n`]))).toEqual([{ kind: 'too_long' }, line('ok')]);
    expect(await linesOf(Readable.from(['ok\n', long, long]))).toEqual([line('ok'), { kind: 'too_long' }]);
    expect(await linesOf(Readable.from([long, 'tail\nok']))).toEqual([{ kind: 'too_long' }, line('ok')]);
    expect(await linesOf(Readable.from(['x'.repeat(maxLineLength)]))).toHaveLength(1);
  });

  it('end when the signal fires and when the terminal hangs up; another failure is thrown', async () => {
    const ending = new AbortController();
    const waiting = linesOf(new PassThrough(), ending.signal);
    ending.abort('SIGINT');
    expect(await waiting).toEqual([]);
    const failing = (code: string) =>
      new Readable({
        read() {
          this.destroy(Object.assign(new Error('read failed'), { code }));
        },
      });
    expect(await linesOf(failing('EIO'))).toEqual([]);
    await expect(linesOf(failing('EACCES'))).rejects.toThrow('read failed');
  });
});

describe('an answer that ends', () => {
  let server: ScriptedServer;
  let client: ChatClient;
  let connection: ScriptedConnection;

  beforeEach(async () => {
    server = await startScriptedServer();
    client = clientOf(server);
    client.connect();
    connection = await server.connection(1);
    connection.say(connected(0));
    await eventually(() => client.snapshot.connection.kind === 'open');
  });

  afterEach(async () => {
    client.close();
    await server.close();
  });

  async function asked() {
    const style = {
      modelId: undefined,
      timeoutMs: 10_000,
      signal: new AbortController().signal,
      onText: () => undefined,
    };
    const outcome = ask(client, 'hello', style);
    const { message_id } = await connection.heard('user_message');
    connection.say(frame('message_ack', { message_id: String(message_id), seq: 1 }));
    await eventually(() => client.snapshot.lastSeq === 1);
    return { outcome };
  }

  it.each([
    ['complete', null, null],
    ['length', null, 'the answer was cut at its greatest length'],
    ['cancelled', 'the answer was stopped', null],
    ['interrupted', 'the answer was interrupted', null],
    ['failed', 'the model did not answer', null],
  ])('as %s', async (end, problem, note) => {
    const { outcome } = await asked();
    connection.say(chunk('t1', 0, 'Hi'));
    connection.say(answered('t1', 2, 2, { metadata: { streaming: 'true', done: 'true', end, length: '2' } }));
    expect(await outcome).toEqual({ problem, note });
  });

  it('because a person has the conversation is no failure', async () => {
    const { outcome } = await asked();
    connection.say(frame('admin_join', { seq: 2, metadata: { admin_id: 'a', admin_name: 'Anna' } }));
    const { problem, note } = await outcome;
    expect([problem, note]).toEqual([null, expect.stringContaining('Anna has this conversation')]);
  });
});

describe('history as text', () => {
  it('says that there is more, and names a conversation without a name by its id', () => {
    const page = { sessionId: 's1', name: '', modelId: null, messages: [], isTruncated: true };
    expect(historyText(page, 40, plainTheme)).toBe('— s1 —\n— There are older messages —\n');
  });
});
