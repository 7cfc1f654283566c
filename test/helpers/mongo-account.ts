// Station: test/helpers. The account of one session's log in MongoDB after faults: no gap, nothing acked lost, nothing doubled, every turn ended. Called by tests of faults.
import { expect } from 'vitest';
import type { LogEntry, Sealed, Store } from '../../src/server/ports/store.js';
import { eventually } from './poll.js';

/** The whole log of a session. */
async function wholeLog(store: Pick<Store<Sealed>, 'entries'>, sessionId: string): Promise<LogEntry<Sealed>[]> {
  const log: LogEntry<Sealed>[] = [];
  for (;;) {
    const page = await store.entries(sessionId, { after: log.length, limit: 500 });
    log.push(...page);
    if (page.length < 500) return log;
  }
}

/** Waits for the end of every turn, then accounts for the log; `acked` holds the seq that each ack named, by message id. Returns the log. */
export async function accountFor(
  store: Store<Sealed>,
  sessionId: string,
  acked: ReadonlyMap<string, number>,
): Promise<LogEntry<Sealed>[]> {
  await eventually(async () => (await store.unsettledTurns(Number.MAX_SAFE_INTEGER, 10)).length === 0, {
    timeoutMs: 40_000,
    everyMs: 50,
    what: 'the end of every turn',
  });
  const log = await wholeLog(store, sessionId);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, at) => at + 1));
  const places = new Map<string, number[]>();
  const answered: string[] = [];
  for (const { seq, entry } of log) {
    if (entry.kind !== 'message') continue;
    places.set(entry.messageId, [...(places.get(entry.messageId) ?? []), seq]);
    if (entry.turnId !== undefined) answered.push(entry.turnId);
  }
  for (const [id, seq] of acked) expect(places.get(id), `${id} as acked`).toEqual([seq]);
  for (const [id, seqs] of places) expect(seqs, `${id} once`).toHaveLength(1);
  expect(new Set(answered).size, 'one answer for each turn').toBe(answered.length);
  return log;
}
