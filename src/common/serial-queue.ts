// Station: common. Runs tasks one after another, in the order given. Called by whoever owns state that two handlers must not change at once.

/** A queue of tasks of which at most one runs. A task that throws rejects its own promise and nothing else. */
export class SerialQueue {
  #tail: Promise<void> | null = null;

  /** Whether a task runs or waits. */
  get isBusy(): boolean {
    return this.#tail !== null;
  }

  /** Runs `task` after every task given before it; settles as the task does. An idle queue starts the task at once. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail === null ? task() : this.#tail.then(task);
    const done: Promise<void> = result.then(
      () => this.#left(done),
      () => this.#left(done),
    );
    this.#tail = done;
    return result;
  }

  #left(done: Promise<void>): void {
    if (this.#tail === done) this.#tail = null;
  }
}
