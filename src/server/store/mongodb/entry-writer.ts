// Station: store/mongodb. Puts entries into the log: those that come at once share a command, each gets its own answer. Called by the log's operations.
import type { Clock } from '../../../common/clock.js';
import { type Deferred, deferred } from '../../../common/deferred.js';
import { StoreError } from '../../ports/store.js';
import { bounded, callDeadlineMs } from './calls.js';
import type { Database } from './database.js';
import { documentVersion, type EntryDocument } from './documents.js';
import { isDuplicateKey, isUncertain, isUnsendable, mayPass, refusedDocument, refusedDocuments } from './failure.js';
import type { KnownHeads } from './known-heads.js';

/** What became of an entry. */
export type Written = 'appended' | 'gone' | { readonly inTheWay: EntryDocument };

interface Pending {
  readonly document: EntryDocument;
  readonly deadline: number;
  readonly answer: Deferred<Written>;
}

/** Documents in one command, and commands under way at once: while they are, the next gathers. */
const maxBatch = 500;
const maxUnderWay = 4;
const maxWaiting = 10_000;
const pauseMs = 100;
const duplicateKey = 11_000;

/** Writes entries whose predecessor is known to be there. */
export class EntryWriter {
  readonly #database: Database;
  readonly #heads: KnownHeads;
  readonly #clock: Clock;
  #waiting: Pending[] = [];
  #underWay = 0;
  #isScheduled = false;

  constructor(database: Database, heads: KnownHeads, clock: Clock) {
    this.#database = database;
    this.#heads = heads;
    this.#clock = clock;
  }

  /**
   * Inserts one entry. What is in its way, by its place or by its send, comes back instead.
   * @throws StoreError; unknown_outcome once its deadline has passed and nobody can say whether it is there
   */
  write(document: EntryDocument): Promise<Written> {
    if (this.#waiting.length >= maxWaiting) {
      return Promise.reject(new StoreError('busy', 'Too much waits for the store. Try again in a second.'));
    }
    const answer = deferred<Written>();
    // A margin, so that its own answer comes before that of the gate of all calls.
    const deadline = this.#clock.monotonic() + callDeadlineMs - 300;
    this.#waiting.push({ document, deadline, answer });
    this.#schedule();
    return answer.promise;
  }

