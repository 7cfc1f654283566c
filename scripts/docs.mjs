// Brings the generated pages of docs/ up to date. With `--check` it changes nothing and exits 1 when a page is not current.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

run('scripts/build.mjs');
const { updateContractPage } = await import('../dist/protocol/contract-page.js');
const { updateRulesPage } = await import('../dist/k8s/rules/rules-page.js');

/** Each page, and how its text is made of the one that it has. */
const pages = [
  ['docs/protocol.md', updateContractPage],
  ['docs/configuration.md', () => run('bin/chatbox.js', 'config', 'docs')],
  ['docs/kubernetes-check.md', updateRulesPage],
  ['docs/cli.md', () => run('bin/chatbox.js', 'config', 'docs', '--format', 'commands')],
];

for (const [path, update] of pages) {
  const before = readFileSync(fromRoot(path), 'utf8');
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

/** What a program of ours prints. Ends this one when that fails. */
function run(script, ...args) {
  const done = spawnSync(process.execPath, [fromRoot(script), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (done.status !== 0) process.exit(done.status ?? 1);
  return done.stdout;
}
