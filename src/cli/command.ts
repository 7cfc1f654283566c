// Station: cli. What a command is: data, so that help, docs and dispatch are made of it. Called by cli/program; one file per command in commands/.
import type { Readable, Writable } from 'node:stream';

/** The process as a command sees it, so that tests run commands in process. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Path of the file that the process runs. Absent where the process is not ours (tests). */
  readonly script?: string;
  /** Fires on SIGINT or SIGTERM; its reason is the signal's name. `EPIPE` when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** Ends the process at once: for a shutdown that is overdue, and nothing else. Absent where the process is not ours (tests). */
  readonly forceExit?: (code: number) => void;
}

/** Flags that every command knows. */
export interface GlobalFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** The printing side of a command. Methods that write data resolve once the stream can take more, and return at once when nobody reads. */
export interface Output {
  /** Prints a result: `data` as one JSON line with --json, else what `text` makes of it. */
  result(data: unknown, text: () => string): Promise<void>;
  /** Prints lines of data as they stand. */
  data(text: string): Promise<void>;
  /** Says something to the person: not with --quiet. */
  talk(text: string): void;
  /** Warns the person; also with --quiet. */
  warn(text: string): void;
}

/** One option, in commander's own notation. */
export interface CommandOption {
  /** `--port <port>`, `--dev`, `--role <role...>`. */
  readonly flags: string;
  readonly summary: string;
  readonly default?: string;
  readonly choices?: readonly string[];
  /** Whether the command cannot do without it. */
  readonly required?: boolean;
}

/** What run gets: parsed options by their camel-case names, positional arguments in order. */
export interface Invocation {
  readonly io: Io;
  readonly global: GlobalFlags;
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly args: readonly string[];
  /** Where to print: data on stdout, talk on stderr, as the global flags want it. */
  readonly output: Output;
}

/** A command as data. `load` imports what runs it, so that `--help` costs nothing. */
export interface Command {
  /** Words after `chatbox`: `serve`, `token create`. */
  readonly path: readonly string[];
  readonly summary: string;
  /** In commander's notation: `<file>`, `[session]`; with spaces between several. */
  readonly args?: string;
  readonly options: readonly CommandOption[];
  readonly examples: readonly string[];
  /** Resolves to the function that runs it; that resolves to an exit code of exit-codes.ts or throws CliError. */
  readonly load: () => Promise<(invocation: Invocation) => Promise<number>>;
}

/** The value of an option that takes one; undefined where it was not given. */
export function optionText(invocation: Pick<Invocation, 'options'>, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of an option that takes several. */
export function optionList(invocation: Pick<Invocation, 'options'>, name: string): readonly string[] {
  const value = invocation.options[name];
  return typeof value === 'object' ? value : [];
}
