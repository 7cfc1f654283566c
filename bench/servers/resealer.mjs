// A store full of sealed messages: sealed anew with the next key as `chatbox keys rotate` does it, or the same rows read and written back bare.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { systemClock } from '../../dist/common/clock.js';
import { systemRandom } from '../../dist/common/random.js';
import { createLog } from '../../dist/server/ops/log.js';
import { encrypted } from '../../dist/server/store/encryption/encrypted-store.js';
import { createKeyWork } from '../../dist/server/store/encryption/key-work.js';
import { createKeyring } from '../../dist/server/store/encryption/keyring.js';
import { openSqliteStore } from '../../dist/server/store/sqlite/sqlite-store.js';
import { serveParent } from '../lib/child.mjs';
import { createTroubleWriter } from './quiet.mjs';

const dataDir = mkdtempSync(join(tmpdir(), 'chatbox-bench-'));
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));

const perSession = 500;
const atOnce = 256;
/** As many rows in a transaction as the bare side writes, and as a page of ours holds. */
const pageSize = 500;
const content = 'x'.repeat(200);
const keys = ['k1', 'k2'].map((id) => ({ id, bytes: systemRandom.bytes(32) }));

let store = null;
let bare = null;
let count = 0;

async function say(sealed, n) {
  const id = `session-${Math.floor(n / perSession)}`;
  const seq = (n % perSession) + 1;
  const said = { kind: 'message', at: Date.now(), sender: 'user', type: 'user_message', messageId: `m${n}` };
  const { kind } = await sealed.append(id, seq, { ...said, authorId: 'user', authorName: 'User', content });
  if (kind !== 'appended') throw new Error(`append ${n}: ${kind}`);
}

serveParent({
  async fill(args) {
    count = args.count;
    const log = createLog({ level: 'info', destination: createTroubleWriter(), clock: systemClock, base: {} });
    store = await openSqliteStore({ dataDir }, { clock: systemClock, log });
    const sealed = encrypted(store, createKeyring(keys, systemRandom, true), () => undefined);
    for (let n = 0; n * perSession < count; n += 1) {
      const seed = { id: `session-${n}`, userId: `user-${n}`, ordinal: 1, startedAt: Date.now(), name: 'A question' };
      await sealed.createSession({ ...seed, modelId: null });
    }
    for (let n = 0; n < count; n += atOnce) {
      await Promise.all(Array.from({ length: Math.min(atOnce, count - n) }, (_, at) => say(sealed, n + at)));
    }
    bare = new Database(join(dataDir, 'chatbox.db'));
    bare.exec('PRAGMA synchronous = FULL; PRAGMA cache_size = -65536');
  },
  /** Records a second; each time from the key that is active to the other one. */
  async ours() {
    keys.reverse();
    const keyring = createKeyring(keys, systemRandom, true);
    const work = createKeyWork({
      store,
      keyring,
      clock: systemClock,
      warn: console.error,
      close: async () => undefined,
    });
    const startedAt = performance.now();
    const done = await work.reencrypt({
      recordsPerSecond: Number.MAX_SAFE_INTEGER,
      onProgress: () => undefined,
      isStopped: () => false,
    });
    if (done.rewritten < count || done.missed > 0) throw new Error(`sealed ${done.rewritten} of ${count} anew`);
    return (done.read / (performance.now() - startedAt)) * 1_000;
  },
  /** Rows a second: a page read, the same page written back in one transaction, and the next. */
  async bare() {
    const read = bare.prepare('SELECT key, body FROM entry WHERE key > ? ORDER BY key LIMIT ?').raw();
    const write = bare.prepare('UPDATE entry SET body = ? WHERE key = ?');
    const startedAt = performance.now();
    let rows = 0;
    for (let after = 0; ; ) {
      const page = read.all(after, pageSize);
      if (page.length === 0) break;
      bare.exec('BEGIN IMMEDIATE');
      for (const [key, body] of page) write.run(body, key);
      bare.exec('COMMIT');
      rows += page.length;
      after = page.at(-1)[0];
    }
    return (rows / (performance.now() - startedAt)) * 1_000;
  },
});
