// Station: test/helpers. Kills a process that appends, again and again, and checks after each that nothing acked is missing. Called by the store's tests.
import type { StoreData } from '../contract/store/store-target.js';
import { eventually } from './poll.js';
import { startStoreChild } from './store-child-process.js';
import { seedOf } from './store-fixtures.js';

/** How often, and from which seed the moments are drawn. */
export interface KillPlan {
  readonly kills: number;
  readonly seed: number;
}

const users = ['ann', 'bob', 'cy', 'dee', 'eve', 'fay', 'gus', 'hal'];

/** A small generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Lets a child append to eight sessions at once and kills it after a random number of acks; then every ack it said must be in the log, the logs must have
 * neither gap nor double, and no turn may be there without its entry. Throws where that does not hold.
 */
export async function killWhileAppending(data: StoreData, plan: KillPlan) {
  const random = randomOf(plan.seed);
  const sessionIds = users.map((userId) => seedOf({ userId }).id);
  const acks = new Map<string, string>();
  const first = await data.open();
  for (const userId of users) await first.createSession(seedOf({ userId }));
  await first.close();

  for (let kill = 0; kill < plan.kills; kill += 1) {
    const started = startStoreChild(data.child, { kind: 'append', sessionIds, prefix: `kill${kill}` });
    await started.said('ready');
    started.tell('go');
    const wanted = 1 + Math.floor(random() * 400);
    await eventually(() => started.lines.length > wanted, { timeoutMs: 15_000, everyMs: 1, what: `${wanted} acks` });
    await started.kill();
    for (const line of started.lines) {
      const [, sessionId, seq, messageId] = /^ack (\S+) (\d+) (\S+)$/.exec(line) ?? [];
      if (messageId !== undefined) acks.set(`${sessionId} ${seq}`, messageId);
    }
    await check(data, sessionIds, acks);
  }
  return { acked: acks.size };
}

async function check(data: StoreData, sessionIds: readonly string[], acks: ReadonlyMap<string, string>) {
  const store = await data.open();
  try {
    let found = 0;
    for (const sessionId of sessionIds) {
      const seen = new Set<string>();
      for (let after = 0; ; ) {
        const part = await store.entries(sessionId, { after, limit: 1_000 });
        for (const { seq, entry } of part) {
          after += 1;
          const messageId = entry.kind === 'message' ? entry.messageId : '';
          if (seq !== after) throw new Error(`${sessionId}: ${seq} stands at place ${after}`);
          if (seen.has(messageId)) throw new Error(`${sessionId}: ${messageId} is there twice`);
          seen.add(messageId);
          const acked = acks.get(`${sessionId} ${seq}`);
          if (acked !== undefined && acked !== messageId)
            throw new Error(`${sessionId} ${seq}: another entry was acked`);
          if (acked !== undefined) found += 1;
        }
        if (part.length < 1_000) break;
      }
      const latest = await store.latestTurn(sessionId);
      if ((latest?.promptSeq ?? 0) > seen.size) throw new Error(`${sessionId}: a turn without its entry`);
    }
    if (found !== acks.size) throw new Error(`${acks.size - found} of ${acks.size} acked entries are lost`);
  } finally {
    await store.close();
  }
}
