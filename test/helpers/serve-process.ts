// `chatbox serve --dev` as a process of its own, on a free port, that a test may kill. Needs dist/, which `npm test` builds first.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { issueToken } from '../../src/server/auth/issue.js';
import { eventually } from './poll.js';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));

/** A server process. */
export interface ServeProcess {
  readonly process: ChildProcess;
  readonly httpUrl: string;
  readonly wsUrl: string;
  /** What it wrote to stdout and stderr so far. */
  output(): string;
  token(userId: string, roles?: readonly string[]): Promise<string>;
  /** Ends it with that signal; resolves to exit code and signal. */
  kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }>;
}

/** Starts a server on `dataDir`; resolves when it listens. */
export async function startServe(
  dataDir: string,
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly args?: readonly string[];
    /** The program, if it is not that of this repository. */
    readonly program?: string;
  } = {},
): Promise<ServeProcess> {
  const child = spawn(
    process.execPath,
    [options.program ?? bin, 'serve', '--dev', '--json', '--port', '0', '--data-dir', dataDir, ...(options.args ?? [])],
    {
      cwd: dataDir,
      env: { PATH: process.env.PATH ?? '', NO_COLOR: '1', RATE_LIMIT: '100000', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString();
  });
  child.stderr.on('data', (part: Buffer) => {
    output += part.toString();
  });
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, signal })),
  );
  const httpUrl = await eventually(
    () => {
      if (child.exitCode !== null) throw new Error(`the server ended: ${output}`);
      return /"http_url":"([^"]+)"/.exec(output)?.[1];
    },
    { timeoutMs: 15_000, what: 'the server to listen' },
  );
  return {
    process: child,
    httpUrl,
    wsUrl: `${httpUrl.replace('http:', 'ws:')}/ws`,
    output: () => output,
    async token(userId, roles = ['user']) {
      const secret = await readFile(join(dataDir, 'jwt.secret'));
      const now = Date.now();
      return await issueToken(
        { userId, roles, issuedAtMs: now, expiresAtMs: now + 3_600_000 },
        Buffer.from(secret.toString().trim()),
      );
    },
    async kill(signal) {
      child.kill(signal);
      return await exited;
    },
  };
}
