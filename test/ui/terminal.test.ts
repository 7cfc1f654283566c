// Station: test/ui. `chatbox chat` in a real terminal (tmux): what a person sees, and that the terminal is as it was afterwards. Needs dist/, which `npm test` builds first.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../helpers/app.js';
import { type GatedModel, gatedModel } from '../helpers/gated-model.js';
import { eventually } from '../helpers/poll.js';
import { mayRun, programOf } from '../helpers/required.js';

const run = promisify(execFile);
const tmux = programOf('tmux');
const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
const isBuilt = existsSync(fileURLToPath(new URL('../../dist/cli/chat/run-chat.js', import.meta.url)));
const reason = tmux === null ? 'tmux is not on the PATH' : 'dist/ is not built: run `npm run build`';

describe.runIf(mayRun('tmux', tmux !== null && isBuilt, reason))('chatbox chat in a terminal', () => {
  let app: TestApp;
  let model: GatedModel;
  let folder: string;

  const tell = async (...args: string[]): Promise<string> =>
    (await run(tmux ?? '', ['-S', join(folder, 'tmux'), '-f', '/dev/null', ...args])).stdout;
  const screen = () => tell('capture-pane', '-p');
  const shows = (text: string | RegExp) =>
    eventually(
      async () => {
        const now = await screen();
        return typeof text === 'string' ? now.includes(text) : text.test(now);
      },
      { timeoutMs: 10_000, everyMs: 50, what: `the terminal to show ${text}` },
    );
  const type = (...keys: string[]) => tell('send-keys', ...keys);

  beforeEach(async () => {
    model = gatedModel();
    app = await startApp({ providers: [model.provider] });
    folder = await mkdtemp(join(tmpdir(), 'chatbox-tmux-'));
    await writeFile(join(folder, 'token'), await app.token('ada'));
  });

  afterEach(async () => {
    await tell('kill-server').catch(() => undefined);
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(columns: number, rows: number, ...more: string[]): Promise<void> {
    const command = [
      process.execPath,
      bin,
      'chat',
      '--server',
      app.httpUrl,
      '--token-file',
      join(folder, 'token'),
      ...more,
    ];
    // The pid goes into a file, so that a test can send a signal to this process alone.
    const chat = `sh -c 'echo $$ > pid; exec ${command.map((part) => `"${part}"`).join(' ')}'`;
    const script = `stty -a > before; env -u CI ${chat}; echo "ended with $?"; stty -a > after; cmp before after && echo unchanged; sleep 60\n`;
    await writeFile(join(folder, 'script'), script);
    await tell('new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', folder, 'sh script');
  }

  it('holds a conversation, stops an answer, and leaves the terminal as it was', async () => {
    await open(60, 15);
    await shows('connected · gated');
    await type('hello 你好', 'Enter');
    const question = await model.question(0);
    question.say('Hi, 世界! ');
    await shows('gated: Hi, 世界!');
    await type('next');
    await shows('> next');
    question.say('And more');
    await shows('gated: Hi, 世界! And more');
    await type('C-c');
    await shows('[stopped]');
    expect(question.isAborted).toBe(true);
    await type('C-c');
    await shows('ended with 0');
    await shows('unchanged');
    const seen = await screen();
    expect(seen).toContain('You: hello 你好');
    expect(await tell('display-message', '-p', '#{cursor_flag} #{bracket_paste_flag}')).toMatch(/^1 (0|)\s*$/);
  });

  it('stays whole in a terminal of 20 x 5, while an answer of many lines comes in', async () => {
    await open(20, 5);
    await shows('connected');
    await type('hello', 'Enter');
    const question = await model.question(0);
    for (let line = 1; line <= 30; line += 1) question.say(`line ${line}\n`);
    question.say('the end');
    await shows(/line 30\nthe end\n>/);
    question.end();
    await eventually(async () => (await tell('capture-pane', '-p', '-S', '-')).includes('gated: line 1\n'));
    const lines = (await tell('capture-pane', '-p', '-S', '-')).split('\n').filter((line) => line.startsWith('line '));
    expect(lines).toEqual(Array.from({ length: 29 }, (_, at) => `line ${at + 2}`));
  });

  it('follows the size of its window while an answer comes in', async () => {
    await open(80, 20);
    await shows('connected');
    await type('hello', 'Enter');
    const question = await model.question(0);
    question.say('one two three four five six seven eight nine ten eleven twelve');
    await shows('eleven twelve');
    await tell('resize-window', '-x', '30', '-y', '10');
    question.say(' thirteen');
    await shows(/^eleven twelve thirteen\s*$/m);
    const narrow = (await screen()).split('\n');
    expect(narrow.filter((line) => /^(You|gated|>)/.test(line)).map((line) => line.split(' ')[0])).toEqual([
      'You:',
      'gated:',
      '>',
    ]);
    await tell('resize-window', '-x', '80', '-y', '20');
    await shows('gated: one two three four five six seven eight nine ten eleven twelve thirteen');
    await type('still here');
    await shows('> still here');
  });

  it('does not send what is pasted until Enter is pressed', async () => {
    await open(60, 15);
    await shows('connected');
    await tell('set-buffer', 'first line\nsecond line\n');
    await tell('paste-buffer', '-p');
    await shows('  second line');
    await type('third', 'Enter');
    expect((await model.question(0)).request.messages.at(-1)?.content).toBe('first line\nsecond line\nthird');
  });

  it('is not on the clipboard or the title of its reader, whatever is said', async () => {
    await open(60, 15);
    await shows('connected');
    await tell('set-option', '-g', 'set-clipboard', 'on');
    await type('hello', 'Enter');
    const question = await model.question(0);
    question.say('a\u001b]52;c;ZXZpbA==\u0007b\u001b]2;evil\u0007c\u001b[2Jd\u202ee');
    question.end();
    await shows('gated: abcde');
    expect(await tell('list-buffers').catch(() => '')).toBe('');
    expect(await tell('display-message', '-p', '#{pane_title}')).not.toContain('evil');
  });

  it('ends with 130 and a whole terminal when it is told to', async () => {
    await open(60, 15);
    await shows('connected');
    process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), 'SIGTERM');
    await shows('ended with 130');
    await shows('unchanged');
  });
});
