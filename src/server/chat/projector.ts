// Station: chat. Writes what lists and metrics show, behind the log, in batches. Called when a session's log grew, before a list is read, and by a timer.
import type { ChatPorts } from './context.js';
import type { Projected } from './projected.js';

const batchSize = 500;

/** Collects sessions whose projection changed, and settled turns, until the next flush. */
export class Projector {
  readonly #ports: ChatPorts;
  #changed: Projected[] = [];
  #settled: string[] = [];
  #flushing: Promise<void> | null = null;

  constructor(ports: ChatPorts) {
    this.#ports = ports;
  }

  /** The session's projection changed. Told for each entry, so that a session that was told of costs a look at one field. */
  changed(session: Projected): void {
    if (session.isUnwritten) return;
    session.isUnwritten = true;
    this.#changed.push(session);
  }

  settled(turnId: string): void {
    this.#settled.push(turnId);
  }

  /** Writes all that was collected before the call; what fails is kept for the next flush. @throws StoreError */
  async flush(): Promise<void> {
    // One flush at a time; a caller that comes during one needs a second, for what was collected meanwhile.
    if (this.#flushing !== null) await this.#flushing.catch(() => undefined);
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
  }

  /** Writes what is there now: what changes meanwhile is for the next flush, or a busy server would never end this one. */
  async #write(): Promise<void> {
    await this.#writeSettled();
    const changed = this.#changed;
    this.#changed = [];
    for (const session of changed) session.isUnwritten = false;
    for (let at = 0; at < changed.length; at += batchSize) {
      const batch = changed.slice(at, at + batchSize);
      try {
        await this.#ports.store.project(batch.map(({ id, projection }) => ({ sessionId: id, projection })));
      } catch (error) {
        for (const session of changed.slice(at)) this.changed(session);
        throw error;
      }
    }
  }

  async #writeSettled(): Promise<void> {
    const settled = this.#settled;
    this.#settled = [];
    try {
      for (let at = 0; at < settled.length; at += batchSize)
        await this.#ports.store.settleTurns(settled.slice(at, at + batchSize));
    } catch (error) {
      this.#settled.unshift(...settled);
      throw error;
    }
  }
}
