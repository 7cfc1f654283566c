// `chatbox serve` in this process, on a free port, until the test interrupts it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { run } from '../../src/cli/main.js';
import { type CapturedIo, type CliSetup, captureIo } from './cli.js';
import { eventually } from './poll.js';

/** A server that runs in this process. */
export interface InProcessServe extends CapturedIo {
  readonly httpUrl: string;
  /** Interrupts it; resolves to its exit code. */
  stop(): Promise<number>;
}

/** Starts `serve --dev --port 0` with more flags; resolves when clients can find it in `.chatbox`. */
export async function serveHere(
  flags: readonly string[],
  setup: CliSetup & { readonly cwd: string },
): Promise<InProcessServe> {
  const captured = captureIo(setup);
  const ended = run(captured.io, ['serve', '--dev', '--port', '0', ...flags]);
  const stop = async () => {
    captured.interrupt();
    return await ended;
  };
  onTestFinished(async () => void (await stop()));
  const httpUrl = await eventually(() => readFile(join(setup.cwd, '.chatbox/server.url'), 'utf8'), {
    timeoutMs: 15_000,
    what: 'the address of the server',
  });
  return { ...captured, httpUrl: httpUrl.trim(), stop };
}
