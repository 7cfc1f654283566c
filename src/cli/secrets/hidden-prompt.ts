// Station: cli/secrets. Asks on a terminal for what must not be seen: nothing typed is echoed. Called by gather.
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Io } from '../command.js';
import { CliError, exitCodes } from '../exit-codes.js';

/** Questions on a terminal. */
export interface HiddenPrompt {
  /** What was typed up to Enter; null for nothing. @throws CliError (interrupted) on Ctrl-C or a signal */
  ask(label: string): Promise<string | null>;
  /** Gives the terminal back as it was. */
  close(): void;
}

/** Most that may be typed ahead, in characters. */
const maxTyped = 65_536;

const canHide = (stream: Readable): stream is Readable & { setRawMode(isRaw: boolean): unknown } =>
  'setRawMode' in stream && typeof stream.setRawMode === 'function';

/** Opens the terminal; null where there is none, or none that can keep from echoing. */
export function openHiddenPrompt({
  stdin,
  stderr,
  signal,
}: Pick<Io, 'stdin' | 'stderr' | 'signal'>): HiddenPrompt | null {
  if (stdin.isTTY !== true || stderr.isTTY !== true || !canHide(stdin)) return null;
  const decoder = new StringDecoder('utf8');
  let typed = '';
  let hasEnded = false;
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer | string) => {
    typed = (typed + (typeof chunk === 'string' ? chunk : decoder.write(chunk))).slice(0, maxTyped);
    wake();
  };
  const onEnd = () => {
    hasEnded = true;
    wake();
  };
  const onAbort = () => wake();
  stdin.setRawMode(true);
  stdin.on('data', onData).on('end', onEnd).on('close', onEnd);
  signal.addEventListener('abort', onAbort);

  const interrupted = () => {
    stderr.write('\n');
    return new CliError(exitCodes.interrupted, 'interrupted; nothing was written');
  };
  /** The next character; null at the end of the input. */
  const next = async (): Promise<string | null> => {
    while (typed === '' && !hasEnded && !signal.aborted) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (signal.aborted) throw interrupted();
    const [char = null] = typed;
    typed = typed.slice(char?.length ?? 0);
    return char;
  };

  return {
    async ask(label) {
      stderr.write(`${label}: `);
      let line: readonly string[] = [];
      for (;;) {
        const char = await next();
        if (char === '\x03') throw interrupted();
        if (char === null || char === '\r' || char === '\n' || (char === '\x04' && line.length === 0)) {
          stderr.write('\n');
          return line.length === 0 ? null : line.join('');
        }
        if (char === '\x7f' || char === '\b') line = line.slice(0, -1);
        else if (char === '\x15') line = [];
        else if (char >= ' ') line = [...line, char];
      }
    },
    close() {
      stdin.setRawMode(false);
      stdin.off('data', onData).off('end', onEnd).off('close', onEnd);
      stdin.pause();
      signal.removeEventListener('abort', onAbort);
    },
  };
}
