// Station: cli. What a command is: data, so that help, docs and dispatch are made of it. Called by cli/main; one file per command in commands/.
import type { Readable, Writable } from 'node:stream';

/** The process as a command sees it, so that tests run commands in process. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Fires on SIGINT or SIGTERM; its reason is the signal's name. */
  readonly signal: AbortSignal;
}

/** Flags that every command knows. */
export interface GlobalFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** One option, in commander's own notation. */
export interface CommandOption {
  readonly flags: string;
  readonly summary: string;
  readonly default?: string;
  readonly choices?: readonly string[];
}

/** What run gets: parsed options by their camel-case names, positional arguments in order. */
export interface Invocation {
  readonly io: Io;
  readonly global: GlobalFlags;
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly args: readonly string[];
}

/** A command as data. `load` imports what runs it, so that `--help` costs nothing. */
export interface Command {
  /** Words after `chatbox`: `serve`, `token create`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** In commander's notation: `<file>`, `[session]`. */
  readonly args?: string;
  readonly options: readonly CommandOption[];
  readonly examples: readonly string[];
  /** Resolves to the function that runs it; that resolves to an exit code of exit-codes.ts or throws CliError. */
  readonly load: () => Promise<(invocation: Invocation) => Promise<number>>;
}
