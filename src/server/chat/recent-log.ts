// Station: chat. The newest part of a log in memory, so that a turn does not read again what has just been said. Called by session-log and turn-run.
import type { LogEntry, Store } from '../ports/store.js';
import { estimateTokens } from './history-window.js';

const pageSize = 100;
const maxEntries = 5_000;

/** A contiguous tail of one log, up to its head, of about `budgetTokens`. Unloaded until a turn first needs it. */
export class RecentLog {
  readonly #budgetTokens: number;
  /** null: not loaded. */
  #entries: LogEntry[] | null;
  #tokens = 0;
  /** True when the tail reaches back to seq 1 or fills the budget. */
  #isWhole = false;

  /** `isEmptyLog`: the session was just made, so that nothing has to be read. */
  constructor(budgetTokens: number, isEmptyLog: boolean) {
    this.#budgetTokens = budgetTokens;
    this.#entries = isEmptyLog ? [] : null;
    this.#isWhole = isEmptyLog;
  }

  /** Takes the entry at the head. */
  push(log: LogEntry): void {
    if (this.#entries === null) return;
    this.#entries.push(log);
    this.#tokens += tokensOf(log);
    if (this.#tokens > 2 * this.#budgetTokens || this.#entries.length > maxEntries) this.#trim();
  }

  /** Forgets what can be read again. */
  unload(): void {
    this.#entries = null;
    this.#tokens = 0;
    this.#isWhole = false;
  }

  /** Entries up to and including `throughSeq`, oldest first, at least as many as the budget holds. */
  async upTo(throughSeq: number, sessionId: string, store: Store): Promise<readonly LogEntry[]> {
    if (this.#entries === null || !this.#isWhole) await this.#load(sessionId, store);
    const entries = this.#entries ?? [];
    let end = entries.length;
    while (end > 0 && (entries[end - 1]?.seq ?? 0) > throughSeq) end -= 1;
    return end === entries.length ? entries : entries.slice(0, end);
  }

  /** Reads backwards from what is held (or the end) until the budget is filled. Entries pushed meanwhile are kept. */
  async #load(sessionId: string, store: Store): Promise<void> {
    this.#entries ??= [];
    for (;;) {
      const first = this.#entries[0]?.seq;
      const page = await store.entries(sessionId, {
        ...(first === undefined ? {} : { before: first }),
        limit: pageSize,
        newest: true,
      });
      const firstNow = this.#entries[0]?.seq ?? Number.POSITIVE_INFINITY;
      const older = page.filter((log) => log.seq < firstNow);
      this.#entries.unshift(...older);
      for (const log of older) this.#tokens += tokensOf(log);
      if (page.length < pageSize || this.#tokens > this.#budgetTokens) break;
    }
    this.#isWhole = true;
  }

  #trim(): void {
    const entries = this.#entries ?? [];
    let drop = 0;
    while (drop < entries.length - 1 && (this.#tokens > this.#budgetTokens || entries.length - drop > maxEntries / 2)) {
      const log = entries[drop];
      if (log !== undefined) this.#tokens -= tokensOf(log);
      drop += 1;
    }
    entries.splice(0, drop);
  }
}

function tokensOf({ entry }: LogEntry): number {
  return entry.kind === 'message' ? estimateTokens(entry.content) : 1;
}
