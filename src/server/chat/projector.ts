// Station: chat. Writes what lists and metrics show, behind the log, in batches. Called when a session's log grew, before a list is read, and by a timer.
import type { Projection } from '../ports/store.js';
import type { ChatPorts } from './context.js';

const batchSize = 500;

/** Collects changed projections and settled turns until the next flush. */
export class Projector {
  readonly #ports: ChatPorts;
  readonly #changed = new Map<string, Projection>();
  #settled: string[] = [];
  #flushing: Promise<void> | null = null;

  constructor(ports: ChatPorts) {
    this.#ports = ports;
  }

  /** The session's projection is now this. */
  changed(sessionId: string, projection: Projection): void {
    this.#changed.set(sessionId, projection);
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
    const changes = [...this.#changed].map(([sessionId, projection]) => ({ sessionId, projection }));
    for (let at = 0; at < changes.length; at += batchSize) {
      const batch = changes.slice(at, at + batchSize);
      await this.#ports.store.project(batch);
      for (const { sessionId, projection } of batch) {
        if (this.#changed.get(sessionId) === projection) this.#changed.delete(sessionId);
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
