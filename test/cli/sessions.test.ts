// `chatbox sessions list|show|tail|export|end` and `chatbox top`, against a server of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { run as runMain } from '../../src/cli/main.js';
import { systemRandom } from '../../src/common/random.js';
import { sessionSorts } from '../../src/protocol/session-sorts.js';
import type { Sealed, Store, StoreAdapter } from '../../src/server/ports/store.js';
import { encrypted } from '../../src/server/store/encryption/encrypted-store.js';
import { createKeyring } from '../../src/server/store/encryption/keyring.js';
import { startApp, type TestApp } from '../helpers/app.js';
import { captureIo, runCli } from '../helpers/cli.js';
import { keyOf } from '../helpers/key-rotation.js';
import { eventually } from '../helpers/poll.js';
import { messageOf, projectionOf, seedOf } from '../helpers/store-fixtures.js';
import { temporaryFolder } from '../helpers/store-sqlite.js';

let app: TestApp;
let folder: string;

beforeEach(async () => {
  app = await startApp();
  folder = await temporaryFolder();
  await writeFile(join(folder, 'admin'), await app.token('root', { roles: ['admin'] }));
});
afterEach(() => app.stop());

const target = () => ['--server', app.httpUrl, '--token-file', join(folder, 'admin')];
const cli = (...args: string[]) => runCli([...args, ...target()]);

/** Sessions `s0001`… that differ in everything they can be sorted by; every third has ended. */
async function seed(count: number, messages = 1): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, n) => `s${String(n + 1).padStart(4, '0')}`);
  const startOf = (n: number) => Date.now() - 3_600_000 + ((n * 389) % 1_009) * 1_000;
  await Promise.all(
    ids.map(async (id, at) => {
      const n = at + 1;
      const startedAt = startOf(n);
      await app.store.createSession(seedOf({ id, userId: `user-${n % 7}`, ordinal: n, startedAt }));
      for (let seq = 1; seq <= messages; seq += 1)
        await app.store.append(id, seq, messageOf(`m${seq}`, { content: `=words ${seq}` }));
      const facts = { seq: messages, messageCount: (n * 37) % 101, totalTokens: (n * 53) % 997, name: `about ${id}` };
      const lastActivityAt = startedAt + ((n * 71) % 500);
      const endedAt = count > 100 && n % 3 === 0 ? lastActivityAt + ((n * 13) % 97) * 1_000 : null;
      await app.store.project([{ sessionId: id, projection: projectionOf({ ...facts, lastActivityAt, endedAt }) }]);
    }),
  );
  return ids;
}

/** A clipboard write (OSC 52), a cleared screen (CSI, 7 and 8 bit), a turned direction. */
const hostile = 'a\u001b]52;c;ZXZpbA==\u0007b\u001b[2J\u009b2J\u202ec';
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

interface Listed {
  readonly session_id: string;
  readonly [field: string]: string | number | undefined;
}

/** What a sort compares, from what a list shows. Times in lists are whole milliseconds, durations whole seconds. */
const sortKeys: Readonly<Record<(typeof sessionSorts)[number], (session: Listed) => string | number>> = {
  start_time: ({ start_time: time }) => time ?? '',
  // Active sessions count as those that end last.
  end_time: ({ end_time: time }) => time ?? '~',
  message_count: ({ message_count: count }) => count ?? 0,
  total_tokens: ({ total_tokens: count }) => count ?? 0,
  user_id: ({ user_id: user }) => user ?? '',
  duration: ({ duration }) => duration ?? 0,
  last_activity: ({ last_activity: time }) => time ?? '',
};

