// Station: cli. The door of the command line. Called by bin/chatbox.js with the process, by tests with streams of their own.
// It imports next to nothing at the top: what `--version` and `--help` cost is what this file loads.
import type { Io } from './command.js';
import { CliError, exitCodes } from './exit-codes.js';

/** Runs one command line (without node and script) and resolves to its exit code. Never rejects. */
export async function run(io: Io, argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    const { packageVersion } = await import('./version.js');
    io.stdout.write(`${packageVersion()}\n`);
    return exitCodes.ok;
  }
  const isHelp = argv.length === 1 && ['--help', '-h', 'help'].includes(argv[0] ?? '');
  if (isHelp || argv.length === 0) {
    const [{ commands }, { helpWidth, rootHelp }] = await Promise.all([
      import('./commands/index.js'),
      import('./root-help.js'),
    ]);
    // Asked for, it is data; to who said nothing it is advice.
    const stream = isHelp ? io.stdout : io.stderr;
    stream.write(rootHelp(commands, helpWidth(stream)));
    return isHelp ? exitCodes.ok : exitCodes.usage;
  }
  const { runProgram } = await import('./program.js');
  return await runProgram(io, argv);
}

/** What is needed of a process; `process` is one. */
export interface Host extends Pick<Io, 'stdin' | 'stdout' | 'stderr' | 'env'> {
  readonly argv: readonly string[];
  cwd(): string;
  once(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): void;
}

/** Runs the command line of a whole process: its streams, its environment, its signals. */
export async function runProcess(host: Host): Promise<number> {
  const ending = new AbortController();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  // Once: a second Ctrl-C finds no listener any more and ends the process as the system does.
  for (const signal of signals) host.once(signal, () => ending.abort(signal));
  const { stdin, stdout, stderr, env } = host;
  const forceExit = (code: number) => host.exit(code);
  const [, script, ...argv] = host.argv;
  const io = { stdin, stdout, stderr, env, cwd: host.cwd(), signal: ending.signal, forceExit };
  let hasEnded = false;
  let lost: Promise<number> | null = null;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (cause) => {
      ending.abort(codeOf(cause));
      // A reader that goes away (`chatbox … | head -1`) is no error: what is left to say is not said.
      if (codeOf(cause) === 'EPIPE' || lost !== null) return;
      lost = reportLostOutput(io, argv, cause);
      // A pipe may tell of it when the code is already given back.
      if (hasEnded) void lost.then(forceExit);
    });
  }
  const code = await run(script === undefined ? io : { ...io, script }, argv);
  // A file tells of a failed write after the turn in which it failed.
  await new Promise((resolve) => setImmediate(resolve));
  hasEnded = true;
  return (await lost) ?? code;
}

async function reportLostOutput(io: Io, argv: readonly string[], cause: unknown): Promise<number> {
  const [{ globalFlags }, { reportFailure }] = await Promise.all([
    import('./program.js'),
    import('./output/failure.js'),
  ]);
  const why = codeOf(cause) === 'ENOSPC' ? 'no space is left where it goes (ENOSPC)' : codeOf(cause);
  const what = `the output could not be written: ${why}`;
  const fix = 'free space there, or send the output elsewhere';
  return reportFailure(io, globalFlags(argv), new CliError(exitCodes.failure, what, fix, cause));
}

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
