// Station: config. A value that must not be printed. Made by the loader; opened only by the adapter that needs it.
import { inspect } from 'node:util';

/** A secret of the configuration. Whatever prints it (JSON, templates, util.inspect, a logger) prints `[secret]`. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Call it where the secret is used, and keep the result out of everything that is printed. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
