// Bundles the command line and the thread of the store into dist/bundle/, which is what bin/chatbox.js runs: a start reads some thirty files in place of four
// hundred (docs/decisions/bundled-start.md). Called by build after tsc, which has checked the types. Needs nothing of what tsc wrote.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist/bundle');

/** The workers are found beside whatever starts them (thread.ts, reseal-thread.ts), by these names. */
const input = {
  main: 'src/cli/main.ts',
  worker: 'src/server/store/sqlite/worker.ts',
  'reseal-worker': 'src/server/store/encryption/reseal-worker.ts',
};

/** What stays in node_modules. */
const external = [
  // Native.
  'libsql',
  // Of the store on MongoDB alone: its optional parts (compression, Kerberos, client-side encryption) are looked for where it lies.
  'mongodb',
  // Of the commands that speak to a cluster alone, and larger than all the rest.
  '@kubernetes/client-node',
  // Of the screen of `chatbox chat` alone.
  'ink',
  'react',
  'react/jsx-runtime',
  'string-width',
  // Fastify asks for these only with a schema on a route, or to inject a request: neither is done here, and V8 would read half a megabyte for nothing.
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  'light-my-request',
];

/** What nearly every file of the bundle needs a part of: small modules that load nothing themselves, and those that both ends of a store's thread need. */
const groups = [
  {
    name: 'shared',
    priority: 2,
    test: /[\\/]src[\\/](common[\\/]|server[\\/]ports[\\/]|protocol[\\/](close-codes|errors|limits|session-sorts)\.|server[\\/]config[\\/](parsers|problem|secret)\.)/,
  },
  {
    name: 'sqlite',
    priority: 1,
    test: /[\\/]store[\\/]sqlite[\\/](failure|fault|prepare-file|records|schema)\./,
  },
];

/** Bundles; writes only what changed, each file whole and the entries last, so that a chatbox that starts meanwhile finds a bundle in one piece. */
export async function bundle() {
  const bundled = await rolldown({
    cwd: root,
    input,
    external,
    platform: 'node',
    tsconfig: 'tsconfig.json',
    resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
  });
  const { output } = await bundled.generate({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups },
    // Errors are told apart by the names of their classes.
    keepNames: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  await bundled.close();
  const isEntry = (file) => file.type === 'chunk' && file.isEntry;
  const files = new Map(
    [...output]
      .sort((a, b) => Number(isEntry(a)) - Number(isEntry(b)))
      .map((file) => [file.fileName, file.type === 'chunk' ? file.code : file.source]),
  );
  const modules = output.flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []));
  writeFiles(new Map([['THIRD-PARTY.txt', thirdParty(modules)], ...files]));
}

function writeFiles(files) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) {
    const path = join(folder, name);
    if (isSame(path, text)) continue;
    const draft = `${path}.${process.pid}.tmp`;
    writeFileSync(draft, text);
    renameSync(draft, path);
  }
  for (const name of readdirSync(folder)) if (!files.has(name)) rmSync(join(folder, name), { force: true });
}

function isSame(path, text) {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** The licence of every package that a module of the bundle came from. Throws when a package shows none. */
function thirdParty(modules) {
  const folders = new Set(
    modules.flatMap((module) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0] ?? []),
  );
  const packages = [...folders].map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
    const file = readdirSync(path).find((found) => /^(licen[cs]e|copying)(\.|$)/i.test(found));
    if (file === undefined && typeof license !== 'string') throw new Error(`${name} says nothing about its licence`);
    const terms = file === undefined ? `Licence: ${license}` : readFileSync(join(path, file), 'utf8').trim();
    return { title: `${name} ${version}`, terms };
  });
  packages.sort((a, b) => (a.title < b.title ? -1 : 1));
  const rule = '-'.repeat(80);
  const parts = packages.map(({ title, terms }) => `${rule}\n${title}\n${rule}\n\n${terms}\n`);
  return `The files of this folder contain parts of these packages.\n\n${parts.join('\n')}`;
}
