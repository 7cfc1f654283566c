// Builds dist/: plain tsc for whoever imports a module, then the bundle that bin/chatbox.js runs. `npm start` and the tests call this first; tsc is
// incremental and the bundle takes under a second, so a second call is quick.
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (built.status === 0) {
  await bundle();
  chmodSync(new URL('../bin/chatbox.js', import.meta.url), 0o755);
}
process.exitCode = built.status ?? 1;
