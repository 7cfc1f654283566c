// Station: cli/chat. The terminal that a screen can be drawn on. Called by the commands that have a screen.
import { ReadStream, WriteStream } from 'node:tty';
import type { Io } from '../command.js';

/** The terminal, where there is one on both sides that can be drawn on. */
export function screenOf(io: Io): { stdin: ReadStream; stdout: WriteStream; stderr: WriteStream } | null {
  const { stdin, stdout, stderr, env } = io;
  const isCi = env.CI !== undefined && env.CI !== '' && env.CI !== 'false' && env.CI !== '0';
  if (isCi || env.TERM === 'dumb' || !(stdin instanceof ReadStream) || !(stdout instanceof WriteStream)) return null;
  // Whoever has a screen loads React next, which looks at this once: what it checks for developers costs half of each frame.
  process.env.NODE_ENV ??= 'production';
  return { stdin, stdout, stderr: stderr instanceof WriteStream ? stderr : stdout };
}

/** Whether colours may be used (NO_COLOR). */
export function hasColor({ env }: Io): boolean {
  return (env.NO_COLOR ?? '') === '';
}
