// `chatbox keys list` and `rotate` on a store of its own: what they count, what they refuse, which step they say comes next.
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/common/clock.js';
import { systemRandom } from '../../src/common/random.js';
import type { RunningServer } from '../../src/server/ports/keys.js';
import type { Sealed } from '../../src/server/ports/store.js';
import { encrypted } from '../../src/server/store/encryption/encrypted-store.js';
import { announceServer } from '../../src/server/store/encryption/key-notes.js';
import { createKeyring } from '../../src/server/store/encryption/keyring.js';
import { runCli } from '../helpers/cli.js';
import { keyOf } from '../helpers/key-rotation.js';
import { messageOf, projectionOf, seedOf } from '../helpers/store-fixtures.js';
import { openThreaded, silentLog, temporaryFolder } from '../helpers/store-sqlite.js';

const [old, fresh] = [keyOf('old', 5), keyOf('fresh', 90)];
const material = (key: string) => {
  const [id = '', text = ''] = key.split(':');
  return { id, bytes: Buffer.from(text, 'base64') };
};

/** A store with two sessions of three messages each, sealed with `old`, and an aside and a turn's text beside them. */
async function seeded(key: string | null = old) {
  const dataDir = await temporaryFolder();
  const inner = await openThreaded<Sealed>({ dataDir });
  const ring = createKeyring(key === null ? [] : [material(key)], systemRandom, true);
  const store = encrypted(inner, ring, () => undefined);
  for (const ordinal of [1, 2]) {
    const id = `ann-${ordinal}`;
    await store.createSession(seedOf({ ordinal, name: `born ${ordinal}` }));
    for (let seq = 1; seq <= 3; seq += 1)
      await store.append(id, seq, messageOf(`m${seq}`, { content: `words ${seq}` }));
    await store.project([{ sessionId: id, projection: projectionOf({ seq: 3, name: `about ${id}` }) }]);
    await store.putAside({ sessionId: id, seq: 3, id: 'n1', at: 1, kind: 'note', adminId: 'bea', text: 'be kind' });
  }
  const announce = async (server: Partial<RunningServer> & { replicaId: string }) => {
    const said = { version: '1', activeId: 'old', keyIds: ['old'], clock: systemClock, log: silentLog, ...server };
    const stop = await announceServer(inner, said);
    onTestFinished(stop);
    return stop;
  };
  const run = async (words: readonly string[], keys: string) => {
    const result = await runCli([...words, '--data-dir', dataDir], { env: { ENCRYPTION_KEYS: keys } });
    return { ...result, json: () => JSON.parse(result.stdout) };
  };
  return { announce, inner, run };
}

describe('chatbox keys list', () => {
  it('names each key, its part, and the servers that know it and seal with it', async () => {
    const { announce, run } = await seeded();
    await announce({ replicaId: 'a' });
    await announce({ replicaId: 'b', keyIds: ['old', 'fresh'] });
    const { code, json } = await run(['keys', 'list', '--json'], `${old},${fresh}`);
    expect(code).toBe(0);
    expect(json()).toEqual({
      keys: [
        { id: 'old', state: 'active', here: true, known_by: 2, sealing: 2 },
        { id: 'fresh', state: 'new', here: true, known_by: 1, sealing: 0 },
      ],
      servers: [
        { replica_id: 'a', version: '1', active: 'old', keys: ['old'] },
        { replica_id: 'b', version: '1', active: 'old', keys: ['old', 'fresh'] },
      ],
    });
  });

  it('counts with --scan what each key seals, asides and names too, and what is not sealed', async () => {
    const { run } = await seeded();
    const { json } = await run(['keys', 'list', '--scan', '--json'], old);
    // Of each session: two names, three messages, a note.
    expect(json()).toMatchObject({ records: 10, plain: 0, keys: [{ id: 'old', values: 12 }] });
    const plain = await seeded(null);
    expect((await plain.run(['keys', 'list', '--scan', '--json'], old)).json()).toMatchObject({ plain: 12 });
  });

  it('prints a table, and no key', async () => {
    const { run } = await seeded();
    const { stdout } = await run(['keys', 'list', '--scan'], old);
    expect(stdout).toMatch(
      /^KEY +STATE +KNOWN BY +SEALING +VALUES\nold +active +0 of 0 servers +0 +12\n0 values are not sealed\n$/,
    );
    expect(stdout).not.toContain(old.split(':')[1]);
  });

  it('forgets a server that stopped', async () => {
    const { announce, run } = await seeded();
    const stop = await announce({ replicaId: 'a' });
    await stop();
    expect((await run(['keys', 'list', '--json'], old)).json().servers).toEqual([]);
  });
});

