// Station: test/cli. `chatbox chat` over pipes, against the real server: questions, lines, NDJSON, history, and what goes wrong.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.js';
import { LlmError } from '../../src/server/ports/llm.js';
import { fastEcho, startApp, type TestApp } from '../helpers/app.js';
import { type CliSetup, captureIo, runCli, temporaryFolder } from '../helpers/cli.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';

let app: TestApp;
let model: GatedModel;
let tokenFile: string;

async function start(providers = [fastEcho()]): Promise<void> {
  app = await startApp({ providers });
  tokenFile = join(await temporaryFolder(), 'token');
  await writeFile(tokenFile, await app.token('ada'));
}

beforeEach(() => {
  model = gatedModel();
});

afterEach(async () => {
  await app.stop();
});

const args = (...more: string[]) => ['chat', '--server', app.httpUrl, '--token-file', tokenFile, ...more];
const chat = (more: string[], setup: CliSetup = {}) => runCli(args(...more), { stdin: '', ...setup });
const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const frames = (text: string): Record<string, unknown>[] => lines(text).map((line) => JSON.parse(line));

describe('chatbox chat --message', () => {
  it('prints the answer and nothing else', async () => {
    await start();
    expect(await chat(['--message', 'hello there'])).toEqual({
      code: 0,
      stdout: 'You said: hello there\n',
      stderr: '',
    });
  });

  it('streams the answer as it is written', async () => {
    await start([model.provider]);
    const { io, stdout } = captureIo({ stdin: '' });
    const done = run(io, args('--message', 'hello'));
    const question = await model.question(0);
    question.say('first ');
    await eventually(() => stdout() === 'first ');
    question.say('second');
    question.end();
    expect(await done).toBe(0);
    expect(stdout()).toBe('first second\n');
  });

  it('asks the model that was named', async () => {
    const both = gatedModel(['one', 'two']);
    await start([both.provider]);
    const done = chat(['--message', 'hello', '--model', 'two']);
    const question = await both.question(0);
    expect(question.request.modelId).toBe('two');
    question.say('ok');
    question.end();
    expect((await done).stdout).toBe('ok\n');
  });

  it('ends with 1 and the reason when the answer breaks off, fails, is refused or does not come in time', async () => {
    await start([model.provider]);
    const broken = chat(['--message', 'hello']);
    const first = await model.question(0);
    first.say('half an ans');
    first.fail(new LlmError('cut', 'gone'));
    expect(await broken).toMatchObject({
      code: 1,
      stdout: 'half an ans\n',
      stderr: expect.stringMatching(/no whole answer: .*broke off/),
    });
    const failed = chat(['--message', 'hello']);
    (await model.question(1)).fail(new LlmError('rate_limited', 'no'));
    expect(await failed).toMatchObject({ code: 1, stderr: expect.stringContaining('asked too often') });
    expect(await chat(['--message', 'hello', '--model', 'unknown'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/model/),
    });
    expect(await chat(['--message', 'hello', '--timeout', '0.2'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('within 0.2 s'),
    });
  });

  it('with --json prints the frames as they come', async () => {
    await start();
    const { code, stdout } = await chat(['--message', 'hello', '--json']);
    expect(code).toBe(0);
    const types = frames(stdout).map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual(['connection_status', 'message_ack', 'loading']);
    expect(frames(stdout).at(-1)).toMatchObject({ type: 'ai_response', metadata: { done: 'true', end: 'complete' } });
  });

  it('ends with 130 when it is interrupted, quietly with 0 when nobody reads', async () => {
    await start([model.provider]);
    for (const [reason, code] of [
      ['SIGINT', 130],
      ['EPIPE', 0],
    ] as const) {
      const { io, interrupt, stderr } = captureIo({ stdin: '' });
      const done = run(io, args('--message', 'hello', '--new'));
      await model.question(model.questions.length);
      interrupt(reason);
      expect(await done).toBe(code);
      expect(stderr()).toBe('');
    }
  });
});

describe('chatbox chat on a pipe', () => {
  it('takes each line as a message and waits for its answer', async () => {
    await start();
    const { code, stdout, stderr } = await chat([], { stdin: 'one\n\n  two  \r\nthree' });
    expect(stdout).toBe('You said: one\nYou said: two\nYou said: three\n');
    expect([code, stderr]).toEqual([0, '']);
    const { body } = await app.http('ada', 'GET', '/sessions');
    expect(body.count).toBe(1);
  });

  it('goes on after a line without an answer, and ends with 1', async () => {
    await start();
    const { code, stdout, stderr } = await chat([], { stdin: `${'x'.repeat(140_000)}\n/echo fail=rate_limited\nok\n` });
    expect(stdout).toMatch(/ok\n$/);
    expect(stderr).toContain('asked too often');
    expect(stderr).toContain('131072 characters');
    expect(code).toBe(1);
  });

  it('takes frames and plain lines with --json', async () => {
    await start();
    const input = [
      '{"type":"model_select","model_id":"echo"}',
      '{"type":"user_message","content":"a"}',
      'b',
      '{"type":"typing_indicator"}',
      '{"type":"help_request"}',
    ];
    const { code, stdout } = await chat(['--json'], { stdin: input.join('\n') });
    const contents = frames(stdout).flatMap(({ type, content }) =>
      type === 'ai_response' && typeof content === 'string' ? [content] : [],
    );
    expect(contents.join('')).toBe('You said: aYou said: b');
    expect(code).toBe(0);
  });

  it('says what it can not send', async () => {
    await start();
    const bad = [
      '{',
      '{"type":"user_message"}',
      '{"type":"model_select"}',
      '{"type":"admin_join"}',
      '{"type":"cancel"}',
    ];
    const { code, stderr } = await chat(['--json'], { stdin: bad.join('\n') });
    expect(code).toBe(1);
    expect(lines(stderr)).toHaveLength(5);
  });

  it('says when the connection goes and comes, and loses nothing', async () => {
    await start();
    const { io, stdout, stderr } = captureIo();
    const done = run(io, args());
    const { stdin } = io;
    stdin.push('one\n');
    await eventually(() => stdout() === 'You said: one\n');
    const { port } = new URL(app.httpUrl);
    await app.stop();
    await eventually(() => stderr().includes('connection lost'));
    stdin.push('two\n');
    app = await startApp({
      settings: (settings) => ({ ...settings, listen: { host: '127.0.0.1', port: Number(port) } }),
    });
    await eventually(() => stdout().endsWith('You said: two\n'), { timeoutMs: 15_000 });
    expect(stderr()).toContain('connected again');
    stdin.push(null);
    expect(await done).toBe(0);
  });
});

describe('chatbox chat --resume', () => {
  it('shows the last conversation, marks what was cut, and ends with the input', async () => {
    await start([model.provider]);
    const stopped = chat(['--message', 'hello']);
    const question = await model.question(0);
    question.say('half an ans');
    question.fail(new LlmError('cut', 'gone'));
    await stopped;
    const { code, stdout } = await chat(['--resume']);
    expect(stdout).toBe('— hello —\nYou: hello\ngated: half an ans\n[interrupted]\n');
    expect(code).toBe(0);
    const json = await chat(['--resume', '--json']);
    expect(frames(json.stdout).slice(0, 2)).toMatchObject([
      { type: 'history', seq: 1, sender: 'user', content: 'hello', end: null },
      { type: 'history', seq: 2, sender: 'ai', end: 'interrupted' },
    ]);
  });

  it('goes on with it, and --new begins another', async () => {
    await start();
    await chat(['--message', 'one']);
    const { stdout } = await chat(['--resume', '--message', 'two']);
    expect(stdout).toContain('You: one\n');
    expect(stdout.endsWith('You said: two\n')).toBe(true);
    await chat(['--new', '--message', 'three']);
    const { body } = await app.http('ada', 'GET', '/sessions');
    expect(body.count).toBe(2);
    const id = String((body.sessions as { id: string }[]).at(-1)?.id);
    expect((await chat(['--resume', '--session', id])).stdout).toContain('You: two');
  });

  it('is the first conversation when there is none', async () => {
    await start();
    expect(await chat(['--resume'])).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('no conversation yet'),
    });
  });

  it('draws nothing on a terminal that a message could have smuggled in', async () => {
    await start();
    await chat(['--message', 'x\u001b]52;c;AAAA\u0007\u001b[2Jy']);
    const { stdout } = await chat(['--resume', '--message', 'again \u001b[31mred'], { isTTY: true });
    expect(stdout).toContain('xy');
    expect(stdout).not.toMatch(/\u001b\]|\u001b\[2J|\u001b\[31m/);
  });
});

