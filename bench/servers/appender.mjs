// Appends to sessions through the SQLite store port alone, without a server around it: for goal 9.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../dist/common/clock.js';
import { createLog } from '../../dist/server/ops/log.js';
import { openSqliteStore } from '../../dist/server/store/sqlite/sqlite-store.js';
import { serveParent } from '../lib/child.mjs';
import { createTroubleWriter } from './quiet.mjs';

const inFlight = 64;
const measuredAppends = 1_024;
const content = 'x'.repeat(120);

const dataDir = mkdtempSync(join(tmpdir(), 'chatbox-bench-'));
process.on('exit', () => rmSync(dataDir, { recursive: true, force: true }));

let store = null;
const heads = new Map();
let sessions = 0;

async function makeSession(id) {
  sessions += 1;
  const seed = { id, userId: `user-${sessions}`, ordinal: 1, startedAt: Date.now(), name: id, modelId: null };
  if ((await store.createSession(seed)) !== 'created') throw new Error(`session ${id} was there before`);
  heads.set(id, 0);
}

/** Appends `count` messages, so many in flight, each at its seq. */
async function appendMany(id, count) {
  const first = heads.get(id) + 1;
  heads.set(id, first + count - 1);
  let next = first;
  const last = first + count - 1;
  const worker = async () => {
    while (next <= last) {
      const seq = next++;
      const entry = {
        kind: 'message',
        at: Date.now(),
        sender: 'user',
        type: 'user_message',
        messageId: `${id}-${seq}`,
        authorId: 'user',
        authorName: 'User',
        content,
      };
      const result = await store.append(id, seq, entry);
      if (result.kind !== 'appended') throw new Error(`append ${seq} to ${id}: ${result.kind}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

serveParent({
  async open() {
    const log = createLog({ level: 'info', destination: createTroubleWriter(), clock: systemClock, base: {} });
    store = await openSqliteStore({ dataDir }, { clock: systemClock, log });
  },
  async fill({ session, count }) {
    await makeSession(session);
    await appendMany(session, count);
  },
  /** Microseconds an append: at the end of `session`, or of a new one that has `from` messages. */
  async measure({ session, from }) {
    const id = session ?? `young-${sessions}`;
    if (session === undefined) {
      await makeSession(id);
      await appendMany(id, from);
    }
    const startedAt = performance.now();
    await appendMany(id, measuredAppends);
    return ((performance.now() - startedAt) / measuredAppends) * 1000;
  },
});
