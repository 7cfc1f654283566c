// Station: test/helpers. Real terminals: a tmux server of its own, a window for each program. Called by the tests of the screens.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { eventually } from './poll.js';
import { mayRun, programOf } from './required.js';

const run = promisify(execFile);
const program = programOf('tmux');
const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));
const isBuilt = existsSync(fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url)));

/** Whether tests with a terminal may run here. */
export const hasTmux = (): boolean =>
  mayRun(
    'tmux',
    program !== null && isBuilt,
    program === null ? 'tmux is not on the PATH' : 'dist/ is not built: run `npm run build`',
  );

/** A window with a program in it. */
export interface Terminal {
  screen(): Promise<string>;
  /** Resolves when the screen shows it. */
  shows(text: string | RegExp): Promise<void>;
  /** Keys by tmux's names, or text. */
  type(...keys: string[]): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  /** What tmux knows of the window, by its format. */
  ask(format: string): Promise<string>;
  /** From now on all that the program writes to its terminal goes into this file too, byte for byte. */
  record(file: string): Promise<void>;
  /** Closes the window, as a person does who has had enough. */
  close(): Promise<void>;
  /** Process id of the program. */
  pid(): Promise<number>;
}

/** A folder with tokens and a tmux server; both are gone when the test ends. */
export async function terminals(): Promise<{
  readonly folder: string;
  /** `nodeArgs` stand before the program. */
  open(
    name: string,
    args: readonly string[],
    size?: readonly [columns: number, rows: number],
    nodeArgs?: readonly string[],
  ): Promise<Terminal>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'chatbox-tmux-'));
  const tell = async (...args: string[]): Promise<string> =>
    (await run(program ?? '', ['-S', join(folder, 'tmux'), '-f', '/dev/null', ...args])).stdout;
  onTestFinished(async () => {
    await tell('kill-server').catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  });
  return {
    folder,
    async open(name, args, [columns, rows] = [80, 24], nodeArgs = []) {
      const command = [process.execPath, ...nodeArgs, bin, ...args].map((part) => `"${part}"`).join(' ');
      const chat = `sh -c 'echo $$ > ${name}.pid; exec ${command}'`;
      const script = `stty -a > ${name}.before; env -u CI ${chat}; echo "ended with $?"; stty -a > ${name}.after; cmp ${name}.before ${name}.after && echo unchanged; sleep 60\n`;
      await writeFile(join(folder, `${name}.script`), script);
      const size = ['-x', String(columns), '-y', String(rows)];
      await tell('new-session', '-d', '-s', name, ...size, '-c', folder, `sh ${name}.script`);
      const screen = () => tell('capture-pane', '-p', '-t', name);
      return {
        screen,
        async shows(text) {
          await eventually(
            async () => {
              const now = await screen();
              return typeof text === 'string' ? now.includes(text) : text.test(now);
            },
            { timeoutMs: 10_000, everyMs: 50, what: `the terminal of ${name} to show ${text}` },
          ).catch(async (error: unknown) => {
            throw new Error(`${error instanceof Error ? error.message : ''}\n${await screen()}`);
          });
        },
        type: async (...keys) => void (await tell('send-keys', '-t', name, ...keys)),
        resize: async (wide, high) =>
          void (await tell('resize-window', '-t', name, '-x', String(wide), '-y', String(high))),
        record: async (file) => void (await tell('pipe-pane', '-O', '-t', name, `cat > "${file}"`)),
        close: async () => void (await tell('kill-session', '-t', name)),
        ask: (format) => tell('display-message', '-p', '-t', name, format),
        async pid() {
          const { stdout } = await run('cat', [join(folder, `${name}.pid`)]);
          return Number(stdout);
        },
      };
    },
  };
}
