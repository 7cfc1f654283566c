// Encryption over a real store: nothing of what people say lies in the clear, what was moved or changed does not open, and a wrong key stops the start.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemRandom } from '../../src/common/random.js';
import type { Sealed, Store } from '../../src/server/ports/store.js';
import { encrypted } from '../../src/server/store/encryption/encrypted-store.js';
import { checkKeys } from '../../src/server/store/encryption/key-checks.js';
import { createKeyring, type KeyMaterial } from '../../src/server/store/encryption/keyring.js';
import { messageOf, projectionOf, seedOf, testEpochMs, turnOf } from '../helpers/store-fixtures.js';
import { openInThread, temporaryFolder, testKeys } from '../helpers/store-sqlite.js';

const canary = 'Canary-of-what-people-say';
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('\0', 'half \ud800', 'cbx1:k1:AAAA', ''),
);

/** JSON would make a prototype of it, in the test and nowhere else. */
const anyKey = fc.string().filter((key) => key !== '__proto__');

function ringOf(keys: readonly KeyMaterial[], isSealing = true) {
  return createKeyring(keys, systemRandom, isSealing);
}

async function open(dataDir: string, keys: readonly KeyMaterial[], unreadable: string[] = []): Promise<Store> {
  const store = encrypted(await openInThread<Sealed>(dataDir), ringOf(keys), (why) => unreadable.push(why));
  onTestFinished(() => store.close());
  return store;
}

/** Writes through every path that takes a text, each text with the canary in it. */
async function sayEverything(store: Store): Promise<void> {
  const admin = { kind: 'admin', id: 'root', name: `${canary} admin` } as const;
  const words = {
    content: `${canary} words`,
    authorName: `${canary} author`,
    fileId: `${canary} file`,
    fileUrl: `https://files.example.com/${canary}`,
    metadata: { [`${canary} key`]: `${canary} value` },
  };
  await store.createSession(seedOf({ name: `${canary} born` }));
  const turn = turnOf({ sessionId: 'ann-1', state: 'running', owner: 'a', epoch: 1, text: `${canary} turn` });
  await store.append('ann-1', 1, messageOf('m1', words), turn);
  await store.append('ann-1', 2, { at: testEpochMs, kind: 'rename', name: `${canary} name` });
  await store.append('ann-1', 3, { at: testEpochMs, kind: 'floor', holder: admin, previous: { kind: 'ai' }, epoch: 1 });
  await store.append('ann-1', 4, { at: testEpochMs, kind: 'floor', holder: { kind: 'ai' }, previous: admin, epoch: 2 });
  await store.project([
    {
      sessionId: 'ann-1',
      projection: projectionOf({ seq: 4, name: `${canary} name`, floor: admin, assistingAdminName: `${canary} admin` }),
    },
  ]);
  await store.checkpointTurn(turn.id, { owner: 'a', epoch: 1 }, `${canary} so far`, testEpochMs);
  await store.endTurn(
    turn.id,
    { owner: 'a', epoch: 1 },
    {
      state: 'complete',
      end: 'complete',
      text: `${canary} whole`,
      usage: null,
      elapsedMs: 1,
      failure: null,
      settled: false,
    },
  );
  await store.putAside({
    sessionId: 'ann-1',
    id: 'w',
    seq: 1,
    kind: 'whisper',
    adminId: 'root',
    at: testEpochMs,
    text: `${canary} aside`,
  });
  await store.createTurn(turnOf({ sessionId: 'ann-1', promptSeq: 9, text: `${canary} made` }));
}

describe('what lies on the disk', () => {
  it('holds no text of anybody in the clear, on whatever path it was written', async () => {
    const dataDir = await temporaryFolder();
    const store = await open(dataDir, testKeys);
    await sayEverything(store);
    const bytes = async () =>
      Buffer.concat(await Promise.all((await readdir(dataDir)).map((file) => readFile(join(dataDir, file)))));
    expect((await bytes()).includes('ann-1')).toBe(true);
    expect((await bytes()).includes('Canary')).toBe(false);
    await store.close();
    expect((await bytes()).includes('Canary')).toBe(false);
  });

  it('is what it was before when encryption is switched on, and opens with keys that seal no more', async () => {
    const dataDir = await temporaryFolder();
    const plain = await open(dataDir, []);
    await sayEverything(plain);
    const before = await plain.entries('ann-1', { limit: 10 });
    await plain.close();
    const first = await open(dataDir, testKeys.slice(0, 1));
    expect(await first.entries('ann-1', { limit: 10 })).toEqual(before);
    await first.append('ann-1', 5, messageOf('m5'));
    await first.close();
    const second = await open(dataDir, [...testKeys].reverse());
    await second.append('ann-1', 6, messageOf('m6'));
    expect((await second.entries('ann-1', { after: 4, limit: 10 })).map(({ entry }) => entry)).toEqual([
      messageOf('m5'),
      messageOf('m6'),
    ]);
  });
});

