// `chatbox users export` and `erase`, on a store that another process may have open: what is kept of a user, and that nothing is any more.
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../helpers/cli.js';
import { messageOf, projectionOf, seedOf } from '../helpers/store-fixtures.js';
import { openThreaded, temporaryFolder } from '../helpers/store-sqlite.js';

async function seeded() {
  const dataDir = await temporaryFolder();
  const store = await openThreaded({ dataDir });
  onTestFinished(() => store.close());
  for (const [userId, ordinal] of [
    ['ann', 1],
    ['ann', 2],
    ['bob', 1],
  ] as const) {
    const id = `${userId}-${ordinal}`;
    await store.createSession(seedOf({ userId, ordinal }));
    for (let seq = 1; seq <= 3; seq += 1)
      await store.append(id, seq, messageOf(`m${seq}`, { content: `words of ${id} ${seq}` }));
    await store.project([
      { sessionId: id, projection: projectionOf({ seq: 3, messageCount: 3, name: `about ${id}` }) },
    ]);
  }
  const run = (...args: string[]) => runCli([...args, '--data-dir', dataDir]);
  return { store, run };
}

describe('chatbox users export', () => {
  it('prints each session and each entry of the user as a line, and nothing of others', async () => {
    const { run } = await seeded();
    const { code, stdout } = await run('users', 'export', 'ann');
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(2 + 6);
    expect(lines[0]).toMatchObject({ kind: 'session', session_id: 'ann-1', name: 'about ann-1', message_count: 3 });
    expect(lines[3]).toMatchObject({ session_id: 'ann-1', seq: 3, kind: 'message', content: 'words of ann-1 3' });
    expect(stdout).not.toContain('bob');
  });

  it('ends with 5 where nothing is kept', async () => {
    const { run } = await seeded();
    const { code, stderr } = await run('users', 'export', 'nobody');
    expect(code).toBe(5);
    expect(stderr).toMatch(/nothing is kept of nobody/);
  });
});

describe('chatbox users erase', () => {
  it('removes nothing without --yes, and says what it would', async () => {
    const { store, run } = await seeded();
    const { code, stdout, stderr } = await run('users', 'erase', 'ann');
    expect(code).toBe(2);
    expect(stdout).toMatch(/^would erase 2 sessions with 6 entries of ann\n/);
    expect(stderr).toContain('--yes');
    expect(await store.session('ann-1')).not.toBeNull();
  });

  it('removes all of the user, with a receipt that holds ids and counts and no text', async () => {
    const { store, run } = await seeded();
    const { code, stdout } = await run('users', 'erase', 'ann', '--yes', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      user_id: 'ann',
      erased: true,
      entries: 6,
      sessions: [
        { session_id: 'ann-1', entries: 3 },
        { session_id: 'ann-2', entries: 3 },
      ],
    });
    expect(stdout).not.toMatch(/words|about/);
    expect(await store.activeSession('ann')).toEqual({ session: null, lastOrdinal: 0 });
    expect(await store.entries('ann-1', { limit: 5 })).toEqual([]);
    expect((await store.session('bob-1'))?.projection.messageCount).toBe(3);
    const again = await run('users', 'erase', 'ann', '--yes');
    expect([again.code, again.stdout]).toEqual([0, 'erased 0 sessions with 0 entries of ann\n']);
  });
});
