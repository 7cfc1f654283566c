// `chatbox takeover`: where it may run, its twin for programs, canned replies.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.js';
import { deskFor } from '../../src/cli/takeover/desk-for.js';
import { twinCommand } from '../../src/cli/takeover/json-twin.js';
import { parseReplies } from '../../src/cli/takeover/replies.js';
import { plainTheme } from '../../src/cli/ui/theme.js';
import { topLines } from '../../src/cli/ui/top-screen.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { captureIo, runCli } from '../helpers/cli.js';
import { eventually } from '../helpers/poll.js';
import { messageOf, seedOf } from '../helpers/store-fixtures.js';
import { temporaryFolder } from '../helpers/store-sqlite.js';

describe('chatbox takeover on a server', () => {
  let app: TestApp;
  let folder: string;
  let sessionId: string;

  beforeEach(async () => {
    app = await startApp();
    folder = await temporaryFolder();
    await writeFile(join(folder, 'admin'), await app.token('root', { roles: ['admin'], name: 'Root' }));
    await writeFile(join(folder, 'other'), await app.token('bea', { roles: ['admin'], name: 'Bea' }));
    await writeFile(join(folder, 'user'), await app.token('ada'));
    await chat('hello');
    const list = await runCli(['sessions', 'list', '--json', ...target('admin')]);
    sessionId = JSON.parse(list.stdout).sessions[0].session_id;
  });
  afterEach(() => app.stop());

  const target = (who: string) => ['--server', app.httpUrl, '--token-file', join(folder, who)];
  const chat = (message: string) => runCli(['chat', '--message', message, '--resume', ...target('user')]);

  /** The twin with its input held open. */
  function twin(who: string, ...more: string[]) {
    const input = new PassThrough();
    const captured = captureIo();
    const io = { ...captured.io, stdin: Object.assign(input, { isTTY: false }) };
    const code = run(io, ['takeover', sessionId.slice(0, 20), '--json', ...more, ...target(who)]);
    const events = (): Record<string, unknown>[] =>
      captured
        .stdout()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line));
    return {
      code,
      events,
      error: captured.stderr,
      say: (command: object | string) =>
        void input.write(`${typeof command === 'string' ? command : JSON.stringify(command)}\n`),
      end: () => input.end(),
      sees: (fits: (event: Record<string, unknown>) => boolean) =>
        eventually(() => events().find(fits), { timeoutMs: 10_000, what: 'the event' }),
    };
  }

  it('takes the session, says, whispers, hands back, and answers each command once', async () => {
    const root = twin('admin');
    await root.sees(({ type }) => type === 'connection_status');
    root.say({ type: 'message', content: 'I am a person' });
    await root.sees(({ command }) => command === 'message');
    root.say({ type: 'typing' });
    root.say({ type: 'whisper', content: 'be kind' });
    root.say({ type: 'hand_back', note: 'they want a refund' });
    await root.sees(({ command }) => command === 'hand_back');
    root.end();
    expect(await root.code).toBe(0);
    const results = root.events().filter(({ type }) => type === 'command_result');
    expect(results.map(({ command }) => command)).toEqual(['message', 'typing', 'whisper', 'hand_back']);
    expect(results[0]).toMatchObject({ session_id: sessionId, seq: expect.any(Number) });
    const shown = await runCli(['sessions', 'show', sessionId, ...target('admin')]);
    expect(shown.stdout).toContain('admin: I am a person');
    expect(shown.stdout).not.toContain('refund');
  });

  it('answers what is no command with one error, goes on, and ends with 1', async () => {
    const root = twin('admin');
    root.say('not json');
    root.say({ type: 'dance' });
    root.say({ type: 'message' });
    root.say({ type: 'message', content: 'still here' });
    await root.sees(({ command }) => command === 'message');
    root.end();
    expect(await root.code).toBe(1);
    expect(root.events().filter(({ type }) => type === 'command_error')).toMatchObject([
      { code: 'usage', message: expect.stringContaining('not JSON') },
      { code: 'usage', message: expect.stringContaining('type must be one of message') },
      { code: 'usage', message: 'message needs a content' },
    ]);
  });

  it('hands back at the end of its input what it holds', async () => {
    const root = twin('admin');
    await root.sees(({ type }) => type === 'admin_join' || type === 'connection_status');
    root.end();
    expect(await root.code).toBe(0);
    expect((await chat('and you?')).stdout).toContain('You said: and you?');
  });

  it('does not take from a colleague without --force, and says who it is', async () => {
    const root = twin('admin');
    await root.sees(({ metadata }) => (metadata as { status?: string } | undefined)?.status === 'joined');
    const bea = twin('other');
    expect(await bea.code).toBe(6);
    expect(bea.error()).toContain('Root holds this conversation');
    const forced = twin('other', '--force');
    await forced.sees(({ metadata }) => (metadata as { status?: string } | undefined)?.status === 'joined');
    forced.end();
    root.end();
    expect(await forced.code).toBe(0);
  });

  it('keeps more of a long conversation than the 2,000 lines of a page', async () => {
    await app.store.createSession(seedOf({ id: 'long' }));
    await Promise.all(Array.from({ length: 2_100 }, (_, n) => app.store.append('long', n + 1, messageOf(`m${n + 1}`))));
    const request = { role: 'admin', server: app.httpUrl, tokenFile: join(folder, 'admin') } as const;
    const desk = deskFor(captureIo().io, app, request);
    desk.connect();
    await eventually(() => desk.snapshot.connection.kind === 'open');
    await desk.watch('long');
    const chat = () => desk.snapshot.sessions.get('long')?.chat;
    for (let loaded = 1; loaded > 0 && chat()?.timeline[0]?.seq !== 1; ) loaded = await desk.loadOlder('long', 500);
    expect(chat()?.timeline.length).toBeGreaterThanOrEqual(2_100);
    desk.close();
  });

  it('refuses --watch with --force: the one takes nothing, the other takes from a colleague', async () => {
    const { code, stdout, stderr } = await runCli([
      ...['takeover', sessionId, '--json', '--watch', '--force'],
      ...target('admin'),
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('use one of them');
  });

  it('needs a terminal, and names its twin where there is none', async () => {
    const { code, stderr } = await runCli(['takeover', sessionId, ...target('admin')]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('chatbox takeover <session> --json')]);
    expect((await runCli(['takeover', '--json', ...target('admin')])).code).toBe(2);
  });

  it('says that a session is not there, and that a user is no admin', async () => {
    const none = await runCli(['takeover', 'nothing-like-it', '--json', ...target('admin')]);
    expect([none.code, none.stderr]).toEqual([5, expect.stringContaining('nothing-like-it')]);
    const user = await runCli(['takeover', sessionId, '--json', ...target('user')]);
    expect(user.code).toBe(4);
  });
});

