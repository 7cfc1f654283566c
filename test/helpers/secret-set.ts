// Station: test/helpers. A set of secrets on disk in each kind that can be changed, and a command that is killed while it changes one. Called by the rotation tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSet } from '../../src/cli/secrets/read-set.js';
import { temporaryFolder } from './store-sqlite.js';

const bin = fileURLToPath(new URL('../../bin/chatbox.js', import.meta.url));

/** The kinds. */
export const setKinds = ['env', 'files', 'k8s'] as const;

/** One of them. */
export type SetKind = (typeof setKinds)[number];

/** A set in a folder of its own. */
export interface SetOnDisk {
  readonly path: string;
  /** The value of a secret; null where the set has none. */
  get(name: string): Promise<string | null>;
  /** Writes the set anew. */
  put(values: Readonly<Record<string, string>>): Promise<void>;
  /** All of it as text, comments and all; of a folder what its files hold. */
  text(): Promise<string>;
}

/** Writes a set of these values; in an env file and a manifest there are comments that must stay. */
export async function setOnDisk(kind: SetKind, values: Readonly<Record<string, string>>): Promise<SetOnDisk> {
  const path = join(await temporaryFolder(), 'set');
  const put = async (given: Readonly<Record<string, string>>) => {
    const entries = Object.entries(given);
    if (kind === 'env') {
      const lines = entries.map(([name, value]) => `${name}=${value.includes(' ') ? `'${value}'` : value}\n`);
      await writeFile(path, `# mine\n${lines.join('')}# end\n`);
    } else if (kind === 'k8s') {
      const data = entries.map(([name, value]) => `  ${name}: ${Buffer.from(value).toString('base64')}\n`);
      const head = '# mine\napiVersion: v1\nkind: Secret\nmetadata:\n  name: chatbox-secrets\ndata:\n';
      await writeFile(path, head + data.join(''));
    } else {
      await rm(path, { recursive: true, force: true });
      await mkdir(path);
      for (const [name, value] of entries) await writeFile(join(path, name), value);
    }
  };
  await put(values);
  return {
    path,
    put,
    async get(name) {
      const { values: found } = await readSet(path, 'set');
      return found.find((value) => value.name === name)?.raw ?? null;
    },
    async text() {
      if (kind !== 'files') return await readFile(path, 'utf8');
      return (await readSet(path, 'set')).values.map(({ name, raw }) => `${name}=${raw}\n`).join('');
    },
  };
}

/** The ids of a list of keys, in its order. */
export const idsOf = (list: string | null): readonly string[] =>
  (list ?? '').split(',').map((part) => part.slice(0, part.indexOf(':')));

/** A command as a process of its own. */
export interface KilledCommand {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a command again and again, and ends it with SIGKILL after a growing part of the time that it takes undisturbed. Resolves to how often it was killed.
 * @param before makes the set as it was, @param after looks at what the kill left
 */
export async function killedAgainAndAgain(
  command: KilledCommand,
  parts: readonly number[],
  round: { readonly before: () => Promise<void>; readonly after: () => Promise<void> },
): Promise<number> {
  // The shorter of two: the first one on a machine reads what the others find in memory.
  let wholeMs = Number.POSITIVE_INFINITY;
  for (let at = 0; at < 2; at += 1) {
    await round.before();
    const begun = performance.now();
    await runKilled(command, null);
    wholeMs = Math.min(wholeMs, performance.now() - begun);
  }
  let killed = 0;
  for (const part of parts) {
    await round.before();
    if (await runKilled(command, wholeMs * part)) killed += 1;
    await round.after();
  }
  return killed;
}

async function runKilled({ argv, env }: KilledCommand, afterMs: number | null): Promise<boolean> {
  const child = spawn(process.execPath, [bin, ...argv], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, ...env },
  });
  const ended = once(child, 'exit');
  const timer = afterMs === null ? null : setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [, signal] = await ended;
  if (timer !== null) clearTimeout(timer);
  return signal === 'SIGKILL';
}

/** Runs a command where every write to a file fails, as on a full disk; resolves when it has ended, which it must with an error. */
export async function runWithoutWrites(argv: readonly string[]): Promise<void> {
  const child = spawn('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, bin, ...argv], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH },
  });
  const [code] = await once(child, 'exit');
  if (code === 0) throw new Error('it ended with 0, though nothing could be written');
}
