// Station: common. Runs tasks one after another, in the order given. Called by whoever owns state that two handlers must not change at once.

/** A queue of tasks of which at most one runs. A task that throws rejects its own promise and nothing else. */
export class SerialQueue {
  #isBusy = false;
  /** Made when somebody first waits: most queues never need it. */
  #waiting: (() => void)[] | null = null;
  readonly #onIdle: () => void;

  /** `onIdle` is called each time that nothing runs or waits any more. */
  constructor(onIdle: () => void = () => undefined) {
    this.#onIdle = onIdle;
  }

  /** Whether a task runs or waits. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Runs `task` after every task given before it; settles as the task does. An idle queue starts the task at once. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.enter();
    if (turn !== null) await turn;
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  /** Takes the place in which a task runs: null when it is taken at once, else a promise of it. Whoever entered must leave, in a `finally`. */
  enter(): Promise<void> | null {
    if (!this.#isBusy) {
      this.#isBusy = true;
      return null;
    }
    return new Promise((resolve) => {
      this.#waiting ??= [];
      this.#waiting.push(resolve);
    });
  }

  /** Gives the place to whoever waits longest. */
  leave(): void {
    const next = this.#waiting?.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#isBusy = false;
    this.#onIdle();
  }
}
