// Station: test/architecture. The picture of the house as data, and the check of every import against it. Called by imports.test.
import { dirname, join, normalize } from 'node:path/posix';
import { blankComments, type ImportOf, readImports } from './read-imports.js';

/** Something that points the wrong way. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule:
    | 'arrow'
    | 'cycle'
    | 'vendor'
    | 'browser'
    | 'process'
    | 'time'
    | 'lazy'
    | 'pure'
    | 'unknown'
    | 'unreadable';
  readonly why: string;
}

interface Station {
  readonly name: string;
  /** A folder (ends in a slash) or one file. */
  readonly path: string;
  /** Stations that it may import, beside itself. */
  readonly mayImport: readonly string[];
}

const base = ['common', 'protocol'];
const adapter = [...base, 'ports'];

/** The first path that fits names the station of a file. */
const stations: readonly Station[] = [
  { name: 'common', path: 'src/common/', mayImport: [] },
  { name: 'protocol', path: 'src/protocol/', mayImport: ['common'] },
  { name: 'client', path: 'src/client/', mayImport: base },
  { name: 'ports', path: 'src/server/ports/', mayImport: base },
  { name: 'chat api', path: 'src/server/chat/api.ts', mayImport: adapter },
  { name: 'chat', path: 'src/server/chat/', mayImport: [...adapter, 'chat api'] },
  { name: 'auth', path: 'src/server/auth/', mayImport: adapter },
  { name: 'dispatch', path: 'src/server/dispatch/', mayImport: [...adapter, 'chat api', 'chat', 'auth'] },
  { name: 'door', path: 'src/server/door/', mayImport: [...adapter, 'chat api', 'auth', 'dispatch'] },
  { name: 'llm', path: 'src/server/llm/', mayImport: adapter },
  { name: 'store', path: 'src/server/store/', mayImport: adapter },
  { name: 'bus', path: 'src/server/bus/', mayImport: adapter },
  { name: 'blobs', path: 'src/server/blobs/', mayImport: adapter },
  { name: 'notify', path: 'src/server/notify/', mayImport: adapter },
  { name: 'ops', path: 'src/server/ops/', mayImport: adapter },
  { name: 'config', path: 'src/server/config/', mayImport: base },
  {
    name: 'app',
    path: 'src/server/app-settings.ts',
    mayImport: [...adapter, 'config', 'chat', 'chat api', 'auth', 'dispatch', 'door', 'ops'],
  },
  {
    name: 'app',
    path: 'src/server/app.ts',
    mayImport: [...adapter, 'config', 'chat', 'chat api', 'auth', 'dispatch', 'door', 'ops'],
  },
  {
    name: 'adapters',
    path: 'src/server/adapters.ts',
    mayImport: [...adapter, 'config', 'llm', 'store', 'bus', 'blobs', 'notify', 'ops'],
  },
  {
    name: 'adapters',
    path: 'src/server/adapters/',
    mayImport: [...adapter, 'config', 'llm', 'store', 'bus', 'blobs', 'notify', 'ops'],
  },
  { name: 'adapters', path: 'src/server/examine.ts', mayImport: [...adapter, 'config', 'store'] },
  { name: 'main', path: 'src/server/', mayImport: [...adapter, 'config', 'app', 'adapters', 'ops', 'auth'] },
  { name: 'k8s', path: 'src/k8s/', mayImport: ['common', 'protocol', 'config'] },
  { name: 'ui', path: 'src/cli/ui/', mayImport: [...base, 'client'] },
  { name: 'cluster', path: 'src/cli/cluster/', mayImport: ['common', 'k8s', 'cli'] },
  {
    name: 'cli',
    path: 'src/cli/',
    mayImport: [...base, 'client', 'ui', 'cluster', 'k8s', 'config', 'ports', 'auth', 'adapters', 'main'],
  },
];