describe('chatbox keys rotate', () => {
  it('seals everything anew, retires the key that is used no more, and says to remove it', async () => {
    const { announce, inner, run } = await seeded();
    const stop = await announce({ replicaId: 'a' });
    await stop();
    await announce({ replicaId: 'a', activeId: 'fresh', keyIds: ['fresh', 'old'] });
    const { code, json } = await run(['keys', 'rotate', '--json'], `${fresh},${old}`);
    expect(code).toBe(0);
    expect(json()).toMatchObject({ step: 'remove', active: 'fresh', rewritten: 10, unreadable: 0, retired: ['old'] });
    expect(json().next).toMatch(/remove old from ENCRYPTION_KEYS/);
    const reader = encrypted(inner, createKeyring([material(fresh)], systemRandom, true), () => {
      throw new Error('something does not open');
    });
    const entries = await reader.entries('ann-2', { limit: 10 });
    expect(entries.map(({ entry }) => (entry.kind === 'message' ? entry.content : ''))).toEqual([
      'words 1',
      'words 2',
      'words 3',
    ]);
    expect((await reader.session('ann-1'))?.projection.name).toBe('about ann-1');
    expect(await reader.asides('ann-1', 5)).toMatchObject([{ text: 'be kind' }]);
    const again = await run(['keys', 'rotate', '--json'], fresh);
    expect(again.json()).toMatchObject({ step: 'add', rewritten: 0, retired: [] });
  });

  it('ends each pass though --rate is far below the rate of new writes', async () => {
    const { announce, inner, run } = await seeded();
    await (await announce({ replicaId: 'a' }))();
    await announce({ replicaId: 'a', activeId: 'fresh', keyIds: ['fresh', 'old'] });
    const ring = createKeyring([material(fresh), material(old)], systemRandom, true);
    const writer = encrypted(inner, ring, () => undefined);
    let isOver = false;
    let seq = 3;
    const writing = (async () => {
      for (; !isOver; seq += 1) await writer.append('ann-2', seq + 1, messageOf(`w${seq}`));
    })();
    try {
      const { code, json } = await run(['keys', 'rotate', '--json', '--rate', '300'], `${fresh},${old}`);
      expect(code).toBe(0);
      expect(json()).toMatchObject({ step: 'remove', rewritten: 10, retired: ['old'] });
    } finally {
      isOver = true;
      await writing;
    }
  });

  it('seals what lies there plain', async () => {
    const { run } = await seeded(null);
    expect((await run(['keys', 'rotate', '--json'], old)).json()).toMatchObject({ rewritten: 10, plain: 0 });
  });

  it('refuses with 6, and touches nothing, while a server does not know the key that would seal', async () => {
    const { announce, run } = await seeded();
    await announce({ replicaId: 'a' });
    const { code, json } = await run(['keys', 'rotate', '--json'], `${fresh},${old}`);
    expect(code).toBe(6);
    expect(json()).toMatchObject({ step: 'spread', rewritten: 0 });
    expect(json().next).toMatch(/^what fresh seals could not be opened by server a:/);
  });

  it('names the servers that do not know a new key yet, then says to put it first', async () => {
    const { announce, run } = await seeded();
    await announce({ replicaId: 'a', keyIds: ['old', 'fresh'] });
    const stop = await announce({ replicaId: 'b' });
    const early = await run(['keys', 'rotate', '--json'], `${old},${fresh}`);
    expect([early.code, early.json().step]).toEqual([6, 'spread']);
    expect(early.json().next).toMatch(/^the new key fresh is not known to server b yet/);
    await stop();
    const ready = await run(['keys', 'rotate', '--json'], `${old},${fresh}`);
    expect([ready.code, ready.json().step]).toEqual([0, 'promote']);
  });

  it('retires nothing while a server still seals with another key', async () => {
    const { announce, run } = await seeded();
    await announce({ replicaId: 'a', keyIds: ['old', 'fresh'] });
    const { code, json } = await run(['keys', 'rotate', '--json'], `${fresh},${old}`);
    expect(code).toBe(6);
    expect(json()).toMatchObject({ step: 'promote', rewritten: 10, retired: [] });
    expect(json().next).toMatch(/^another key still seals on server a:/);
  });

  it('leaves what no key here opens as it is, keeps its key, and ends with 1', async () => {
    const { inner, run } = await seeded();
    const { code, json } = await run(['keys', 'rotate', '--json'], fresh);
    expect(code).toBe(1);
    expect(json()).toMatchObject({ step: 'repair', rewritten: 0, unreadable: 10, retired: [] });
    const reader = encrypted(inner, createKeyring([material(old)], systemRandom, true), () => {
      throw new Error('something does not open');
    });
    expect(await reader.entries('ann-1', { limit: 10 })).toHaveLength(3);
  });

  it('changes nothing with --dry-run, and counts what is left', async () => {
    const { run } = await seeded();
    const { stdout } = await run(['keys', 'rotate', '--dry-run'], `${fresh},${old}`);
    expect(stdout).toContain('next: ');
    const { json } = await run(['keys', 'list', '--scan', '--json'], `${old},${fresh}`);
    expect(json().keys).toMatchObject([
      { id: 'old', values: 12 },
      { id: 'fresh', values: 0 },
    ]);
  });

  it.each(['0', '-1', 'fast', '99999999'])('refuses --rate %s', async (rate) => {
    const { code, stderr } = await runCli(['keys', 'rotate', `--rate=${rate}`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--rate must be a whole number')]);
  });

  it('says what is missing where nothing is sealed at all', async () => {
    const dataDir = await temporaryFolder();
    await openThreaded({ dataDir });
    const { code, stderr } = await runCli(['keys', 'rotate', '--data-dir', dataDir]);
    expect([code, stderr]).toEqual([3, expect.stringContaining('ENCRYPTION_KEYS')]);
  });
});
