// A pod without a cluster: the image's program as pid 1 in namespaces of its own, as the user that the manifests name, on a read-only root that holds the program, Node and what is
// mounted, and nothing else. Needs Linux, root, and the right to unshare; tests/k8s/pod.test says so where that is missing.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PodMount, PodPlan } from './pod-plan.js';
import { eventually } from './poll.js';

const repository = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What the image's Dockerfile says of how it is run. */
export function imageCommand(): {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly health: readonly string[];
  readonly user: string;
} {
  const text = readFileSync(join(repository, 'Dockerfile'), 'utf8').replace(/\\\n/g, ' ');
  const words = (pattern: RegExp): readonly string[] => JSON.parse(pattern.exec(text)?.[1] ?? '[]') as string[];
  return {
    entrypoint: words(/^ENTRYPOINT (\[.*\])$/m),
    cmd: words(/^CMD (\[.*\])$/m),
    health: words(/^HEALTHCHECK .*CMD (\[.*\])$/m),
    user: /^USER (\S+)$/m.exec(text)?.[1] ?? '',
  };
}

/** Whether this machine lets us: null, or the reason why not. */
export function unshareRefused(): string | null {
  if (process.platform !== 'linux') return 'there are no namespaces on this system';
  if (process.getuid?.() !== 0) return 'only root may become another user in a namespace of its own';
  try {
    execFileSync('unshare', ['--mount', '--pid', '--ipc', '--uts', '--fork', 'setpriv', '--version'], {
      stdio: 'pipe',
      timeout: 10_000,
    });
    execFileSync('nsenter', ['--version'], { stdio: 'pipe', timeout: 10_000 });
    return null;
  } catch {
    return 'unshare is not permitted here, or setpriv or nsenter is missing';
  }
}

/**
 * Mounts as a kubelet does: $1 the new root, $2 the repository, $3 node, $4 and $5 user and group, then source, target and mode of each mount up to --, then
 * the command. The mounts are gone with the namespace.
 */
const script = `set -eu
root=$1 repository=$2 node=$3 uid=$4 gid=$5; shift 5
mount -t tmpfs -o size=8m,mode=755 tmpfs "$root"
bind() { if [ -d "$1" ]; then mkdir -p "$root$2"; else mkdir -p "$(dirname "$root$2")"; touch "$root$2"; fi
  mount --bind "$1" "$root$2"; mount -o "remount,bind,nosuid,$3" "$root$2"; }
bind /usr /usr ro
for name in bin sbin lib lib64; do if [ -L "/$name" ]; then ln -s "usr/$name" "$root/$name"; elif [ -d "/$name" ]; then bind "/$name" "/$name" ro; fi; done
bind "$node" /image/node ro
for part in package.json node_modules bin dist templates; do bind "$repository/$part" "/app/$part" ro; done
ln -s bin/chatbox.js "$root/app/chatbox.js"
while [ "$1" != -- ]; do bind "$1" "$2" "$3"; shift 3; done; shift
mkdir -p "$root/dev" "$root/proc"
for device in null random urandom; do bind "/dev/$device" "/dev/$device" rw; done
mount -t proc proc "$root/proc"
mount -o remount,ro "$root"
exec chroot "$root" /usr/bin/setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@"`;

/** What a pod is given. */
export interface PodSetup {
  /** A folder of the test's own; each volume is a folder in it, by its name. */
  readonly folder: string;
  readonly plan: PodPlan;
}

/** A running pod. */
export interface Pod {
  /** Its first process, as this machine numbers it. */
  readonly pid: number;
  readonly process: ChildProcess;
  /** What it wrote. */
  output(): string;
  /** Runs a command beside the first process, as the kubelet runs a probe; resolves to its exit code and output. */
  exec(command: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }>;
  /** Exit code, or signal, of the first process. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/** What the image says, what the manifests say, and what Kubernetes adds where service links were left on. */
const envOf = ({ env }: PodPlan): Readonly<Record<string, string>> => ({
  PATH: '/image:/usr/bin:/bin',
  NODE_ENV: 'production',
  ...env,
  CHATBOX_PORT: 'tcp://10.0.0.1:80',
  CHATBOX_SERVICE_HOST: '10.0.0.1',
});

/** Starts the image's program; resolves when its first process runs. */
export async function startPod({ folder, plan }: PodSetup): Promise<Pod> {
  mkdirSync(join(folder, 'pod'));
  for (const mount of plan.mounts) writeVolume(join(folder, mount.name), mount, plan);
  const mounts = plan.mounts.flatMap(({ name, target, isReadOnly }) => [
    join(folder, name),
    target,
    isReadOnly ? 'ro' : 'rw',
  ]);
  const given = [
    join(folder, 'pod'),
    repository,
    process.execPath,
    String(plan.uid),
    String(plan.gid),
    ...mounts,
    '--',
  ];
  const namespaces = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child=SIGKILL'];
  const env = envOf(plan);
  const child = spawn(
    'unshare',
    [...namespaces, 'sh', '-c', script, 'pod', ...given, ...imageCommand().entrypoint, ...plan.args],
    { env: { ...env, PATH: `${env.PATH}:/usr/sbin:/sbin` }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      output += part.toString();
    });
  }
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, signal })),
  );
  const pid = await eventually(
    () => {
      if (child.exitCode !== null) throw new Error(`the pod ended: ${output}`);
      const [first] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ');
      const isNode = first !== undefined && readFileSync(`/proc/${first}/cmdline`, 'utf8').includes('/app/chatbox.js');
      return isNode && statusOf(Number(first)).Uid?.startsWith(String(plan.uid)) ? Number(first) : null;
    },
    { timeoutMs: 15_000, what: 'the first process of the pod' },
  );
  return { pid, process: child, output: () => output, exec: (command) => execIn(pid, command, plan), exited };
}

/** The lines of /proc/<pid>/status, by name. */
export function statusOf(pid: number): Readonly<Record<string, string>> {
  const lines = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => [line.split(':')[0] ?? '', line.slice(line.indexOf(':') + 1).trim()]));
}

/** As the kubelet writes a volume: files behind a link that is swapped as one, readable for the pod's group alone; or an empty folder that is that group's. */
function writeVolume(folder: string, { files, fileMode }: PodMount, { fsGroup }: PodPlan): void {
  if (files === null) {
    mkdirSync(folder);
    chownSync(folder, 0, fsGroup);
    chmodSync(folder, 0o2775);
    return;
  }
  const version = join(folder, '..2026_01_31_09_00_00.1');
  mkdirSync(version, { recursive: true });
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(join(version, name), value, { mode: fileMode });
    chownSync(join(version, name), 0, fsGroup);
    symlinkSync(join('..data', name), join(folder, name));
  }
  symlinkSync('..2026_01_31_09_00_00.1', join(folder, '..data'));
}

async function execIn(
  pid: number,
  command: readonly string[],
  plan: PodPlan,
): Promise<{ code: number | null; output: string }> {
  const user = ['--setuid', String(plan.uid), '--setgid', String(plan.gid)];
  const child = spawn(
    'nsenter',
    ['--target', String(pid), '--mount', '--pid', '--ipc', '--uts', '--root', '--wd', ...user, ...command],
    {
      env: envOf(plan),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part: Buffer) => {
      output += part.toString();
    });
  }
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}