describe('chatbox chat that can not begin', () => {
  it('ends with 4 for a token that the server refuses, and does not print it', async () => {
    await start();
    const token = await app.token('ada', { ttlMs: -60_000 });
    await writeFile(tokenFile, token);
    for (const more of [['--message', 'hello'], ['--resume']]) {
      const { code, stderr } = await chat(more);
      expect(code).toBe(4);
      expect(stderr).toContain('chatbox token create');
      expect(stderr).not.toContain(token);
    }
  });

  it('ends with 5 for a conversation that is not there', async () => {
    await start();
    expect(await chat(['--session', 'nobodys'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('no such conversation'),
    });
  });

  it('ends with 7 without a server, and says what it tried and how to go on', async () => {
    await start();
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const address = closed.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await new Promise<void>((resolve) => closed.close(() => resolve()));
    const server = `http://127.0.0.1:${port}/chatbox`;
    const given = ['--server', server, '--token-file', tokenFile, '--timeout', '0.5'];
    for (const more of [['--message', 'x'], ['--resume']]) {
      const { code, stderr } = await runCli(['chat', ...given, ...more], { stdin: '' });
      expect(code).toBe(7);
      expect(stderr).toContain(`no connection to ${server}`);
      expect(stderr).toContain('npm start');
    }
  });

  it.each([
    [['--new', '--resume'], '--new begins another'],
    [['--new', '--session', 'x'], '--new begins another'],
    [['--message', '  '], '--message is empty'],
    [['--timeout', 'soon'], '--timeout is not'],
    [['--timeout', '0'], '--timeout is not'],
  ])('ends with 2 for %j', async (more, why) => {
    await start();
    expect(await chat(more)).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
  });
});
