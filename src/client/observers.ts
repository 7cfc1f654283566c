// Station: client. A set of listeners. Called by chat-client for snapshots and for frames.

/** Calls its listeners in the order they came; one that leaves meanwhile is not called. */
export class Observers<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Adds a listener until the returned function is called. */
  add(listener: (value: T) => void): () => void {
    const own = (value: T) => listener(value);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  tell(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }
}
