// Station: chat. The writer's and reader's view of one session's log: append at the known head, read what is new on a conflict. Called by live-session.
import {
  type AppendResult,
  type Entry,
  type LogEntry,
  type Projection,
  StoreError,
  type Turn,
} from '../ports/store.js';
import type { ChatPorts } from './context.js';
import { fold } from './fold.js';
import type { RecentLog } from './recent-log.js';

/** What to append, made from the state at the head; null says: no longer. `turn` is made with it, in one durable step where the store can. */
export type Draft = { readonly entry: Entry; readonly turn?: Turn };

/** How an append ended; `turn` is that of the draft, where it was made. `refused`: the draft was withdrawn when what is new was read. */
export type Appended =
  | { readonly kind: 'appended'; readonly log: LogEntry; readonly turn: Turn | undefined }
  | { readonly kind: 'duplicate'; readonly existing: LogEntry }
  | { readonly kind: 'refused' }
  | { readonly kind: 'gone' };

/** Who hears what happens to a log. */
export interface LogListener {
  /** An entry of ours has its place. */
  appended(log: LogEntry): void;
  /** An entry of another replica was read. */
  read(log: LogEntry): void;
  /** There is no such session any more. */
  gone(): void;
}

const maxAttempts = 50;
const pageSize = 200;

/** One session's log as this replica knows it. Its methods are called from the session's serial queue only. */
export class SessionLog {
  readonly sessionId: string;
  readonly recent: RecentLog;
  projection: Projection;
  readonly #store: ChatPorts['store'];
  readonly #listener: LogListener;

  constructor(
    sessionId: string,
    projection: Projection,
    recent: RecentLog,
    store: ChatPorts['store'],
    listener: LogListener,
  ) {
    this.sessionId = sessionId;
    this.projection = projection;
    this.recent = recent;
    this.#store = store;
    this.#listener = listener;
  }

  /** The last seq that this replica knows. */
  get head(): number {
    return this.projection.seq;
  }

  /** Takes an entry into the projection; false when it is known already. Throws on a gap: the caller reads the log first. */
  take(log: LogEntry): boolean {
    if (log.seq <= this.head) return false;
    if (log.seq !== this.head + 1)
      throw new StoreError('corrupt', `the log has no entry ${this.head + 1} before ${log.seq}`);
    this.projection = fold(this.projection, log);
    // While a person speaks no turn reads it; the first after that reads it anew.
    if (this.projection.floor.kind === 'ai') this.recent.push(log);
    else this.recent.unload();
    return true;
  }

  /**
   * Appends what `draft` makes of the state at the head. On a conflict reads what is new, asks `draft` again and tries again.
   * @throws StoreError as the store does; `busy` after 50 lost races
   */
  async append(draft: (head: Projection) => Draft | null): Promise<Appended> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const made = draft(this.projection);
      if (made === null) return { kind: 'refused' };
      const log = { seq: this.head + 1, entry: made.entry };
      let result: AppendResult;
      try {
        result = await this.#store.append(this.sessionId, log.seq, log.entry, made.turn);
      } catch (error) {
        result = await this.#readBack(log, made.turn, error);
      }
      switch (result.kind) {
        case 'appended':
          this.take(log);
          this.#listener.appended(log);
          // Another replica read the entry and was quicker to have it answered, or has not ended the turn before: that is its turn.
          return { kind: 'appended', log, turn: result.turn === 'taken' ? undefined : made.turn };
        case 'duplicate':
          return result;
        case 'gone':
          this.#listener.gone();
          return result;
        case 'conflict':
          await this.readNew();
      }
    }
    throw new StoreError('busy', `an entry lost ${maxAttempts} races for its place in the log`);
  }

  /** Reads what lies after the head, page by page, and takes each entry. */
  async readNew(): Promise<void> {
    for (;;) {
      const page = await this.#store.entries(this.sessionId, { after: this.head, limit: pageSize });
      for (const log of page) if (this.take(log)) this.#listener.read(log);
      if (page.length < pageSize) return;
    }
  }

  /** A write whose outcome is unknown is read back by its key before anything else is tried (DESIGN.md section 3); any other failure stays one. */
  async #readBack(log: LogEntry, turn: Turn | undefined, error: unknown): Promise<AppendResult> {
    if (!(error instanceof StoreError) || error.kind !== 'unknown_outcome') throw error;
    const [found] = await this.#store.entries(this.sessionId, { after: log.seq - 1, limit: 1 });
    if (found === undefined) throw error;
    if (!isSameEntry(found.entry, log.entry)) return { kind: 'conflict' };
    if (turn === undefined) return { kind: 'appended' };
    const there = await this.#store.turn(turn.id);
    const isOurs = there?.owner === turn.owner && there.startedAt === turn.startedAt;
    return isOurs ? { kind: 'appended' } : { kind: 'appended', turn: 'taken' };
  }
}

/** Whether an entry that was read back is the one that was written. A message is known by its send; a store gives back the fields of the rest in its own order. */
function isSameEntry(one: Entry, other: Entry): boolean {
  if (one.kind === 'message' && other.kind === 'message') {
    return one.sender === other.sender && one.messageId === other.messageId && one.content === other.content;
  }
  return sortedJson(one) === sortedJson(other);
}

function sortedJson(value: object): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