/** Which package is spoken in which folders. A package that is not here may not be imported at all: it gets its folder first. */
const vendorHomes: Readonly<Record<string, readonly string[]>> = {
  mongodb: ['src/server/store/mongodb/', 'src/server/bus/'],
  libsql: ['src/server/store/sqlite/'],
  ws: ['src/server/door/', 'src/cli/'],
  fastify: ['src/server/door/'],
  '@fastify/cors': ['src/server/door/'],
  '@fastify/helmet': ['src/server/door/'],
  '@fastify/multipart': ['src/server/door/'],
  'rate-limiter-flexible': ['src/server/door/', 'src/server/dispatch/'],
  openai: ['src/server/llm/'],
  undici: ['src/server/llm/'],
  jose: ['src/server/auth/'],
  pino: ['src/server/ops/'],
  'prom-client': ['src/server/ops/'],
  zod: ['src/protocol/', 'src/server/config/'],
  yaml: ['src/server/config/', 'src/cli/', 'src/k8s/'],
  commander: ['src/cli/'],
  ink: ['src/cli/ui/'],
  react: ['src/cli/ui/'],
  'string-width': ['src/cli/ui/'],
  '@kubernetes/client-node': ['src/cli/cluster/'],
  'age-encryption': ['src/cli/secrets/age/'],
};

/** What `chatbox --help` may load at once; everything else waits until a command runs. */
const eagerInCli = new Set(['commander']);

const cliEntry = 'src/cli/main.ts';

/** Where the process and its environment may be read. */
const ownsProcess = ['src/cli/', 'src/server/config/', 'src/server/main.ts'];

/** Where wall clock, timers and randomness begin. */
const ownsTime = ['src/common/clock.ts', 'src/common/random.ts', 'src/server/main.ts', 'src/cli/'];

