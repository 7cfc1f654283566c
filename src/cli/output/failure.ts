// Station: cli/output. What a command that failed says, and with which code it ends. Called by program.
import type { GlobalFlags, Io } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';
import { jsonLine } from './json-line.js';

/** Prints why a command failed: what and how to mend it, a stack only with --debug. Returns the exit code. */
export function reportFailure(io: Pick<Io, 'stderr' | 'signal'>, global: GlobalFlags, cause: unknown): number {
  if (io.signal.aborted && !(cause instanceof CliError)) return exitCodes.interrupted;
  const error = cause instanceof CliError ? cause : unexpected(cause);
  if (global.json) {
    const { message, fix, exitCode } = error;
    io.stderr.write(
      `${jsonLine({ error: { message, ...(fix === undefined ? {} : { fix }), exit_code: exitCode } })}\n`,
    );
  } else {
    io.stderr.write(`chatbox: ${error.message}\n${error.fix === undefined ? '' : `  fix: ${error.fix}\n`}`);
  }
  if (global.debug) io.stderr.write(`${stackOf(cause)}\n`);
  return error.exitCode;
}

/** The message of a foreign error is not shown: nobody checked what it holds. Its kind and code are enough to look for. */
function unexpected(cause: unknown): CliError {
  const name = cause instanceof Error ? cause.name : typeof cause;
  const code = cause instanceof Error && 'code' in cause ? ` ${String(cause.code)}` : '';
  return new CliError(exitCodes.failure, `unexpected ${name}${code}`, 'run it again with --debug to see where', cause);
}

/** Where it was thrown, and what caused it; frames only, for the same reason. */
function stackOf(cause: unknown): string {
  const lines: string[] = [];
  for (let error: unknown = cause; error instanceof Error && lines.length < 200; error = error.cause) {
    const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    lines.push(`${lines.length === 0 ? '' : 'caused by '}${error.name}`, ...frames);
  }
  return lines.join('\n');
}
