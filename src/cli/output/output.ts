// Station: cli/output. Where commands print: data on stdout, talk on stderr. Made by program, handed to every command.
import { once } from 'node:events';
import type { GlobalFlags, Io, Output } from '../command.js';
import { jsonLine } from './json-line.js';

/** Makes the printing side for one run. */
export function createOutput(io: Pick<Io, 'stdout' | 'stderr'>, global: GlobalFlags): Output {
  const write = async (text: string) => {
    const { stdout } = io;
    if (text === '' || stdout.destroyed || stdout.writableEnded) return;
    const isFull = !stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    if (isFull && !stdout.destroyed) await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]);
  };
  const say = (text: string) => void io.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
  return {
    result: (data, text) => write(global.json ? jsonLine(data) : text()),
    data: write,
    talk: (text) => (global.quiet ? undefined : say(text)),
    warn: (text) => say(`warning: ${text}`),
  } satisfies Output;
}