describe('what does not open', () => {
  it('shows as unreadable, by its reason, and keeps nobody from the rest', async () => {
    const dataDir = await temporaryFolder();
    const before = await open(dataDir, testKeys);
    await sayEverything(before);
    await before.append('ann-1', 5, messageOf('m5'));
    await before.close();
    const unreadable: string[] = [];
    const store = await open(dataDir, testKeys.slice(1), unreadable);
    await store.append('ann-1', 6, messageOf('m6'));
    const [first, renamed, , , fifth, sixth] = (await store.entries('ann-1', { limit: 10 })).map(({ entry }) => entry);
    expect(first).toMatchObject({ messageId: 'm1', content: '', authorName: null, unreadable: 'unknown_key' });
    expect(renamed).toMatchObject({ name: '[unreadable]' });
    expect([fifth, sixth]).toMatchObject([{ unreadable: 'unknown_key' }, messageOf('m6')]);
    expect((await store.session('ann-1'))?.projection).toMatchObject({
      name: '[unreadable]',
      assistingAdminName: '[unreadable]',
    });
    expect((await store.turn('ann-1:1:1'))?.text).toBe('');
    expect(unreadable.length).toBeGreaterThan(5);
    // A name that cannot be read here is not written over.
    await store.project([{ sessionId: 'ann-1', projection: projectionOf({ seq: 6, name: '[unreadable]' }) }]);
    await store.close();
    const again = await open(dataDir, testKeys);
    expect((await again.session('ann-1'))?.projection).toMatchObject({ seq: 6, name: `${canary} name` });
  });

  it('is everything that was moved or changed: no bit of an envelope, no other place, no other key', () => {
    fc.assert(
      fc.property(anyText, fc.string(), fc.string(), fc.nat(), (text, place, other, at) => {
        const ring = ringOf(testKeys);
        const { sealed } = ring.seal(text.toWellFormed(), place);
        expect(ring.open({ sealed }, place)).toEqual({ text: text.toWellFormed() });
        if (other !== place) expect(ring.open({ sealed }, other)).toEqual({ unopened: 'damaged' });
        const [prefix, id, body = ''] = sealed.split(':');
        const bytes = Buffer.from(body, 'base64url');
        const bit = at % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(ring.open({ sealed: `${prefix}:${id}:${bytes.toString('base64url')}` }, place)).toEqual({
          unopened: 'damaged',
        });
        expect(ring.open({ sealed: `${prefix}:k2:${body}` }, place)).toEqual({ unopened: 'damaged' });
        expect(ring.open({ sealed: `${prefix}:k9:${body}` }, place)).toEqual({ unopened: 'unknown_key' });
        expect(ring.open({ sealed: sealed.slice(0, -8) }, place)).toEqual({ unopened: 'damaged' });
      }),
      { numRuns: 200 },
    );
  });

  it('is never two envelopes of the same text: each has a nonce of its own', () => {
    const ring = ringOf(testKeys);
    const sealed = Array.from({ length: 2_000 }, () => ring.seal('same', 'place').sealed.split(':')[2] ?? '');
    expect(new Set(sealed.map((body) => body.slice(0, 16))).size).toBe(2_000);
  });
});

describe('texts of any kind', () => {
  it('come back as they were said', async () => {
    const dataDir = await temporaryFolder();
    const store = await open(dataDir, testKeys);
    await store.createSession(seedOf());
    let seq = 0;
    await fc.assert(
      fc.asyncProperty(
        anyText,
        anyText,
        fc.dictionary(anyKey, anyText, { maxKeys: 3, noNullPrototype: true }),
        async (content, authorName, metadata) => {
          seq += 1;
          const entry = messageOf(`m${seq}`, { content, authorName, metadata });
          expect(await store.append('ann-1', seq, entry)).toEqual({ kind: 'appended' });
          const found = await store.entryOf('ann-1', 'user', `m${seq}`);
          expect(found?.entry).toEqual(entry);
          expect(await store.append('ann-1', seq + 1, entry)).toMatchObject({ kind: 'duplicate', existing: { seq } });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the keys of a server', () => {
  it('are held against the data: a wrong one is named, a missing one too', async () => {
    const store = await openInThread<Sealed>(await temporaryFolder());
    onTestFinished(() => store.close());
    expect(await checkKeys(store, testKeys, systemRandom)).toEqual({ wrong: [], missing: [] });
    expect(await checkKeys(store, testKeys, systemRandom)).toEqual({ wrong: [], missing: [] });
    const other = { id: 'k2', bytes: new Uint8Array(32).fill(9) };
    expect(await checkKeys(store, [other], systemRandom)).toEqual({ wrong: ['k2'], missing: ['k1'] });
  });
});
