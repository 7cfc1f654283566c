// Station: test/helpers. A user in `chatbox chat` and admins in `chatbox takeover`, each in a real terminal, on a server of the test's own. Called by the desk's tests in tmux.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestApp } from './app.js';
import { eventually } from './poll.js';
import { type Terminal, terminals } from './tmux.js';

type Size = readonly [columns: number, rows: number];

/** Opens terminals of people at one server. */
export interface DeskTerminals {
  readonly folder: string;
  user(name?: string, size?: Size): Promise<Terminal>;
  admin(args?: readonly string[], name?: string, size?: Size, nodeArgs?: readonly string[]): Promise<Terminal>;
}

/** Terminals at `app`, and the folder with their tokens; all are gone when the test ends. */
export async function deskTerminals(app: Pick<TestApp, 'httpUrl' | 'token'>): Promise<DeskTerminals> {
  const { folder, open } = await terminals();
  const target = async (name: string, role: string): Promise<readonly string[]> => {
    const file = join(folder, `${name}.token`);
    await writeFile(file, await app.token(name, { roles: [role] }));
    return ['--server', app.httpUrl, '--token-file', file];
  };
  return {
    folder,
    user: async (name = 'ada', size?: Size) => open(`user-${name}`, ['chat', ...(await target(name, 'user'))], size),
    admin: async (args = [], name = 'bea', size?: Size, nodeArgs?: readonly string[]) =>
      open(`admin-${name}`, ['takeover', ...args, ...(await target(name, 'admin'))], size, nodeArgs),
  };
}

/** Types until the other side shows it: it is said at most once in three seconds that somebody types. */
export function typesUntilSeen(writer: Terminal, reader: Terminal, text: string): Promise<unknown> {
  return eventually(
    async () => {
      await writer.type('.');
      return (await reader.screen()).includes(text);
    },
    { timeoutMs: 10_000, everyMs: 300, what: `the terminal to show ${text}` },
  );
}