describe('chatbox sessions list', () => {
  it('H1: sorts 1,000 sessions by each field, in both orders', { timeout: 60_000 }, async () => {
    await seed(1_000);
    for (const sort of sessionSorts) {
      for (const order of ['asc', 'desc']) {
        const { code, stdout } = await cli(
          ...['sessions', 'list', '--sort-by', sort, '--sort-order', order, '--all', '--json'],
        );
        expect(code).toBe(0);
        const listed = stdout
          .trimEnd()
          .split('\n')
          .map((line): Listed => JSON.parse(line));
        expect(new Set(listed.map(({ session_id: id }) => id)).size).toBe(1_000);
        const keys = listed.map(sortKeys[sort]);
        expect(new Set(keys).size, `${sort} tells sessions apart`).toBeGreaterThan(5);
        const sorted = [...keys].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0));
        expect(keys, `${sort} ${order}`).toEqual(order === 'asc' ? sorted : sorted.reverse());
      }
    }
  });

  it('prints a table, a wide one, YAML and CSV', async () => {
    await seed(3);
    const { stdout } = await cli('sessions', 'list', '--sort-by', 'user_id', '--sort-order', 'asc');
    expect(stdout).toMatch(
      /^SESSION +USER +STATE +AGE +MESSAGES +NAME\ns0001 +user-1 +active +\d+m +37 +about s0001\n/,
    );
    expect((await cli('sessions', 'list', '-o', 'wide')).stdout).toMatch(
      /^SESSION +USER .* TOKENS +ASSISTED +MODEL +NAME\n/,
    );
    expect((await cli('sessions', 'list', '-o', 'yaml')).stdout).toContain('- id: s000');
    const csv = (await cli('sessions', 'list', '-o', 'csv', '--user', 'user-1')).stdout;
    expect(csv.split('\r\n')).toHaveLength(3);
    expect(csv).toMatch(/^session_id,user_id,name/);
  });

  it('neutralises a name that a spreadsheet would run', async () => {
    await app.store.createSession(seedOf({ id: 'evil', name: '=HYPERLINK("http://evil")' }));
    const { stdout } = await cli('sessions', 'list', '-o', 'csv');
    expect(stdout).toContain('"\'=HYPERLINK(""http://evil"")"');
  });

  it('filters by user, state and help, and says when nothing fits', async () => {
    await seed(10);
    expect(JSON.parse((await cli('sessions', 'list', '--user', 'user-1', '--json')).stdout).sessions).toHaveLength(2);
    expect(JSON.parse((await cli('sessions', 'list', '--id-prefix', 's000', '--json')).stdout).sessions).toHaveLength(
      9,
    );
    const none = await cli('sessions', 'list', '--needs-help');
    expect([none.code, none.stdout, none.stderr]).toEqual([0, '', 'no session fits\n']);
    expect((await cli('sessions', 'list', '--status', 'ended')).stderr).toContain('no session fits');
  });

  it('draws no control, escape or direction character of a name', async () => {
    await app.store.createSession(seedOf({ id: 'evil', name: 'a\u001b]52;c;ZXZpbA==\u0007b\u202ec' }));
    const { stdout } = await cli('sessions', 'list');
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it.each([
    ['--limit', '0', '1 to 1000'],
    ['--limit', '5000', '1 to 1000'],
    ['--limit', 'many', '1 to 1000'],
    ['--offset', '-1', 'at least 0'],
    ['--from', 'yesterday', '2026-01-31T09:00:00Z'],
    ['--to', '2026-02-31', '--to 2026-01-31'],
    ['--cursor', 'not a cursor', 'next_cursor'],
  ])('refuses %s %s before it asks the server, and says what it takes', async (flag, value, mend) => {
    const nowhere = ['--server', 'http://127.0.0.1:9/chatbox', '--token-file', join(folder, 'admin')];
    const { code, stdout, stderr } = await runCli(['sessions', 'list', `${flag}=${value}`, ...nowhere]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(flag);
    expect(stderr).toContain(mend);
  });

  it('refuses a window that ends before it begins, and a cursor that is of no list', async () => {
    const window = await cli('sessions', 'list', '--from', '2026-02-01', '--to', '2026-01-31');
    expect([window.code, window.stderr]).toEqual([2, expect.stringContaining('--to is before --from')]);
    expect((await cli('sessions', 'list', '--from', '2026-02-01', '--to', '2026-02-01')).code).toBe(0);
    const cursor = await cli('sessions', 'list', '--cursor', 'nonsense');
    expect([cursor.code, cursor.stderr]).toEqual([2, expect.stringContaining('--cursor was refused')]);
    expect((await cli('sessions', 'list', '--limit', '1000', '--offset', '0')).code).toBe(0);
  });

  it('draws nothing that a terminal obeys as CSV, YAML or JSON either, and leaves it exact for a pipe', async () => {
    await app.store.createSession(seedOf({ id: 'evil', name: hostile }));
    for (const format of ['csv', 'yaml', 'json']) {
      const list = (isTTY: boolean) => runCli(['sessions', 'list', '-o', format, ...target()], { isTTY });
      expect((await list(true)).stdout, format).not.toMatch(obeyed);
      expect((await list(true)).stdout, format).toMatch(/a.*b.*c/);
    }
    const piped = JSON.parse((await cli('sessions', 'list', '-o', 'json')).stdout);
    expect(piped.sessions[0].name).toBe(hostile);
    expect((await cli('sessions', 'list', '-o', 'csv')).stdout).toContain(hostile);
  });

  it('looks again with --watch until it is interrupted', async () => {
    await seed(1);
    const { io, stdout, interrupt } = captureIo();
    const running = runMain(io, ['sessions', 'list', '--watch', ...target()]);
    await eventually(() => stdout().split('s0001').length > 2, { timeoutMs: 8_000 });
    interrupt();
    expect(await running).toBe(130);
  });

  it('says what a token that is no admin may not do, and what the server allows', async () => {
    await writeFile(join(folder, 'admin'), await app.token('ada'));
    const refused = await cli('sessions', 'list');
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("must be an admin's")]);
    const wrong = await cli('sessions', 'list', '--sort-by', 'colour');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('last_activity')]);
  });

  it('says that nothing answers', async () => {
    const { code, stderr } = await runCli([
      ...['sessions', 'list', '--server', 'http://127.0.0.1:9/chatbox'],
      ...['--token-file', join(folder, 'admin')],
    ]);
    expect([code, stderr]).toEqual([7, expect.stringContaining('nothing answers there')]);
  });
});

