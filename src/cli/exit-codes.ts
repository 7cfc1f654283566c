// Station: cli. Process exit codes, and the error that carries one.

/** Exit codes of every command (DESIGN.md section 5). */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 2,
  config: 3,
  auth: 4,
  notFound: 5,
  conflict: 6,
  unavailable: 7,
  interrupted: 130,
} as const;

/** An error meant for the person at the terminal: what failed and why in `message`, how to mend it in `fix`. Printed without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: number;
  readonly fix: string | undefined;

  constructor(exitCode: number, message: string, fix?: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.exitCode = exitCode;
    this.fix = fix;
  }
}
