// Station: test/helpers. Starts store-child.mjs and speaks with it by lines. Called by the store's tests.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { eventually } from './poll.js';

/** How the child opens the store. */
export interface StoreChildTarget {
  readonly adapter: string;
  readonly settings: unknown;
}

/** What the child does once it is told to go. */
export type StoreChildTask =
  | { readonly kind: 'race'; readonly sessionId: string; readonly writer: string; readonly count: number }
  | { readonly kind: 'append'; readonly sessionIds: readonly string[]; readonly prefix: string }
  | { readonly kind: 'lock' };

/** A child process at work on a store; killed when the test ends, if it still runs. */
export interface StoreChild {
  readonly lines: readonly string[];
  /** Resolves once it said `line`. */
  said(line: string): Promise<void>;
  tell(line: string): void;
  /** Resolves when it ended well; rejects with what it wrote to stderr. */
  ended(): Promise<void>;
  /** Ends it with SIGKILL; resolves when it is gone and all that it said was read. */
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL('./store-child.mjs', import.meta.url));

/** Starts a child. */
export function startStoreChild({ adapter, settings }: StoreChildTarget, task: StoreChildTask): StoreChild {
  const args = [program, adapter, JSON.stringify(settings), JSON.stringify(task)];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let complaint = '';
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('the child has no pipes');
  createInterface({ input: stdout }).on('line', (line) => lines.push(line));
  stderr.on('data', (part: Buffer) => {
    complaint += part.toString();
  });
  stdin.on('error', (error) => {
    complaint += error.message;
  });
  const closed = once(child, 'close');
  const kill = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  onTestFinished(kill);
  return {
    lines,
    async said(line) {
      await eventually(() => lines.includes(line), { timeoutMs: 15_000, what: `the child's "${line}" (${complaint})` });
    },
    tell: (line) => void stdin.write(`${line}\n`),
    async ended() {
      const [code] = (await closed) as [number | null];
      if (code !== 0) throw new Error(`the child ended with ${code}: ${complaint}`);
    },
    kill,
  };
}