const processUse = /\bprocess\s*\.|\bprocess\[|from 'node:process'/;
const timeUse =
  /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|(?<![.\w])(?:setTimeout|setInterval)\(|\bperformance\.now\(|\brandomUUID\(|\brandomBytes\(|\bgetRandomValues\(/;
const impure = /^node:(fs|fs\/promises|child_process|net|http|https|os|process|worker_threads|timers)$/;

/** Checks `files` (path from the root of the repository to its text) and says everything that points the wrong way. */
export function checkArrows(files: ReadonlyMap<string, string>): Violation[] {
  const violations: Violation[] = [];
  const graph = new Map<string, readonly Edge[]>();
  for (const [file, source] of files) {
    // Declarations of what packages hold: they import nothing that runs, and speak for the folder that does.
    if (file.endsWith('.d.ts')) continue;
    const { imports, unreadable } = readImports(source);
    for (const { line } of unreadable) {
      violations.push({ file, line, rule: 'unreadable', why: 'import() of something that is not a plain string' });
    }
    graph.set(
      file,
      imports.map((found) => ({ ...found, target: resolveLocal(file, found.specifier) })),
    );
    violations.push(...checkText(file, source));
  }
  for (const [file, edges] of graph) for (const edge of edges) violations.push(...checkEdge(file, edge, files));
  violations.push(...checkBrowser(graph), ...checkLazy(graph), ...findCycles(graph));
  return violations;
}

interface Edge extends ImportOf {
  /** Path of the file, null for a package. */
  readonly target: string | null;
}

function resolveLocal(file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return normalize(join(dirname(file), specifier))
    .replace(/\.js$/, '.ts')
    .replace(/\.jsx$/, '.tsx');
}

/** A file compiled from .tsx is imported as .js. */
function existing(target: string, files: { has(path: string): boolean }): string {
  const tsx = target.replace(/\.ts$/, '.tsx');
  return !files.has(target) && files.has(tsx) ? tsx : target;
}

function stationOf(file: string): Station | undefined {
  return stations.find(({ path }) => (path.endsWith('/') ? file.startsWith(path) : file === path));
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

function checkEdge(file: string, edge: Edge, files: ReadonlyMap<string, string>): Violation[] {
  const at = { file, line: edge.line };
  const from = stationOf(file);
  if (from === undefined) return [{ ...at, rule: 'unknown', why: 'this file stands in no station of the house' }];
  if (edge.target === null) return checkPackage(at, from, edge.specifier);
  if (!edge.target.startsWith('src/')) return [{ ...at, rule: 'arrow', why: `${edge.specifier} leaves src/` }];
  const to = stationOf(existing(edge.target, files));
  if (to === undefined) return [{ ...at, rule: 'unknown', why: `${edge.target} stands in no station of the house` }];
  if (to.name === from.name || from.mayImport.includes(to.name)) return [];
  return [{ ...at, rule: 'arrow', why: `${from.name} may not import ${to.name} (${edge.target})` }];
}

function checkPackage(at: { file: string; line: number }, from: Station, specifier: string): Violation[] {
  if (specifier.startsWith('node:')) {
    if (from.name !== 'k8s' || !impure.test(specifier)) return [];
    return [{ ...at, rule: 'pure', why: `k8s is pure: no ${specifier}` }];
  }
  const name = packageOf(specifier);
  const homes = vendorHomes[name];
  if (homes === undefined) return [{ ...at, rule: 'vendor', why: `${name} has no folder yet that adapts it` }];
  if (homes.some((home) => at.file.startsWith(home))) return [];
  return [{ ...at, rule: 'vendor', why: `${name} is spoken only in ${homes.join(', ')}` }];
}

function checkText(file: string, source: string): Violation[] {
  const violations: Violation[] = [];
  const lines = blankComments(source).split('\n');
  const within = (homes: readonly string[]): boolean => homes.some((home) => file.startsWith(home));
  lines.forEach((text, index) => {
    const at = { file, line: index + 1 };
    if (!within(ownsProcess) && processUse.test(text)) {
      violations.push({
        ...at,
        rule: 'process',
        why: 'the process and its environment are read only in main, config and cli',
      });
    }
    if (!within(ownsTime) && timeUse.test(text)) {
      violations.push({ ...at, rule: 'time', why: 'clock, timers and randomness are arguments below main' });
    }
  });
  return violations;
}

type Graph = ReadonlyMap<string, readonly Edge[]>;

/** Files and packages that load with `entry`: static imports that survive compilation. */
function loadedWith(entry: string, graph: Graph): Map<string, { readonly via: string; readonly line: number }> {
  const loaded = new Map([[entry, { via: entry, line: 1 }]]);
  const queue = [entry];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const edge of graph.get(file) ?? []) {
      if (edge.isType || edge.isLazy) continue;
      const target = edge.target === null ? edge.specifier : existing(edge.target, graph);
      if (loaded.has(target)) continue;
      loaded.set(target, { via: file, line: edge.line });
      if (edge.target !== null) queue.push(target);
    }
  }
  return loaded;
}

/** A browser loads the client as it is, so nothing that loads with it may be a package or a part of Node. */
function checkBrowser(graph: Graph): Violation[] {
  const violations = new Map<string, Violation>();
  for (const file of graph.keys()) {
    if (stationOf(file)?.name !== 'client') continue;
    for (const [name, { via, line }] of loadedWith(file, graph)) {
      if (graph.has(name) || name.startsWith('src/')) continue;
      const why = `a browser loads this with ${file}, and can't load ${name}`;
      violations.set(`${via}:${line}`, { file: via, line, rule: 'browser', why });
    }
  }
  return [...violations.values()];
}

function checkLazy(graph: Graph): Violation[] {
  const violations: Violation[] = [];
  for (const [name, { via, line }] of loadedWith(cliEntry, graph)) {
    if (graph.has(name) || name.startsWith('src/') || name.startsWith('node:') || eagerInCli.has(packageOf(name)))
      continue;
    violations.push({ file: via, line, rule: 'lazy', why: `every command would load ${name} at its start` });
  }
  return violations;
}

/** Cycles of static imports; type imports count, since they show that two files do not know who is below. */
function findCycles(graph: Graph): Violation[] {
  const violations: Violation[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const trail: string[] = [];
  const visit = (file: string): void => {
    state.set(file, 'open');
    trail.push(file);
    for (const edge of graph.get(file) ?? []) {
      if (edge.target === null || edge.isLazy) continue;
      const target = existing(edge.target, graph);
      if (state.get(target) === 'open') {
        const round = [...trail.slice(trail.indexOf(target)), target];
        violations.push({ file, line: edge.line, rule: 'cycle', why: round.join(' -> ') });
      } else if (!state.has(target)) visit(target);
    }
    trail.pop();
    state.set(file, 'done');
  };
  for (const file of graph.keys()) if (!state.has(file)) visit(file);
  return violations;
}