describe('a line for the twin', () => {
  it.each([
    ['{"type":"message","content":"a"}', { type: 'message', content: 'a' }],
    ['{"type":"take"}', { type: 'take', force: false }],
    ['{"type":"hand_back","note":"n"}', { type: 'hand_back', note: 'n' }],
    ['{"type":"watch"}', { type: 'watch' }],
  ])('%s is a command', (line, command) => {
    expect(twinCommand(line)).toEqual(command);
  });

  it.each([
    '',
    '3',
    'null',
    '{}',
    '{"type":"message","content":" "}',
    '{"type":"take","force":"yes"}',
    '{"type":"hand_back","note":3}',
  ])('%s is none', (line) => {
    expect(twinCommand(line).type).toBe('bad');
  });
});

describe('canned replies', () => {
  it('are blocks parted by lines of ---, each named by its first line', () => {
    expect(parseReplies('Greeting\nGood day!\nHow can I help?\r\n---\nOne moment.\n---\n\n---')).toEqual([
      { title: 'Greeting', text: 'Good day!\nHow can I help?' },
      { title: 'One moment.', text: 'One moment.' },
    ]);
  });

  it('are refused where their file cannot be read', async () => {
    const { code, stderr } = await runCli(['takeover', 'x', '--json', '--replies', '/nowhere/at/all']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('cannot be read')]);
  });
});

describe('the screen of top', () => {
  const look = {
    connections: 3,
    sessions: 2,
    answering: 1,
    waiting_for_help: 1,
    tokens_per_second: 12.5,
    waiting: [{ session_id: 's1', user_id: 'ada\u001b[2J', since: '2026-01-01T00:00:00Z', name: 'help \u202eme' }],
  };
  const style = { columns: 40, rows: 10, theme: plainTheme, nowMs: Date.parse('2026-01-01T00:05:00Z'), trouble: '' };

  it('shows numbers and who waits, without what a terminal would obey', () => {
    const lines = topLines(look, style);
    expect(lines).toContain('tokens/s           12.5');
    expect(lines).toContain('5m    ada  help me');
  });

  it('fits any terminal, and says why a look failed', () => {
    const lines = topLines(look, { ...style, columns: 12, rows: 3, trouble: 'no connection to the server' });
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => line.length <= 12)).toBe(true);
    expect(lines.at(-1)).toBe('no connecti…');
  });
});
