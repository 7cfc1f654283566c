// Brings the generated pages of docs/ up to date: those made of the protocol's and of the configuration's schemas. With `--check` it changes nothing and
// exits 1 when a page is not current.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const built = spawnSync(process.execPath, [fromRoot('scripts/build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const { updateContractPage } = await import('../dist/protocol/contract-page.js');
const { configurationPage } = await import('../dist/server/config/docs.js');

/** Each page, and how the text that it should have is made of the one that it has. */
const pages = [
  ['docs/protocol.md', updateContractPage],
  ['docs/configuration.md', () => configurationPage()],
];

for (const [path, update] of pages) {
  const before = readPage(path);
  const after = update(before);
  if (after === before) continue;
  if (values.check) {
    console.error(`${path} is not current: run node scripts/docs.mjs`);
    process.exitCode = 1;
  } else {
    writeFileSync(fromRoot(path), after);
    console.log(`${path} brought up to date`);
  }
}

function readPage(path) {
  try {
    return readFileSync(fromRoot(path), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
