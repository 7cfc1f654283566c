// Station: client. Fetches what was missed: a resume on the live link, or pages over HTTP. Called by chat-client when folding finds a hole.
import type { Clock, Timer } from '../common/clock.js';
import type { HistoryPage, HistoryRange } from './history.js';
import type { ClientSettings } from './settings.js';
import type { Snapshot } from './snapshot.js';

/** What catching up works with. */
export interface CatchUpPorts {
  readonly snapshot: () => Snapshot;
  readonly send: (frame: Readonly<Record<string, unknown>>) => boolean;
  /** Drops the link and connects again, which resumes by query. */
  readonly restart: (why: string) => void;
  readonly read: (range: HistoryRange) => Promise<HistoryPage>;
  readonly merge: (page: HistoryPage) => void;
}

/** A page of history: what the server gives at most. */
const pageMessages = 1_000;

/** At most one resume and one HTTP read at a time; what is asked for meanwhile is part of it or comes back as another hole. */
export class CatchUp {
  readonly #clock: Clock;
  readonly #settings: ClientSettings;
  readonly #ports: CatchUpPorts;
  #timer: Timer | null = null;
  #isReading = false;
  /** Where a resume brought nothing: from there a jump of seq is taken as it is, or the client would ask for ever. */
  #stuckAt: number | null = null;

  constructor(clock: Clock, settings: ClientSettings, ports: CatchUpPorts) {
    this.#clock = clock;
    this.#settings = settings;
    this.#ports = ports;
  }

  /** True when what follows `lastSeq` was asked for and did not come. */
  isStuckAt(lastSeq: number | null): boolean {
    return lastSeq !== null && this.#stuckAt === lastSeq;
  }

  /** Asks for everything after what is known. Nothing happens while an answer to that is awaited. */
  ask(): void {
    if (this.#timer !== null) return;
    const { sessionId, lastSeq, answer } = this.#ports.snapshot();
    const position = answer === null ? {} : { turn_id: answer.turnId, index: String(answer.text.length) };
    const metadata = { last_seq: String(lastSeq ?? 0), ...position };
    if (!this.#ports.send({ type: 'resume', session_id: sessionId, metadata })) return;
    this.#timer = this.#clock.after(this.#settings.resumeTimeoutMs, () => {
      this.#timer = null;
      this.#stuckAt = this.#ports.snapshot().lastSeq;
      this.#ports.restart('What was missed did not come.');
    });
  }

  /** A frame was folded: when it brought the state on, the resume was answered. */
  progressed(before: Snapshot, after: Snapshot): void {
    if (before.lastSeq === after.lastSeq && before.answer === after.answer) return;
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Reads messages after `afterSeq`, newest page first, until they meet what is known or the timeline is full. */
  readAfter(afterSeq: number): void {
    void this.#read(async () => {
      let beforeSeq: number | undefined;
      for (let read = 0; read < this.#settings.maxTimeline; ) {
        const page = await this.#ports.read(beforeSeq === undefined ? {} : { beforeSeq, limit: pageMessages });
        this.#ports.merge(page);
        read += page.messages.length;
        beforeSeq = page.messages[0]?.seq;
        if (!page.isTruncated || beforeSeq === undefined || beforeSeq <= afterSeq + 1) return;
      }
    });
  }

  /** Reads the message at `seq`. */
  readOne(seq: number): void {
    void this.#read(async () => this.#ports.merge(await this.#ports.read({ beforeSeq: seq + 1, limit: 1 })));
  }

  /** The link is gone: the next one resumes by its query, so nobody waits for this answer any more. */
  linkLost(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** Forgets what was asked for, and where it stood still. */
  stop(): void {
    this.linkLost();
    this.#stuckAt = null;
  }

  async #read(run: () => Promise<void>): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      await run();
    } catch {
      // The line stays as it is, marked partial; loadOlder and the next resume may read it.
      return;
    } finally {
      this.#isReading = false;
    }
  }
}