describe('what watches, as a process of its own', () => {
  const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));

  /** Runs it until it has said so much, then interrupts it. */
  async function watched(args: readonly string[], enough: (stdout: string) => boolean) {
    const child = spawn(process.execPath, [bin, ...args, ...target()], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (part: Buffer) => {
      stdout += part.toString();
    });
    child.stderr.on('data', (part: Buffer) => {
      stderr += part.toString();
    });
    const ended = once(child, 'exit');
    await eventually(() => enough(stdout) || child.exitCode !== null, { timeoutMs: 20_000, what: 'a second look' });
    expect([child.exitCode, enough(stdout)], stderr).toEqual([null, true]);
    return { child, ended, stderr: () => stderr };
  }

  it('goes on looking: nothing else keeps the process alive between two looks', { timeout: 60_000 }, async () => {
    await seed(1);
    const list = watched(['sessions', 'list', '--watch'], (stdout) => stdout.split('s0001').length > 3);
    const top = watched(['top', '--json', '--every', '1'], (stdout) => stdout.split('"connections"').length > 3);
    for (const { child, ended } of await Promise.all([list, top])) {
      child.kill('SIGINT');
      expect((await ended)[0]).toBe(130);
    }
  });

  it('goes on when the server is away for a while, and says so', { timeout: 60_000 }, async () => {
    const top = await watched(['top', '--json', '--every', '1'], (stdout) => stdout.includes('"connections"'));
    await app.stop();
    await eventually(() => top.stderr().includes('nothing answers there'), { timeoutMs: 20_000 });
    expect(top.child.exitCode).toBeNull();
    top.child.kill('SIGINT');
    expect((await top.ended)[0]).toBe(130);
  });
});

describe('chatbox sessions show, export and end', () => {
  it('takes the beginning of an id, names what begins alike, and what may be meant', async () => {
    await seed(12, 2);
    const shown = await cli('sessions', 'show', 's0012');
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('user: =words 2')]);
    const many = await cli('sessions', 'show', 's000');
    expect([many.code, many.stderr]).toEqual([2, expect.stringContaining('more than 5 sessions begin with s000: ')]);
    const none = await cli('sessions', 'show', 's9012');
    expect([none.code, none.stderr]).toEqual([5, expect.stringContaining('did you mean s0012?')]);
  });

  it('shows a message that cannot be read as [unreadable], where no key of the server opens it', async () => {
    await app.stop();
    const ring = (key: string) =>
      createKeyring([{ id: key.slice(0, 2), bytes: Buffer.from(key.slice(3), 'base64') }], systemRandom, true);
    let writer: Store | null = null;
    app = await startApp({
      wrapStore: (plain) => {
        // The same file beneath both: what it holds is Sealed from here on.
        const inner = plain as unknown as StoreAdapter<Sealed>;
        writer = encrypted(inner, ring(keyOf('k1', 5)), () => undefined);
        return encrypted(inner, ring(keyOf('k2', 90)), () => undefined);
      },
    });
    await writeFile(join(folder, 'admin'), await app.token('root', { roles: ['admin'] }));
    const sealing = writer as Store | null;
    await sealing?.createSession(seedOf({ ordinal: 1 }));
    await sealing?.append('ann-1', 1, messageOf('m1', { content: 'words under another key' }));
    await app.store.append('ann-1', 2, messageOf('m2', { content: 'words that open' }));
    const { code, stdout } = await cli('sessions', 'show', 'ann-1');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ {2}user: \[unreadable\]\n.* {2}user: words that open\n$/);
  });

  it('exports Markdown, JSON lines and CSV, into a file whole or not at all', async () => {
    await seed(1, 3);
    const lines = (await cli('sessions', 'export', 's0001')).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).content)).toEqual(['=words 1', '=words 2', '=words 3']);
    expect((await cli('sessions', 'export', 's0001', '--format', 'csv')).stdout).toContain("'=words 1");
    const file = join(folder, 'talk.md');
    expect((await cli('sessions', 'export', 's0001', '--format', 'md', '--output', file)).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('> =words 3');
    const again = await cli('sessions', 'export', 's0001', '--output', file);
    expect([again.code, again.stderr]).toEqual([6, expect.stringContaining('--force')]);
  });

  it('exports to a terminal what it does not obey, and to a pipe or a file what was said', async () => {
    await app.store.createSession(seedOf({ id: 'evil' }));
    await app.store.append('evil', 1, messageOf('m1', { content: `one\n${hostile}\nthree` }));
    for (const format of ['md', 'csv', 'jsonl']) {
      const command = ['sessions', 'export', 'evil', '--format', format];
      const shown = (await runCli([...command, ...target()], { isTTY: true })).stdout;
      expect(shown, format).not.toMatch(obeyed);
      expect(shown, format).toMatch(/one.*a.*b.*c.*three/s);
      const piped = (await cli(...command)).stdout;
      const file = join(folder, format);
      expect((await runCli([...command, '--output', file, ...target()], { isTTY: true })).code).toBe(0);
      expect(await readFile(file, 'utf8'), format).toBe(piped);
      if (format === 'jsonl') expect(JSON.parse(piped).content).toContain(hostile);
      else expect(piped, format).toContain(hostile);
    }
    const lines = (await runCli(['sessions', 'export', 'evil', '--format', 'md', ...target()], { isTTY: true })).stdout;
    expect(lines.split('\n').length).toBe(
      (await cli('sessions', 'export', 'evil', '--format', 'md')).stdout.split('\n').length,
    );
  });

  it('ends only with --yes where nobody can be asked', async () => {
    await seed(2);
    const asked = await cli('sessions', 'end', 's0001');
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('--yes')]);
    const { code, stdout } = await cli('sessions', 'end', 's0001', 's0002', '--yes');
    expect([code, stdout]).toEqual([0, 'ended s0001\nended s0002\n']);
    expect(JSON.parse((await cli('sessions', 'list', '--status', 'ended', '--json')).stdout).sessions).toHaveLength(2);
  });
});