  /** What is called within one turn of the event loop goes in one command. */
  #schedule(): void {
    if (this.#isScheduled || this.#underWay >= maxUnderWay || this.#waiting.length === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const batch = this.#waiting.splice(0, maxBatch);
      this.#underWay += 1;
      // Whoever waits for an answer has a deadline of its own; a command without an answer must not keep its place for ever either.
      const late = () => new StoreError('unknown_outcome', 'MongoDB left a write without an answer.');
      const settled = bounded(this.#clock, callDeadlineMs, this.#send(batch), late).catch(() => undefined);
      void settled.then(() => {
        this.#underWay -= 1;
        this.#schedule();
      });
      this.#schedule();
    });
  }

  async #send(batch: readonly Pending[]): Promise<void> {
    const [there, refused] = await Promise.allSettled([this.#sessionsOf(batch), this.#insert(batch)]);
    if (refused.status === 'rejected' && batch.length > 1 && isUnsendable(refused.reason)) {
      // One document kept all of them from being sent: whose neighbours it has must not suffer for it.
      await Promise.all(batch.map((pending) => this.#send([pending])));
      return;
    }
    if (refused.status === 'rejected') {
      await Promise.all(batch.map((pending) => this.#settle(pending, () => this.#confirm(pending, refused.reason))));
      return;
    }
    const isThere = there.status === 'fulfilled' ? there.value : null;
    await Promise.all(
      batch.map((pending, at) => this.#settle(pending, () => this.#answer(pending, refused.value.get(at), isThere))),
    );
  }

  async #settle({ answer }: Pending, work: () => Promise<Written>): Promise<void> {
    try {
      answer.resolve(await work());
    } catch (error) {
      answer.reject(error instanceof Error ? error : new Error('not an error'));
    }
  }

  /** Codes by the place of what was refused. @throws what the driver throws when the command as a whole failed */
  async #insert(batch: readonly Pending[]): Promise<ReadonlyMap<number, number>> {
    try {
      await this.#database.messages.insertMany(
        batch.map(({ document }) => document),
        { ordered: false },
      );
      return new Map();
    } catch (error) {
      const refused = refusedDocuments(error);
      if (refused === null) throw error;
      return refused;
    }
  }

  /** The sessions that are there, asked beside the insert: what is known of a log does not say whether its session was deleted meanwhile. */
  async #sessionsOf(batch: readonly Pending[]): Promise<ReadonlySet<string>> {
    const ids = [...new Set(batch.map(({ document }) => document.sid))];
    const found = await this.#database.sessions
      .find({ _id: { $in: ids }, v: documentVersion }, { projection: { _id: 1 } })
      .toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  async #answer(pending: Pending, refusal: number | undefined, isThere: ReadonlySet<string> | null): Promise<Written> {
    const { document } = pending;
    if (refusal !== undefined) {
      if (refusal === duplicateKey) return this.#inTheWay(pending);
      throw refusedDocument(refusal);
    }
    if (isThere === null || !isThere.has(document.sid)) {
      const session = await this.#database.sessions.findOne({ _id: document.sid, v: documentVersion });
      if (session === null) {
        await this.#database.messages.deleteOne({ _id: document._id, w: document.w });
        this.#heads.forget(document.sid);
        return 'gone';
      }
    }
    this.#heads.saw(document.sid, document.seq);
    return 'appended';
  }

  /** A unique index refused it: the same send lies there already, or another entry at its place; of both the send counts. */
  async #inTheWay(pending: Pending): Promise<Written> {
    const { document } = pending;
    const { messages } = this.#database;
    // Both at once: who lost a race has to be quick, or loses the next one too.
    const [sent, there] = await Promise.all([
      messages.findOne({ sid: document.sid, send: document.send }),
      messages.findOne({ _id: document._id }),
    ]);
    const found = sent ?? there;
    if (found === null) return this.#retry(pending);
    this.#heads.saw(document.sid, found.seq);
    return found.w === document.w ? 'appended' : { inTheWay: found };
  }

  /** What was in the way is gone again, with its session; or a majority does not have it yet. */
  async #retry(pending: Pending): Promise<Written> {
    const session = await this.#database.sessions.findOne({ _id: pending.document.sid, v: documentVersion });
    return session === null ? 'gone' : this.#confirm(pending, null);
  }

  /** Nobody said whether it was written: it is looked for by its key, and written again where it is not there, until the deadline (DESIGN.md section 3). */
  async #confirm(pending: Pending, failure: unknown): Promise<Written> {
    const { document, deadline } = pending;
    if (failure !== null && !mayPass(failure)) throw failure;
    let mayBeThere = failure === null || isUncertain(failure);
    for (let last = failure; ; ) {
      await this.#pause();
      if (this.#clock.monotonic() >= deadline) throw mayBeThere ? unconfirmed(last) : last;
      try {
        const found = await this.#database.messages.findOne({ _id: document._id });
        if (found !== null) {
          this.#heads.saw(document.sid, found.seq);
          return found.w === document.w ? 'appended' : await this.#inTheWay(pending);
        }
        await this.#database.messages.insertOne(document);
        return await this.#answer(pending, undefined, null);
      } catch (error) {
        if (isDuplicateKey(error)) {
          const found = await this.#database.messages.findOne({ sid: document.sid, send: document.send });
          if (found !== null && found.w !== document.w) return { inTheWay: found };
          continue;
        }
        if (!mayPass(error)) throw error;
        mayBeThere ||= isUncertain(error);
        last = error;
      }
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#clock.after(pauseMs, resolve));
  }
}

function unconfirmed(cause: unknown): StoreError {
  return new StoreError('unknown_outcome', 'MongoDB took an entry and did not confirm it: it may be there.', cause);
}
