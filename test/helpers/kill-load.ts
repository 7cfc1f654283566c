// Load on a server that is killed with `kill -9` at random moments, and the account of it afterwards. Called by the kill tests, short and long.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/common/clock.js';
import type { OutboundFrame } from '../../src/protocol/outbound.js';
import type { LogEntry } from '../../src/server/ports/store.js';
import { openSqliteStore } from '../../src/server/store/sqlite/sqlite-store.js';
import { recordingLog } from './app.js';
import { eventually } from './poll.js';
import { type ServeProcess, startServe } from './serve-process.js';

/** A user who sends, resends what was not acked under the same id, and remembers what was. */
class Sender {
  readonly acked = new Map<string, { readonly sessionId: string; readonly seq: number }>();
  readonly sent: string[] = [];
  readonly userId: string;
  #sessionId: string | null = null;
  #socket: WebSocket | null = null;
  #pending: string | null = null;

  constructor(userId: string) {
    this.userId = userId;
  }

  get sessionId(): string | null {
    return this.#sessionId;
  }

  async connect(server: ServeProcess): Promise<void> {
    const query = this.#sessionId === null ? '' : `?session_id=${this.#sessionId}`;
    const token = await server.token(this.userId);
    const socket = new WebSocket(server.wsUrl + query, { headers: { authorization: `Bearer ${token}` } });
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#heard(JSON.parse(String(data))));
  }

  stop(): void {
    this.#socket?.terminate();
  }

  #heard(frame: OutboundFrame): void {
    if (frame.type === 'connection_status' && frame.metadata?.status === 'connected') {
      this.#send(this.#pending ?? this.#nextId());
    }
    if (frame.type !== 'message_ack' || frame.message_id === undefined) return;
    this.#sessionId = frame.session_id ?? null;
    const before = this.acked.get(frame.message_id);
    const ack = { sessionId: frame.session_id ?? '', seq: frame.seq ?? 0 };
    if (before !== undefined) expect(ack).toEqual(before);
    this.acked.set(frame.message_id, ack);
    this.#pending = null;
    this.#send(this.#nextId());
  }

  #nextId(): string {
    return `${this.userId}-${this.sent.length}`;
  }

  #send(id: string): void {
    if (this.#pending === null) this.sent.push(id);
    this.#pending = id;
    // Some answers are long enough to be killed in the middle.
    const content = this.sent.length % 3 === 0 ? `/echo words=40 delay=20ms ${id}` : `/echo words=3 delay=0ms ${id}`;
    this.#socket?.send(JSON.stringify({ type: 'user_message', content, message_id: id }));
  }
}

/** Kills the server `kills` times under the load of `users`, then accounts for every message. Returns what was seen. */
export async function killUnderLoad(options: {
  readonly kills: number;
  readonly users: number;
  readonly seed: number;
}): Promise<{ acked: number; turns: number; entries: number }> {
  const random = seeded(options.seed);
  const dataDir = await mkdtemp(join(tmpdir(), 'chatbox-kill-'));
  const senders = Array.from({ length: options.users }, (_, number) => new Sender(`user-${number}`));
  try {
    for (let kill = 0; kill < options.kills; kill += 1) {
      const server = await startServe(dataDir, { env: { LOG_LEVEL: 'error' } });
      const before = total(senders);
      await Promise.all(senders.map((sender) => sender.connect(server)));
      await eventually(() => total(senders) > before, { timeoutMs: 15_000, what: `an ack after kill ${kill}` });
      const dueAt = performance.now() + random() * 400;
      await eventually(() => performance.now() >= dueAt, { everyMs: 1 });
      await server.kill('SIGKILL');
      for (const sender of senders) sender.stop();
    }
    // One more start finishes what the last kill left.
    const server = await startServe(dataDir, { env: { LOG_LEVEL: 'error' } });
    await allTurnsEnded(dataDir);
    expect(await server.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    return await account(dataDir, senders);
  } finally {
    for (const sender of senders) sender.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function allTurnsEnded(dataDir: string): Promise<void> {
  const store = await openSqliteStore({ dataDir }, { clock: systemClock, log: recordingLog() });
  try {
    await eventually(async () => (await store.unsettledTurns(Number.MAX_SAFE_INTEGER, 10)).length === 0, {
      timeoutMs: 20_000,
      everyMs: 50,
      what: 'the end of every turn',
    });
  } finally {
    await store.close();
  }
}

/** Every acked message is in the log once, at the seq of its ack; no seq is missing; every turn has ended. */
async function account(
  dataDir: string,
  senders: readonly Sender[],
): Promise<{ acked: number; turns: number; entries: number }> {
  const store = await openSqliteStore({ dataDir }, { clock: systemClock, log: recordingLog() });
  let entries = 0;
  const turnIds = new Set<string>();
  try {
    expect(await store.unsettledTurns(Number.MAX_SAFE_INTEGER, 10)).toEqual([]);
    for (const sender of senders) {
      expect(new Set([...sender.acked.values()].map(({ sessionId }) => sessionId)).size).toBe(1);
      const log: LogEntry[] = [];
      for (;;) {
        const page = await store.entries(sender.sessionId ?? '', { after: log.length, limit: 500 });
        log.push(...page);
        if (page.length < 500) break;
      }
      entries += log.length;
      expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1));
      const seqs = new Map<string, number[]>();
      for (const { seq, entry } of log) {
        if (entry.kind !== 'message') continue;
        seqs.set(entry.messageId, [...(seqs.get(entry.messageId) ?? []), seq]);
        if (entry.turnId !== undefined) turnIds.add(entry.turnId);
      }
      for (const [id, { seq }] of sender.acked) expect(seqs.get(id), id).toEqual([seq]);
      for (const [id, places] of seqs) expect(places, id).toHaveLength(1);
      expect((await store.session(sender.sessionId ?? ''))?.projection.seq).toBe(log.length);
    }
  } finally {
    await store.close();
  }
  return { acked: total(senders), turns: turnIds.size, entries };
}

function total(senders: readonly Sender[]): number {
  return senders.reduce((sum, sender) => sum + sender.acked.size, 0);
}

/** Mulberry32: small, seeded, good enough to choose moments. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