describe('chatbox sessions tail', () => {
  it('prints what is said as it is said, unseen, until it is interrupted', async () => {
    await writeFile(join(folder, 'user'), await app.token('ada'));
    const say = (text: string) =>
      runCli(['chat', '--message', text, '--server', app.httpUrl, '--token-file', join(folder, 'user')]);
    await say('first');
    const [session] = JSON.parse((await cli('sessions', 'list', '--json')).stdout).sessions;
    const { io, stdout, interrupt } = captureIo();
    const running = runMain(io, ['sessions', 'tail', session.session_id, ...target()]);
    await eventually(() => stdout().includes('You said: first'), { timeoutMs: 8_000 });
    await runCli([
      'chat',
      '--message',
      'second',
      '--resume',
      '--server',
      app.httpUrl,
      '--token-file',
      join(folder, 'user'),
    ]);
    await eventually(() => stdout().includes('User: second') && stdout().includes('You said: second'), {
      timeoutMs: 8_000,
    });
    interrupt();
    expect(await running).toBe(130);
    expect(stdout().split('You said: second')).toHaveLength(2);
  });
});

describe('chatbox top', () => {
  it('prints a look as a line, or as JSON', async () => {
    await app.store.createSession(seedOf({ id: 's1' }));
    await app.store.append('s1', 1, { kind: 'help', at: Date.now(), place: 1 });
    await app.store.project([{ sessionId: 's1', projection: projectionOf({ seq: 1, helpRequested: true }) }]);
    const { stdout } = await cli('top', '--once');
    expect(stdout).toMatch(/^\S+Z connections=0 sessions=\d+ answering=0 waiting=\d+ tokens\/s=-\n$/);
    const look = JSON.parse((await cli('top', '--once', '--json')).stdout);
    expect(look).toMatchObject({ connections: 0, tokens_per_second: null, waiting: [{ session_id: 's1' }] });
  });

  it('counts tokens a second from one look to the next', async () => {
    await writeFile(join(folder, 'user'), await app.token('ada'));
    const { io, stdout, interrupt } = captureIo();
    const running = runMain(io, ['top', '--json', '--every', '1', ...target()]);
    await eventually(() => stdout().includes('\n'), { timeoutMs: 8_000 });
    await runCli(['chat', '--message', 'hello', '--server', app.httpUrl, '--token-file', join(folder, 'user')]);
    await eventually(() => /"tokens_per_second":[1-9]/.test(stdout()), { timeoutMs: 8_000 });
    interrupt();
    expect(await running).toBe(130);
  });

  it('refuses --every 0', async () => {
    expect((await cli('top', '--every', '0')).code).toBe(2);
  });
});
