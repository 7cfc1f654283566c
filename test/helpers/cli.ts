// Runs the command line in process, with streams that remember.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Io } from '../../src/cli/command.js';
import { run } from '../../src/cli/main.js';

/** What a run left behind. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run is given. */
export interface CliSetup {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Whether the streams say that they are a terminal. */
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** An Io with what was written to it. */
export interface CapturedIo {
  readonly io: Io;
  stdout(): string;
  stderr(): string;
  interrupt(reason?: string): void;
}

/** Makes an Io that remembers. */
export function captureIo(setup: CliSetup = {}): CapturedIo {
  const out: string[] = [];
  const err: string[] = [];
  const ending = new AbortController();
  const stdin = setup.stdin === undefined ? new PassThrough() : Readable.from([Buffer.from(setup.stdin)]);
  return {
    io: {
      stdin: Object.assign(stdin, { isTTY: setup.isTTY ?? false }),
      stdout: remember(out, setup),
      stderr: remember(err, setup),
      env: setup.env ?? {},
      cwd: setup.cwd ?? tmpdir(),
      signal: ending.signal,
    },
    stdout: () => out.join(''),
    stderr: () => err.join(''),
    interrupt: (reason = 'SIGINT') => ending.abort(reason),
  };
}

function remember(parts: string[], setup: CliSetup): Writable & { isTTY: boolean; columns: number } {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      parts.push(String(chunk));
      done();
    },
  });
  return Object.assign(stream, { isTTY: setup.isTTY ?? false, columns: setup.columns ?? 80 });
}

/** Runs one command line to its end. */
export async function runCli(argv: readonly string[], setup: CliSetup = {}): Promise<CliResult> {
  const captured = captureIo(setup);
  const code = await run(captured.io, argv);
  return { code, stdout: captured.stdout(), stderr: captured.stderr() };
}

/** A folder of this test's own, removed when it is done. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chatbox-cli-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
