// Station: test/helpers. Looks at /proc for a secret: in the arguments of every process of the machine, and in the environment of those that ours started. Called by the canary test. Linux only.
import { readdirSync, readFileSync } from 'node:fs';

/** Where a secret was seen: `cmdline of 123`. Never what was seen. */
export interface ProcWatch {
  readonly seen: ReadonlySet<string>;
  /** Processes that were started by those that are watched. */
  readonly children: ReadonlySet<number>;
  /** Watches this process and all that come of it. @param isClean whether its own environment must not hold the secret either */
  add(pid: number, isClean: boolean): void;
  stop(): void;
}

/** Begins to look, every 20 ms. @param forms how the secret may be written */
export function watchProc(forms: readonly string[]): ProcWatch {
  const roots = new Map<number, boolean>();
  const seen = new Set<string>();
  const children = new Set<number>();
  const look = () => {
    const parents = new Map<number, number>();
    const pids = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
    for (const pid of pids) {
      const text = readProc(pid, 'cmdline');
      if (forms.some((form) => text.includes(form))) seen.add(`cmdline of ${pid}`);
      // The name in it may hold anything but a last bracket.
      const [, parent] = readProc(pid, 'stat')
        .replace(/^.*\) /s, '')
        .split(' ');
      if (parent !== undefined) parents.set(pid, Number(parent));
    }
    for (const pid of pids) {
      const isChild = !roots.has(pid) && comesOf(pid, parents, roots);
      if (isChild) children.add(pid);
      if (!isChild && roots.get(pid) !== true) continue;
      const text = readProc(pid, 'environ');
      if (forms.some((form) => text.includes(form))) seen.add(`environ of ${pid}${isChild ? ', a child' : ''}`);
    }
  };
  const timer = setInterval(look, 20);
  return { seen, children, add: (pid, isClean) => void roots.set(pid, isClean), stop: () => clearInterval(timer) };
}

function comesOf(pid: number, parents: ReadonlyMap<number, number>, roots: ReadonlyMap<number, boolean>): boolean {
  let above = parents.get(pid);
  for (let depth = 0; above !== undefined && above > 1 && depth < 20; depth += 1) {
    if (roots.has(above)) return true;
    above = parents.get(above);
  }
  return false;
}

/** Empty where it has ended meanwhile, or belongs to somebody else. */
function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

/** How a text of ASCII may be written: as it is, in hexadecimal, and in base64 at each offset within three bytes. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // Characters at the ends also hold bits of what is beside the secret.
    return text.slice(offset === 0 ? 0 : 4, -4);
  });
  return [secret, bytes.toString('hex'), ...inBase64];
}
