// Builds dist/ with plain tsc. The bin file runs dist/, so `npm start` and the tests call this first; incremental, so a second call is quick.
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
const built = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
if (built.status === 0) chmodSync(new URL('../bin/chatbox.js', import.meta.url), 0o755);
process.exitCode = built.status ?? 1;
